/** IAM's types of CloudFormation. */
import type { Aws, Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, ServiceError, tagListOf, tagsGone, textOf } from '#kernel/contract';
import { devices } from './resources-mfa.ts';
import { principals } from './resources-principal.ts';
import { providers } from './resources-provider.ts';

const GONE = 'NoSuchEntityException';
const TAKEN = 'EntityAlreadyExistsException';

/** Policies in others' names: which users, groups and roles have it. */
type Holders = { Groups?: readonly string[]; Roles?: readonly string[]; Users?: readonly string[] };
const KINDS = ['Group', 'Role', 'User'] as const;
type Kind = (typeof KINDS)[number];

/** Holders of each kind as pairs, so that two lists can be told apart. */
function holdersOf(properties: Properties): (readonly [Kind, string])[] {
  return KINDS.flatMap((kind) => ((properties as Holders)[`${kind}s`] ?? []).map((name) => [kind, name] as const));
}

async function forHolders(
  holders: readonly (readonly [Kind, string])[],
  act: (kind: Kind, name: string) => Promise<unknown>,
): Promise<void> {
  for (const [kind, name] of holders) await act(kind, name);
}

/** Those of the first that are not among the second. */
function without(all: readonly (readonly [Kind, string])[], left: readonly (readonly [Kind, string])[]) {
  const names = new Set(left.map(([kind, name]) => `${kind}/${name}`));
  return all.filter(([kind, name]) => !names.has(`${kind}/${name}`));
}

const attach =
  ({ iam }: Aws, PolicyArn: string) =>
  (kind: Kind, name: string) =>
    iam[`Attach${kind}Policy`]({ [`${kind}Name`]: name, PolicyArn } as never);
const detach =
  ({ iam }: Aws, PolicyArn: string) =>
  (kind: Kind, name: string) =>
    isGone(GONE, iam[`Detach${kind}Policy`]({ [`${kind}Name`]: name, PolicyArn } as never));
const embed =
  ({ iam }: Aws, PolicyName: string, PolicyDocument: string) =>
  (kind: Kind, name: string) =>
    iam[`Put${kind}Policy`]({ [`${kind}Name`]: name, PolicyName, PolicyDocument } as never);
const remove =
  ({ iam }: Aws, PolicyName: string) =>
  (kind: Kind, name: string) =>
    isGone(GONE, iam[`Delete${kind}Policy`]({ [`${kind}Name`]: name, PolicyName } as never));

const document = ({ PolicyDocument }: Properties) => textOf(PolicyDocument) ?? '{}';
const text = (value: unknown) => textOf(value) ?? '';

const managedPolicy: ResourceType = {
  async create(properties, scope) {
    const { aws, partition, account } = scope;
    const PolicyName = textOf(properties.ManagedPolicyName) ?? scope.name(128);
    const path = textOf(properties.Path) ?? '/';
    const arn = `arn:${partition}:iam::${account}:policy${path}${PolicyName}`;
    const { Path, Description } = properties as { Path?: string; Description?: string };
    await madeOnce(
      TAKEN,
      scope,
      aws.iam.CreatePolicy({
        PolicyName,
        PolicyDocument: document(properties),
        ...(Path !== undefined && { Path }),
        ...(Description !== undefined && { Description }),
      }),
    );
    scope.begun(arn);
    await forHolders(holdersOf(properties), attach(aws, arn));
    return { id: arn, attributes: await policyAttributes(arn, aws) };
  },
  async update(arn, properties, before, { aws }) {
    if (document(properties) !== document(before)) {
      const { Versions = [] } = await aws.iam.ListPolicyVersions({ PolicyArn: arn });
      // A policy has at most five versions: CloudFormation keeps one.
      for (const { VersionId, IsDefaultVersion } of Versions)
        if (IsDefaultVersion === false && VersionId !== undefined)
          await aws.iam.DeletePolicyVersion({ PolicyArn: arn, VersionId });
      await aws.iam.CreatePolicyVersion({ PolicyArn: arn, PolicyDocument: document(properties), SetAsDefault: true });
    }
    await forHolders(holdersOf(properties), attach(aws, arn));
    await forHolders(without(holdersOf(before), holdersOf(properties)), detach(aws, arn));
    return { id: arn, attributes: await policyAttributes(arn, aws) };
  },
  async delete(arn, properties, { aws }) {
    await forHolders(holdersOf(properties), detach(aws, arn));
    const listed = await ifThere(GONE, aws.iam.ListPolicyVersions({ PolicyArn: arn }));
    for (const { VersionId, IsDefaultVersion } of listed?.Versions ?? [])
      if (IsDefaultVersion === false && VersionId !== undefined)
        await aws.iam.DeletePolicyVersion({ PolicyArn: arn, VersionId });
    await isGone(GONE, aws.iam.DeletePolicy({ PolicyArn: arn }));
  },
  async read(arn, properties, { aws }) {
    const found = await ifThere(GONE, aws.iam.GetPolicy({ PolicyArn: arn }));
    if (found?.Policy === undefined) return undefined;
    const { PolicyName, Path, Description, DefaultVersionId = 'v1' } = found.Policy;
    const { PolicyVersion } = await aws.iam.GetPolicyVersion({ PolicyArn: arn, VersionId: DefaultVersionId });
    const held = await aws.iam.ListEntitiesForPolicy({ PolicyArn: arn });
    return {
      ManagedPolicyName: PolicyName,
      Path,
      Description,
      PolicyDocument: JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '{}')),
      ...(properties.Groups !== undefined && { Groups: held.PolicyGroups?.map(({ GroupName }) => GroupName) }),
      ...(properties.Roles !== undefined && { Roles: held.PolicyRoles?.map(({ RoleName }) => RoleName) }),
      ...(properties.Users !== undefined && { Users: held.PolicyUsers?.map(({ UserName }) => UserName) }),
    };
  },
};

