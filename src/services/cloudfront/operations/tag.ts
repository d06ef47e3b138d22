/** Tags of distributions, tenants, connection groups, trust stores, key value stores and functions. */
import { parseArn } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { CONNECTION_FUNCTION } from '../domain/connection.ts';
import { TRUST_STORE } from '../domain/mutual-tls.ts';
import { setTags } from '../domain/tags.ts';
import * as errors from '../errors.ts';
import { connectionFunctions, distributions, functions, groups, stores, tags, tenants, things } from '../state.ts';

const ARN =
  /^arn:aws[a-z-]*:cloudfront::\d{12}:(distribution|distribution-tenant|connection-group|trust-store|key-value-store|connection-function|function)\/([\w-]+)$/;

/** @throws {ServiceError} for what is not there, or has no tags */
function check(arn: string, ctx: Ctx): void {
  const [, kind, id = ''] = ARN.exec(arn) ?? [];
  if (kind === undefined) throw errors.invalidArgument(`Invalid ARN: ${arn}`);
  if (parseArn(arn)?.account !== ctx.account) throw errors.notYours();
  if (find(kind, id, ctx) === undefined) throw errors.noSuchResource();
}

function find(kind: string, id: string, { store }: Ctx): object | undefined {
  if (kind === 'distribution') return store.get(distributions, { id });
  if (kind === 'distribution-tenant') return store.get(tenants, { id });
  if (kind === 'connection-group') return store.get(groups, { id });
  if (kind === 'key-value-store') return store.first(stores, { index: 'byId', where: { id } });
  if (kind === CONNECTION_FUNCTION) return store.get(connectionFunctions, { id, stage: 'DEVELOPMENT' });
  if (kind === TRUST_STORE) return store.get(things, { kind, id });
  return store.get(functions, { name: id, stage: 'DEVELOPMENT' });
}

/** The tags of what an ARN names, as policies see them. */
export const tagsOf = (arn: string, { store }: Ctx): { readonly [key: string]: string } =>
  Object.fromEntries(store.list(tags, { where: { arn } }).map(({ key, value }) => [key, value]));

export const tagResource: Handler<'cloudfront', 'TagResource'> = ({ Resource, Tags }, ctx) => {
  check(Resource, ctx);
  setTags(Resource, Tags.Items ?? [], ctx);
  return {};
};

export const untagResource: Handler<'cloudfront', 'UntagResource'> = ({ Resource, TagKeys }, ctx) => {
  check(Resource, ctx);
  for (const key of TagKeys.Items ?? []) ctx.store.delete(tags, { arn: Resource, key });
  return {};
};

export const listTagsForResource: Handler<'cloudfront', 'ListTagsForResource'> = ({ Resource }, ctx) => {
  check(Resource, ctx);
  const rows = ctx.store.list(tags, { where: { arn: Resource } });
  return { Tags: { Items: rows.map(({ key, value }) => ({ Key: key, Value: value })) } };
};
