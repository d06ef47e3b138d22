/** Origin access controls and origin access identities: as whom the edge asks origins. */
import type { Handler } from '#kernel/contract';
import type { CloudFrontOriginAccessIdentityConfig, OriginAccessControlConfig } from '#models/cloudfront';
import { isUsed } from '../domain/find.ts';
import { canonicalId } from '../domain/identity.ts';
import { newId } from '../domain/ids.ts';
import { checkSigning } from '../domain/unbuilt.ts';
import * as errors from '../errors.ts';
import type { ThingRow } from '../state.ts';
import { createThing, deleteThing, getThing, listThings, locationOf, type Noun, updateThing } from './noun.ts';

const oac: Noun<OriginAccessControlConfig> = {
  kind: 'oac',
  path: 'origin-access-control',
  newId: (ctx) => newId(ctx, 'E'),
  nameOf: ({ Name }) => Name,
  complete(config) {
    if (!/^[\w\-. ]{1,64}$/.test(config.Name)) throw errors.invalidArgument('The parameter Name is not valid.');
    if ((config.Description ?? '').length > 256)
      throw errors.invalidArgument('The parameter Description is not valid.');
    return { ...config, Description: config.Description ?? '' };
  },
  missing: () => errors.thingError('NoSuchOriginAccessControl', 'The specified origin access control does not exist.'),
  // Source: winglang/wing, issue 3748.
  exists: () =>
    errors.thingError(
      'OriginAccessControlAlreadyExists',
      'An origin access control with the same name already exists.',
    ),
  inUse: () =>
    errors.thingError(
      'OriginAccessControlInUse',
      'Cannot delete the origin access control because it is in use by one or more distributions.',
    ),
  most: { count: 100, error: () => errors.tooMany('TooManyOriginAccessControls', 'origin access controls') },
};

const oai: Noun<CloudFrontOriginAccessIdentityConfig> = {
  kind: 'oai',
  path: 'origin-access-identity/cloudfront',
  newId: (ctx) => newId(ctx, 'E'),
  nameOf: ({ CallerReference }) => CallerReference,
  complete: (config) => config,
  change({ CallerReference }, before) {
    if (CallerReference !== before.CallerReference)
      throw errors.illegalUpdate('The CallerReference of an origin access identity cannot be changed.');
  },
  isSame: ({ Comment }, before) => Comment === before.Comment,
  missing: () =>
    errors.thingError('NoSuchCloudFrontOriginAccessIdentity', 'The specified origin access identity does not exist.'),
  exists: () =>
    errors.thingError(
      'CloudFrontOriginAccessIdentityAlreadyExists',
      'If the CallerReference is a value you already sent in a previous request to create an identity but the content of the CloudFrontOriginAccessIdentityConfig is different from the original request, CloudFront returns this error.',
    ),
  inUse: () =>
    errors.thingError('CloudFrontOriginAccessIdentityInUse', 'The origin access identity specified is already in use.'),
  most: {
    count: 100,
    error: () => errors.tooMany('TooManyCloudFrontOriginAccessIdentities', 'origin access identities'),
  },
};

const controlOf = (row: ThingRow) => ({
  Id: row.id,
  OriginAccessControlConfig: row.config as OriginAccessControlConfig,
});
const identityShown = (row: ThingRow) => ({
  Id: row.id,
  S3CanonicalUserId: canonicalId(row.id),
  CloudFrontOriginAccessIdentityConfig: row.config as CloudFrontOriginAccessIdentityConfig,
});

export const createOriginAccessControl: Handler<'cloudfront', 'CreateOriginAccessControl'> = (
  { OriginAccessControlConfig },
  ctx,
) => {
  const row = createThing(oac, OriginAccessControlConfig, ctx);
  return { OriginAccessControl: controlOf(row), Location: locationOf(oac, row), ETag: row.etag };
};