async function policyAttributes(PolicyArn: string, { iam }: Aws) {
  const { Policy = {} } = await iam.GetPolicy({ PolicyArn });
  return { ...Policy, PolicyArn };
}

/** One document in many: embedded in each of its users, groups and roles. */
const policy: ResourceType = {
  async create(properties, scope) {
    refuseNobody(properties);
    const id = scope.name(64);
    const put = embed(scope.aws, text(properties.PolicyName), document(properties));
    await forHolders(holdersOf(properties), async (kind, name) => {
      await put(kind, name);
      scope.begun(id);
    });
    return { id, attributes: { Id: id } };
  },
  async update(id, properties, before, { aws }) {
    refuseNobody(properties);
    const [name, old] = [text(properties.PolicyName), text(before.PolicyName)];
    await forHolders(holdersOf(properties), embed(aws, name, document(properties)));
    const gone = name === old ? without(holdersOf(before), holdersOf(properties)) : holdersOf(before);
    await forHolders(gone, remove(aws, old));
    return { id, attributes: { Id: id } };
  },
  delete: (_, properties, { aws }) => forHolders(holdersOf(properties), remove(aws, text(properties.PolicyName))),
  async read(_, properties, { aws }) {
    const { PolicyName } = properties;
    const held: Record<string, string[]> = {};
    let PolicyDocument: unknown;
    await forHolders(holdersOf(properties), async (kind, name) => {
      const found = await embeddedIn(kind, name, text(PolicyName), aws);
      if (found === undefined) return;
      PolicyDocument = found;
      (held[`${kind}s`] ??= []).push(name);
    });
    return PolicyDocument === undefined ? undefined : { PolicyName, PolicyDocument, ...NOBODY, ...held };
  },
};

/** Source: stacks of users. @throws {ServiceError} InvalidRequest for a policy that nobody would have */
function refuseNobody(properties: Properties): void {
  if (holdersOf(properties).length === 0)
    throw new ServiceError('InvalidRequest', 'At least one of [Groups,Roles,Users] must be non-empty.');
}

const NOBODY = Object.fromEntries(KINDS.map((kind) => [`${kind}s`, undefined]));

/** The document of a policy that somebody has; undefined where there is none. */
async function embeddedIn(kind: Kind, name: string, PolicyName: string, { iam }: Aws): Promise<unknown> {
  const getting = iam[`Get${kind}Policy`]({ [`${kind}Name`]: name, PolicyName } as never);
  const found = await ifThere(GONE, getting as Promise<{ PolicyDocument: string }>);
  return found && JSON.parse(decodeURIComponent(found.PolicyDocument));
}

/** A document in one role, user or group, as a resource of its own. */
function embedded(kind: Kind): ResourceType {
  const holder = (properties: Properties) => [[kind, text(properties[`${kind}Name`])] as const];
  const put = async (properties: Properties, { aws }: ResourceScope) => {
    await forHolders(holder(properties), embed(aws, text(properties.PolicyName), document(properties)));
    return { id: `${text(properties.PolicyName)}|${text(properties[`${kind}Name`])}`, attributes: {} };
  };
  return {
    create: put,
    update: (_, properties, __, scope) => put(properties, scope),
    delete: (_, properties, { aws }) => forHolders(holder(properties), remove(aws, text(properties.PolicyName))),
    async read(_, properties, { aws }) {
      const [name, PolicyName] = [text(properties[`${kind}Name`]), text(properties.PolicyName)];
      const PolicyDocument = await embeddedIn(kind, name, PolicyName, aws);
      return PolicyDocument === undefined ? undefined : { [`${kind}Name`]: name, PolicyName, PolicyDocument };
    },
  };
}

