/** Instances of S3 Access Grants, and which other accounts may ask them. */
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import { buckets, languageFault } from '../../s3/port.ts';
import { DEFAULT, findInstance, grantsArn } from '../domain/grant-store.ts';
import { baseOf, partsOf } from '../domain/grants.ts';
import { instanceExists, instanceNotEmpty, invalidInstancePolicy, noInstance, noInstancePolicy } from '../errors.ts';
import { type InstanceRow, instances, locations } from '../state-grants.ts';
import { checkAccount } from './block.ts';
import { checkTags } from './tags.ts';

function shown({ id, createdAt }: InstanceRow, ctx: Ctx) {
  return {
    CreatedAt: createdAt,
    AccessGrantsInstanceId: id,
    AccessGrantsInstanceArn: grantsArn(ctx, ctx.account),
  };
}

export const createAccessGrantsInstance: Handler<'s3-control', 'CreateAccessGrantsInstance'> = (input, ctx) => {
  checkAccount(input, ctx);
  if (input.IdentityCenterArn !== undefined) throw notBuilt('IAM Identity Center (IdentityCenterArn)');
  if (ctx.store.get(instances, { id: DEFAULT }) !== undefined) throw instanceExists();
  const tags = checkTags(input.Tags ?? []);
  const row = { id: DEFAULT, createdAt: ctx.now, ...(Object.keys(tags).length > 0 && { tags }) };
  ctx.store.put(instances, row);
  return shown(row, ctx);
};

export const getAccessGrantsInstance: Handler<'s3-control', 'GetAccessGrantsInstance'> = (input, ctx) => {
  checkAccount(input, ctx);
  return shown(findInstance(input, ctx), ctx);
};

export const listAccessGrantsInstances: Handler<'s3-control', 'ListAccessGrantsInstances'> = (input, ctx) => {
  checkAccount(input, ctx);
  const row = ctx.store.get(instances, { id: DEFAULT });
  return { AccessGrantsInstancesList: row === undefined || input.MaxResults === 0 ? [] : [shown(row, ctx)] };
};

export const deleteAccessGrantsInstance: Handler<'s3-control', 'DeleteAccessGrantsInstance'> = (input, ctx) => {
  checkAccount(input, ctx);
  const row = findInstance(input, ctx);
  if (ctx.store.first(locations) !== undefined) throw instanceNotEmpty();
  ctx.store.delete(instances, row);
  return {};
};

/** The instance that has to do with a path: that of the account whose bucket it is. */
export const getAccessGrantsInstanceForPrefix: Handler<'s3-control', 'GetAccessGrantsInstanceForPrefix'> = (
  input,
  ctx,
) => {
  const { bucket: name } = partsOf(baseOf(input.S3Prefix) ?? '');
  const bucket = ctx.store.get(buckets, { name });
  if (bucket === undefined || bucket.region !== ctx.region) throw noInstance();
  const { id } = findInstance({ AccountId: bucket.account }, ctx);
  return { AccessGrantsInstanceArn: grantsArn(ctx, bucket.account), AccessGrantsInstanceId: id };
};

const POLICY_KEYS = new Set(['Version', 'Id', 'Statement']);

export const putAccessGrantsInstanceResourcePolicy: Handler<'s3-control', 'PutAccessGrantsInstanceResourcePolicy'> = (
  input,
  ctx,
) => {
  checkAccount(input, ctx);
  const row = findInstance(input, ctx);
  const { Policy: text, Organization: organization } = input;
  if (languageFault(text, ctx) !== undefined || !isAbout(text, grantsArn(ctx, ctx.account)))
    throw invalidInstancePolicy();
  const policy = { text, createdAt: ctx.now, ...(organization !== undefined && { organization }) };
  ctx.store.put(instances, { ...row, policy });
  return shownPolicy(policy);
};

/** Every resource that it names is the instance. */
function isAbout(text: string, arn: string): boolean {
  const document = JSON.parse(text) as { Statement: { Resource?: string | string[] }[] };
  if (!Object.keys(document).every((key) => POLICY_KEYS.has(key))) return false;
  return [document.Statement].flat().every((one) => [one.Resource ?? []].flat().every((named) => named === arn));
}

function shownPolicy({ text, organization, createdAt }: NonNullable<InstanceRow['policy']>) {
  return { Policy: text, ...(organization !== undefined && { Organization: organization }), CreatedAt: createdAt };
}

export const getAccessGrantsInstanceResourcePolicy: Handler<'s3-control', 'GetAccessGrantsInstanceResourcePolicy'> = (
  input,
  ctx,
) => {
  checkAccount(input, ctx);
  const { policy } = findInstance(input, ctx);
  if (policy === undefined) throw noInstancePolicy();
  return shownPolicy(policy);
};

export const deleteAccessGrantsInstanceResourcePolicy: Handler<
  's3-control',
  'DeleteAccessGrantsInstanceResourcePolicy'
> = (input, ctx) => {
  checkAccount(input, ctx);
  const { policy, ...rest } = findInstance(input, ctx);
  if (policy === undefined) throw noInstancePolicy();
  ctx.store.put(instances, rest);
  return {};
};