export const getOriginAccessControl: Handler<'cloudfront', 'GetOriginAccessControl'> = ({ Id }, ctx) => {
  const row = getThing(oac, Id, ctx);
  return { OriginAccessControl: controlOf(row), ETag: row.etag };
};

export const getOriginAccessControlConfig: Handler<'cloudfront', 'GetOriginAccessControlConfig'> = ({ Id }, ctx) => {
  const row = getThing(oac, Id, ctx);
  return { OriginAccessControlConfig: row.config as OriginAccessControlConfig, ETag: row.etag };
};

export const updateOriginAccessControl: Handler<'cloudfront', 'UpdateOriginAccessControl'> = (input, ctx) => {
  if (isUsed(ctx.store, `${oac.kind}/${input.Id}`)) checkSigning(input.OriginAccessControlConfig);
  const row = updateThing(oac, { id: input.Id, ifMatch: input.IfMatch, given: input.OriginAccessControlConfig }, ctx);
  return { OriginAccessControl: controlOf(row), ETag: row.etag };
};

export const deleteOriginAccessControl: Handler<'cloudfront', 'DeleteOriginAccessControl'> = ({ Id, IfMatch }, ctx) =>
  deleteThing(oac, { id: Id, ifMatch: IfMatch }, ctx);

export const listOriginAccessControls: Handler<'cloudfront', 'ListOriginAccessControls'> = (input, ctx) => ({
  OriginAccessControlList: listThings(oac, input, ctx, (row) => ({
    Id: row.id,
    Description: '',
    ...(row.config as OriginAccessControlConfig),
  })),
});

export const createCloudFrontOriginAccessIdentity: Handler<'cloudfront', 'CreateCloudFrontOriginAccessIdentity'> = (
  { CloudFrontOriginAccessIdentityConfig },
  ctx,
) => {
  const row = createThing(oai, CloudFrontOriginAccessIdentityConfig, ctx);
  return { CloudFrontOriginAccessIdentity: identityShown(row), Location: locationOf(oai, row), ETag: row.etag };
};

export const getCloudFrontOriginAccessIdentity: Handler<'cloudfront', 'GetCloudFrontOriginAccessIdentity'> = (
  { Id },
  ctx,
) => {
  const row = getThing(oai, Id, ctx);
  return { CloudFrontOriginAccessIdentity: identityShown(row), ETag: row.etag };
};

export const getCloudFrontOriginAccessIdentityConfig: Handler<
  'cloudfront',
  'GetCloudFrontOriginAccessIdentityConfig'
> = ({ Id }, ctx) => {
  const row = getThing(oai, Id, ctx);
  return { CloudFrontOriginAccessIdentityConfig: row.config as CloudFrontOriginAccessIdentityConfig, ETag: row.etag };
};

export const updateCloudFrontOriginAccessIdentity: Handler<'cloudfront', 'UpdateCloudFrontOriginAccessIdentity'> = (
  input,
  ctx,
) => {
  const row = updateThing(
    oai,
    { id: input.Id, ifMatch: input.IfMatch, given: input.CloudFrontOriginAccessIdentityConfig },
    ctx,
  );
  return { CloudFrontOriginAccessIdentity: identityShown(row), ETag: row.etag };
};

export const deleteCloudFrontOriginAccessIdentity: Handler<'cloudfront', 'DeleteCloudFrontOriginAccessIdentity'> = (
  { Id, IfMatch },
  ctx,
) => deleteThing(oai, { id: Id, ifMatch: IfMatch }, ctx);

export const listCloudFrontOriginAccessIdentities: Handler<'cloudfront', 'ListCloudFrontOriginAccessIdentities'> = (
  input,
  ctx,
) => ({
  CloudFrontOriginAccessIdentityList: listThings(oai, input, ctx, (row) => {
    const { Comment } = row.config as CloudFrontOriginAccessIdentityConfig;
    return { Id: row.id, S3CanonicalUserId: canonicalId(row.id), Comment };
  }),
});