const accessKey: ResourceType = {
  async create({ UserName, Status }, { aws, begun }) {
    const { AccessKey } = await aws.iam.CreateAccessKey({ UserName: text(UserName) });
    const id = AccessKey?.AccessKeyId ?? '';
    begun(id);
    if (Status === 'Inactive') await aws.iam.UpdateAccessKey({ UserName: text(UserName), AccessKeyId: id, Status });
    return { id, attributes: { Id: id, SecretAccessKey: AccessKey?.SecretAccessKey ?? '' } };
  },
  async update(id, { UserName, Status = 'Active' }, _, { aws }) {
    await aws.iam.UpdateAccessKey({ UserName: text(UserName), AccessKeyId: id, Status: Status as 'Active' });
    return { id, attributes: {} };
  },
  async read(id, { UserName, Serial }, { aws }) {
    const { AccessKeyMetadata = [] } =
      (await ifThere(GONE, aws.iam.ListAccessKeys({ UserName: text(UserName) }))) ?? {};
    const found = AccessKeyMetadata.find(({ AccessKeyId }) => AccessKeyId === id);
    return found && { UserName, Serial, Status: found.Status };
  },
  delete: (AccessKeyId, { UserName }, { aws }) =>
    isGone(GONE, aws.iam.DeleteAccessKey({ UserName: text(UserName), AccessKeyId })),
};

const instanceProfile: ResourceType = {
  async create(properties, scope) {
    const { aws } = scope;
    const InstanceProfileName = textOf(properties.InstanceProfileName) ?? scope.name(128);
    const Path = textOf(properties.Path) ?? '/';
    await madeOnce(TAKEN, scope, aws.iam.CreateInstanceProfile({ InstanceProfileName, Path }));
    scope.begun(InstanceProfileName);
    await hold(InstanceProfileName, properties, scope);
    const { InstanceProfile } = await aws.iam.GetInstanceProfile({ InstanceProfileName });
    return { id: InstanceProfileName, attributes: { Arn: InstanceProfile?.Arn } };
  },
  async update(id, properties, _, scope) {
    await hold(id, properties, scope);
    return { id, attributes: {} };
  },
  async delete(id, _, scope) {
    await isGone(GONE, hold(id, { Roles: [] }, scope));
    await isGone(GONE, scope.aws.iam.DeleteInstanceProfile({ InstanceProfileName: id }));
  },
  async read(InstanceProfileName, _, { aws }) {
    const found = await ifThere(GONE, aws.iam.GetInstanceProfile({ InstanceProfileName }));
    const { Path, Roles = [] } = found?.InstanceProfile ?? {};
    return found && { InstanceProfileName, Path, Roles: Roles.map(({ RoleName }) => RoleName) };
  },
};

/** Gives a profile the roles it should have, and only them. */
async function hold(InstanceProfileName: string, { Roles }: Properties, { aws }: ResourceScope): Promise<void> {
  const wanted = Roles as readonly string[];
  const { InstanceProfile } = await aws.iam.GetInstanceProfile({ InstanceProfileName });
  const has = (InstanceProfile?.Roles ?? []).map(({ RoleName }) => RoleName);
  for (const RoleName of has)
    if (!wanted.includes(RoleName)) await aws.iam.RemoveRoleFromInstanceProfile({ InstanceProfileName, RoleName });
  for (const RoleName of wanted)
    if (!has.includes(RoleName)) await aws.iam.AddRoleToInstanceProfile({ InstanceProfileName, RoleName });
}

const userToGroup: ResourceType = {
  async create({ GroupName, Users }, scope) {
    const id = scope.name(64);
    for (const UserName of Users as readonly string[]) {
      await scope.aws.iam.AddUserToGroup({ GroupName: text(GroupName), UserName });
      scope.begun(id);
    }
    return { id, attributes: { Id: id } };
  },
  async update(id, { GroupName, Users }, before, { aws }) {
    for (const UserName of Users as readonly string[])
      await aws.iam.AddUserToGroup({ GroupName: text(GroupName), UserName });
    for (const UserName of before.Users as readonly string[])
      if (GroupName !== before.GroupName || !(Users as readonly string[]).includes(UserName))
        await isGone(GONE, aws.iam.RemoveUserFromGroup({ GroupName: text(before.GroupName), UserName }));
    return { id, attributes: { Id: id } };
  },
  async delete(_, { GroupName, Users }, { aws }) {
    for (const UserName of Users as readonly string[])
      await isGone(GONE, aws.iam.RemoveUserFromGroup({ GroupName: text(GroupName), UserName }));
  },
  async read(_, { GroupName, Users }, { aws }) {
    const found = await ifThere(GONE, aws.iam.GetGroup({ GroupName: text(GroupName) }));
    const members = new Set(found?.Users.map(({ UserName }) => UserName));
    return found && { GroupName, Users: ((Users ?? []) as readonly string[]).filter((one) => members.has(one)) };
  },
};

