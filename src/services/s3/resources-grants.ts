/** S3's types of CloudFormation for S3 Access Grants. */
import type { ResourceScope, ResourceType } from '#kernel/contract';
import { ifThere, isGone, madeOnce, refuseProperties, tagListOf, textOf } from '#kernel/contract';
import type { CreateAccessGrantRequest, Grantee, ListAccessGrantEntry, Permission } from '#models/s3-control';

const NO_INSTANCE = 'AccessGrantsInstanceNotExistsError';
const NO_LOCATION = [NO_INSTANCE, 'NoSuchAccessGrantsLocationError'];
const NO_GRANT = [NO_INSTANCE, 'NoSuchAccessGrantError'];
const text = (value: unknown) => textOf(value) ?? '';
const controlOf = ({ aws }: ResourceScope) => aws['s3-control'];

export const accessGrantsInstance: ResourceType = {
  async create(properties, scope) {
    refuseProperties(properties, ['IdentityCenterArn']);
    const { account: AccountId } = scope;
    const control = controlOf(scope);
    const creation = control.CreateAccessGrantsInstance({ AccountId, Tags: tagListOf(properties, scope) });
    await madeOnce('AccessGrantsInstanceAlreadyExists', scope, creation);
    const made = await control.GetAccessGrantsInstance({ AccountId });
    const { AccessGrantsInstanceArn = '', AccessGrantsInstanceId } = made;
    return { id: AccessGrantsInstanceArn, attributes: { AccessGrantsInstanceArn, AccessGrantsInstanceId } };
  },
  delete: (_, __, scope) =>
    isGone(NO_INSTANCE, controlOf(scope).DeleteAccessGrantsInstance({ AccountId: scope.account })),
  async read(_, { Tags }, scope) {
    const found = await ifThere(NO_INSTANCE, controlOf(scope).GetAccessGrantsInstance({ AccountId: scope.account }));
    return found && { ...(Tags !== undefined && { Tags }) };
  },
};

export const accessGrantsLocation: ResourceType = {
  async create(properties, scope) {
    const { account: AccountId } = scope;
    const { LocationScope, IamRoleArn } = properties;
    const control = controlOf(scope);
    const asked = { AccountId, LocationScope: text(LocationScope), IAMRoleArn: text(IamRoleArn) };
    await madeOnce(
      'AccessGrantsLocationAlreadyExistsError',
      scope,
      control.CreateAccessGrantsLocation({ ...asked, Tags: tagListOf(properties, scope) }),
    );
    const { LocationScope: path } = asked;
    const { AccessGrantsLocationsList: [found] = [] } = await control.ListAccessGrantsLocations({
      AccountId,
      LocationScope: path,
    });
    const { AccessGrantsLocationId = '', AccessGrantsLocationArn } = found ?? {};
    return { id: AccessGrantsLocationId, attributes: { AccessGrantsLocationArn, AccessGrantsLocationId } };
  },
  async update(id, properties, before, scope) {
    const { account: AccountId } = scope;
    const control = controlOf(scope);
    const named = { AccountId, AccessGrantsLocationId: id };
    const IAMRoleArn = text(properties.IamRoleArn);
    if (IAMRoleArn !== before.IamRoleArn) await control.UpdateAccessGrantsLocation({ ...named, IAMRoleArn });
    const { AccessGrantsLocationArn } = await control.GetAccessGrantsLocation(named);
    return { id, attributes: { AccessGrantsLocationArn, AccessGrantsLocationId: id } };
  },
  delete: (AccessGrantsLocationId, _, scope) =>
    isGone(
      NO_LOCATION,
      controlOf(scope).DeleteAccessGrantsLocation({ AccountId: scope.account, AccessGrantsLocationId }),
    ),
  async read(AccessGrantsLocationId, { Tags }, scope) {
    const asked = { AccountId: scope.account, AccessGrantsLocationId };
    const found = await ifThere(NO_LOCATION, controlOf(scope).GetAccessGrantsLocation(asked));
    if (found === undefined) return undefined;
    const { LocationScope, IAMRoleArn: IamRoleArn } = found;
    return { ...(Tags !== undefined && { Tags }), LocationScope, IamRoleArn };
  },
  /** The API changes the role alone. */
  replaces: (properties, before) => properties.LocationScope !== before.LocationScope,
};

/** The grant that an attempt before has made. */
async function sameGrant(
  asked: CreateAccessGrantRequest,
  scope: ResourceScope,
): Promise<ListAccessGrantEntry | undefined> {
  const { AccountId, Grantee, Permission } = asked;
  const GranteeIdentifier = Grantee.GranteeIdentifier ?? '';
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const next = token === undefined ? {} : { NextToken: token };
    const page = await controlOf(scope).ListAccessGrants({ AccountId, Permission, GranteeIdentifier, ...next });
    const found = page.AccessGrantsList?.find(
      (one) =>
        one.AccessGrantsLocationId === asked.AccessGrantsLocationId &&
        one.AccessGrantsLocationConfiguration?.S3SubPrefix === asked.AccessGrantsLocationConfiguration?.S3SubPrefix,
    );
    if (found !== undefined) return found;
    token = page.NextToken;
  }
  return undefined;
}

/** There is no API that changes one: any change is another grant. */
export const accessGrant: ResourceType = {
  async create(properties, scope) {
    refuseProperties(properties, ['ApplicationArn']);
    const { account: AccountId } = scope;
    const { AccessGrantsLocationConfiguration: narrowed, S3PrefixType } = properties;
    const asked: CreateAccessGrantRequest = {
      AccountId,
      AccessGrantsLocationId: text(properties.AccessGrantsLocationId),
      Grantee: properties.Grantee as Grantee,
      Permission: properties.Permission as Permission,
      ...(narrowed !== undefined && { AccessGrantsLocationConfiguration: narrowed as { S3SubPrefix: string } }),
      ...(S3PrefixType !== undefined && { S3PrefixType: S3PrefixType as 'Object' }),
      Tags: tagListOf(properties, scope),
    };
    const creation = controlOf(scope).CreateAccessGrant(asked);
    const made = scope.again
      ? ((await ifThere('AccessGrantAlreadyExists', creation)) ?? (await sameGrant(asked, scope)))
      : await creation;
    const { AccessGrantId = '', AccessGrantArn, GrantScope } = made ?? {};
    return { id: AccessGrantId, attributes: { AccessGrantArn, AccessGrantId, GrantScope } };
  },
  delete: (AccessGrantId, _, scope) =>
    isGone(NO_GRANT, controlOf(scope).DeleteAccessGrant({ AccountId: scope.account, AccessGrantId })),
  async read(AccessGrantId, { Tags, S3PrefixType }, scope) {
    const asked = { AccountId: scope.account, AccessGrantId };
    const found = await ifThere(NO_GRANT, controlOf(scope).GetAccessGrant(asked));
    if (found === undefined) return undefined;
    const { AccessGrantsLocationConfiguration, AccessGrantsLocationId, Grantee, Permission } = found;
    return {
      ...(Tags !== undefined && { Tags }),
      ...(S3PrefixType !== undefined && { S3PrefixType }),
      ...(AccessGrantsLocationConfiguration !== undefined && { AccessGrantsLocationConfiguration }),
      AccessGrantsLocationId,
      Grantee,
      Permission,
    };
  },
};
