/** What S3 Access Grants must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3". */
import { type Access, type AccessRules, type Ctx, passing } from '#kernel/contract';
import type { TagList } from '#models/s3-control';
import { tagKeysOf } from '../s3/port.ts';
import { DEFAULT, grantsArn, viewFor } from './domain/grant-store.ts';
import { grants, instances, locations } from './state-grants.ts';

type Asked = { AccountId: string; AccessGrantsLocationId?: string; AccessGrantId?: string; Tags?: TagList };

const taggedWith = (tags: { readonly [key: string]: string } = {}) =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [`aws:ResourceTag/${name}`, value]));

/** On the instance, whose policy lets other accounts in. */
const onInstance =
  (action: string) =>
  (input: Asked, ctx: Ctx): Access => {
    const row = viewFor(input, ctx).get(instances, { id: DEFAULT });
    return {
      action: `s3:${action}`,
      resource: grantsArn(ctx, input.AccountId),
      account: input.AccountId,
      policy: row?.policy?.text,
      context: { ...taggedWith(row?.tags), ...tagKeysOf(input.Tags ?? []) },
    };
  };

const onLocation =
  (action: string) =>
  (input: Asked, ctx: Ctx): Access => {
    const id = input.AccessGrantsLocationId ?? '';
    return {
      action: `s3:${action}`,
      resource: grantsArn(ctx, input.AccountId, 'location', id),
      account: input.AccountId,
      context: { ...taggedWith(viewFor(input, ctx).get(locations, { id })?.tags), ...tagKeysOf(input.Tags ?? []) },
    };
  };

const onGrant =
  (action: string) =>
  (input: Asked, ctx: Ctx): Access => {
    const id = input.AccessGrantId ?? '';
    return {
      action: `s3:${action}`,
      resource: grantsArn(ctx, input.AccountId, 'grant', id),
      account: input.AccountId,
      context: taggedWith(viewFor(input, ctx).get(grants, { id })?.tags),
    };
  };

/** Source: IAM's name of the service in the roles' trust: S3 User Guide, "Register a location". */
const SERVICE = 'access-grants.s3';

export const grantsAccess: AccessRules<'s3-control'> = {
  CreateAccessGrantsInstance: onInstance('CreateAccessGrantsInstance'),
  DeleteAccessGrantsInstance: onInstance('DeleteAccessGrantsInstance'),
  GetAccessGrantsInstance: onInstance('GetAccessGrantsInstance'),
  GetAccessGrantsInstanceForPrefix: onInstance('GetAccessGrantsInstanceForPrefix'),
  PutAccessGrantsInstanceResourcePolicy: onInstance('PutAccessGrantsInstanceResourcePolicy'),
  GetAccessGrantsInstanceResourcePolicy: onInstance('GetAccessGrantsInstanceResourcePolicy'),
  DeleteAccessGrantsInstanceResourcePolicy: onInstance('DeleteAccessGrantsInstanceResourcePolicy'),
  CreateAccessGrantsLocation: (input, ctx) => [
    onInstance('CreateAccessGrantsLocation')(input, ctx),
    passing(input.IAMRoleArn, SERVICE),
  ],
  UpdateAccessGrantsLocation: (input, ctx) => [
    onLocation('UpdateAccessGrantsLocation')(input, ctx),
    passing(input.IAMRoleArn, SERVICE),
  ],
  GetAccessGrantsLocation: onLocation('GetAccessGrantsLocation'),
  DeleteAccessGrantsLocation: onLocation('DeleteAccessGrantsLocation'),
  ListAccessGrantsLocations: onInstance('ListAccessGrantsLocations'),
  CreateAccessGrant: onLocation('CreateAccessGrant'),
  GetAccessGrant: onGrant('GetAccessGrant'),
  DeleteAccessGrant: onGrant('DeleteAccessGrant'),
  ListAccessGrants: onInstance('ListAccessGrants'),
  ListCallerAccessGrants: onInstance('ListCallerAccessGrants'),
  GetDataAccess: onInstance('GetDataAccess'),
};