const serviceLinkedRole: ResourceType = {
  async create({ AWSServiceName, CustomSuffix, Description }, { aws }) {
    const { Role } = await aws.iam.CreateServiceLinkedRole({
      AWSServiceName: text(AWSServiceName),
      ...(CustomSuffix !== undefined && { CustomSuffix: text(CustomSuffix) }),
      ...(Description !== undefined && { Description: text(Description) }),
    });
    const id = Role?.RoleName ?? '';
    return { id, attributes: { RoleName: id } };
  },
  async update(id, { Description }, _, { aws }) {
    await aws.iam.UpdateRole({ RoleName: id, Description: text(Description) });
    return { id, attributes: { RoleName: id } };
  },
  delete: (RoleName, _, { aws }) => isGone(GONE, aws.iam.DeleteServiceLinkedRole({ RoleName })),
  async read(RoleName, properties, { aws }) {
    const found = await ifThere(GONE, aws.iam.GetRole({ RoleName }));
    return found && { ...properties, Description: found.Role.Description };
  },
};

const serverCertificate: ResourceType = {
  async create(properties, scope) {
    const { Path, CertificateBody, CertificateChain, PrivateKey } = properties;
    const ServerCertificateName = textOf(properties.ServerCertificateName) ?? scope.name(128);
    await madeOnce(
      TAKEN,
      scope,
      scope.aws.iam.UploadServerCertificate({
        ServerCertificateName,
        CertificateBody: text(CertificateBody),
        PrivateKey: text(PrivateKey),
        ...(CertificateChain !== undefined && { CertificateChain: text(CertificateChain) }),
        ...(Path !== undefined && { Path: text(Path) }),
        Tags: tagListOf(properties, scope),
      }),
    );
    const { ServerCertificate } = await scope.aws.iam.GetServerCertificate({ ServerCertificateName });
    const Arn = ServerCertificate?.ServerCertificateMetadata.Arn;
    return { id: ServerCertificateName, attributes: { Arn } };
  },
  async update(ServerCertificateName, properties, before, scope) {
    const { iam } = scope.aws;
    const NewPath = textOf(properties.Path) ?? '/';
    await iam.UpdateServerCertificate({ ServerCertificateName, NewPath });
    const TagKeys = tagsGone(properties, before, scope);
    if (TagKeys.length > 0) await iam.UntagServerCertificate({ ServerCertificateName, TagKeys });
    const Tags = tagListOf(properties, scope);
    if (Tags.length > 0) await iam.TagServerCertificate({ ServerCertificateName, Tags });
    const { ServerCertificate } = await iam.GetServerCertificate({ ServerCertificateName });
    return { id: ServerCertificateName, attributes: { Arn: ServerCertificate?.ServerCertificateMetadata.Arn } };
  },
  delete: (ServerCertificateName, _, { aws }) =>
    isGone(GONE, aws.iam.DeleteServerCertificate({ ServerCertificateName })),
  async read(ServerCertificateName, properties, { aws }) {
    const found = await ifThere(GONE, aws.iam.GetServerCertificate({ ServerCertificateName }));
    if (found === undefined) return undefined;
    const { ServerCertificateMetadata: metadata, Tags = [] } = found.ServerCertificate;
    return { ...properties, ServerCertificateName, Path: metadata.Path, Tags };
  },
};

export const resources: ResourceTypes = {
  ...devices,
  ...principals,
  ...providers,
  'AWS::IAM::AccessKey': accessKey,
  'AWS::IAM::GroupPolicy': embedded('Group'),
  'AWS::IAM::InstanceProfile': instanceProfile,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::RolePolicy': embedded('Role'),
  'AWS::IAM::ServerCertificate': serverCertificate,
  'AWS::IAM::ServiceLinkedRole': serviceLinkedRole,
  'AWS::IAM::UserPolicy': embedded('User'),
  'AWS::IAM::UserToGroupAddition': userToGroup,
};
