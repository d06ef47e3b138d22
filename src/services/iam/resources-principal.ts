/** CloudFormation's types of users, groups and roles: who can hold policies. */
import type { Aws, Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, tagListOf, tagsGone, textOf } from '#kernel/contract';

const GONE = 'NoSuchEntityException';
const TAKEN = 'EntityAlreadyExistsException';

type Kind = 'Group' | 'Role' | 'User';
type Embedded = { PolicyName: string; PolicyDocument: unknown };

const text = (value: unknown) => textOf(value) ?? '';
const embeddedOf = ({ Policies }: Properties) => (Policies ?? []) as readonly Embedded[];
const attachedOf = ({ ManagedPolicyArns }: Properties) => (ManagedPolicyArns ?? []) as readonly string[];

/** Gives a holder the policies it should have, and takes away those it had from its template before. */
async function setPolicies(kind: Kind, name: string, properties: Properties, before: Properties, { iam }: Aws) {
  const holder = { [`${kind}Name`]: name };
  for (const { PolicyName, PolicyDocument } of embeddedOf(properties))
    await iam[`Put${kind}Policy`]({ ...holder, PolicyName, PolicyDocument: text(PolicyDocument) } as never);
  for (const PolicyArn of attachedOf(properties)) await iam[`Attach${kind}Policy`]({ ...holder, PolicyArn } as never);
  const kept = new Set(embeddedOf(properties).map(({ PolicyName }) => PolicyName));
  for (const { PolicyName } of embeddedOf(before))
    if (!kept.has(PolicyName)) await isGone(GONE, iam[`Delete${kind}Policy`]({ ...holder, PolicyName } as never));
  for (const PolicyArn of attachedOf(before))
    if (!attachedOf(properties).includes(PolicyArn))
      await isGone(GONE, iam[`Detach${kind}Policy`]({ ...holder, PolicyArn } as never));
}

/** What a holder has now, of what its template may say of policies. */
async function policiesOf(kind: Kind, name: string, properties: Properties, { iam }: Aws) {
  const holder = { [`${kind}Name`]: name } as never;
  const { AttachedPolicies = [] } = await iam[`ListAttached${kind}Policies`](holder);
  const { PolicyNames } = await iam[`List${kind}Policies`](holder);
  const Policies: { PolicyName: string; PolicyDocument: unknown }[] = [];
  // Others may have put policies there by types of their own.
  const wanted = new Set(embeddedOf(properties).map(({ PolicyName }) => PolicyName));
  for (const PolicyName of PolicyNames.filter((one) => wanted.has(one))) {
    const found = await iam[`Get${kind}Policy`]({ [`${kind}Name`]: name, PolicyName } as never);
    Policies.push({ PolicyName, PolicyDocument: JSON.parse(decodeURIComponent(found.PolicyDocument)) });
  }
  const arns = AttachedPolicies.map(({ PolicyArn }) => PolicyArn);
  return {
    ...(wanted.size > 0 && { Policies }),
    ...((arns.length > 0 || properties.ManagedPolicyArns !== undefined) && { ManagedPolicyArns: arns }),
  };
}

async function setBoundary(kind: 'Role' | 'User', name: string, properties: Properties, before: Properties, aws: Aws) {
  const { PermissionsBoundary } = properties as { PermissionsBoundary?: string };
  const holder = { [`${kind}Name`]: name };
  if (PermissionsBoundary !== undefined)
    await aws.iam[`Put${kind}PermissionsBoundary`]({ ...holder, PermissionsBoundary } as never);
  else if (before.PermissionsBoundary !== undefined)
    await isGone(GONE, aws.iam[`Delete${kind}PermissionsBoundary`](holder as never));
}

async function setTags(
  kind: 'Role' | 'User',
  name: string,
  after: Properties,
  before: Properties,
  scope: ResourceScope,
) {
  const { iam } = scope.aws;
  const TagKeys = tagsGone(after, before, scope);
  const holder = { [`${kind}Name`]: name };
  if (TagKeys.length > 0) await iam[`Untag${kind}`]({ ...holder, TagKeys } as never);
  const Tags = tagListOf(after, scope);
  if (Tags.length > 0) await iam[`Tag${kind}`]({ ...holder, Tags } as never);
}

const role: ResourceType = {
  async create(properties, scope) {
    const { aws } = scope;
    const { Description, Path, MaxSessionDuration, PermissionsBoundary } = properties as {
      Description?: string;
      Path?: string;
      MaxSessionDuration?: number;
      PermissionsBoundary?: string;
    };
    const RoleName = textOf(properties.RoleName) ?? scope.name(64);
    await madeOnce(
      TAKEN,
      scope,
      aws.iam.CreateRole({
        RoleName,
        AssumeRolePolicyDocument: text(properties.AssumeRolePolicyDocument),
        ...(Description !== undefined && { Description }),
        ...(Path !== undefined && { Path }),
        ...(MaxSessionDuration !== undefined && { MaxSessionDuration }),
        ...(PermissionsBoundary !== undefined && { PermissionsBoundary }),
        Tags: tagListOf(properties, scope),
      }),
    );
    scope.begun(RoleName);
    await setPolicies('Role', RoleName, properties, {}, aws);
    return { id: RoleName, attributes: await roleAttributes(RoleName, aws) };
  },
  async update(RoleName, properties, before, scope) {
    const { aws } = scope;
    await aws.iam.UpdateAssumeRolePolicy({ RoleName, PolicyDocument: text(properties.AssumeRolePolicyDocument) });
    await aws.iam.UpdateRole({
      RoleName,
      Description: text(properties.Description),
      MaxSessionDuration: Number(properties.MaxSessionDuration ?? 3_600),
    });
    await setBoundary('Role', RoleName, properties, before, aws);
    await setPolicies('Role', RoleName, properties, before, aws);
    await setTags('Role', RoleName, properties, before, scope);
    return { id: RoleName, attributes: await roleAttributes(RoleName, aws) };
  },
  async delete(RoleName, properties, { aws }) {
    await isGone(GONE, setPolicies('Role', RoleName, {}, properties, aws));
    await isGone(GONE, aws.iam.DeleteRole({ RoleName }));
  },
  async read(RoleName, properties, { aws }) {
    const found = await ifThere(GONE, aws.iam.GetRole({ RoleName }));
    if (found === undefined) return undefined;
    const { Role } = found;
    return {
      RoleName,
      Path: Role.Path,
      AssumeRolePolicyDocument: JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument ?? '{}')),
      MaxSessionDuration: Role.MaxSessionDuration,
      Description: Role.Description,
      PermissionsBoundary: Role.PermissionsBoundary?.PermissionsBoundaryArn,
      Tags: Role.Tags,
      ...(await policiesOf('Role', RoleName, properties, aws)),
    };
  },
};

async function roleAttributes(RoleName: string, { iam }: Aws) {
  const { Role } = await iam.GetRole({ RoleName });
  return { Arn: Role.Arn, RoleId: Role.RoleId };
}

const user: ResourceType = {
  async create(properties, scope) {
    const { aws } = scope;
    const UserName = textOf(properties.UserName) ?? scope.name(64);
    const { Path, PermissionsBoundary } = properties as { Path?: string; PermissionsBoundary?: string };
    await madeOnce(
      TAKEN,
      scope,
      aws.iam.CreateUser({
        UserName,
        ...(Path !== undefined && { Path }),
        ...(PermissionsBoundary !== undefined && { PermissionsBoundary }),
        Tags: tagListOf(properties, scope),
      }),
    );
    scope.begun(UserName);
    await setUser(UserName, properties, {}, scope);
    return { id: UserName, attributes: { Arn: await userArn(UserName, aws) } };
  },
  async update(UserName, properties, before, scope) {
    const { aws } = scope;
    await aws.iam.UpdateUser({ UserName, NewPath: textOf(properties.Path) ?? '/' });
    await setBoundary('User', UserName, properties, before, aws);
    await setUser(UserName, properties, before, scope);
    await setTags('User', UserName, properties, before, scope);
    return { id: UserName, attributes: { Arn: await userArn(UserName, aws) } };
  },
  async delete(UserName, properties, scope) {
    await isGone(GONE, setUser(UserName, {}, properties, scope));
    await isGone(GONE, scope.aws.iam.DeleteUser({ UserName }));
  },
  async read(UserName, properties, { aws }) {
    const found = await ifThere(GONE, aws.iam.GetUser({ UserName }));
    if (found === undefined) return undefined;
    const { Path, PermissionsBoundary, Tags } = found.User;
    const { Groups = [] } = await aws.iam.ListGroupsForUser({ UserName });
    const login = properties.LoginProfile as { PasswordResetRequired?: boolean } | undefined;
    const signsIn = login && (await ifThere(GONE, aws.iam.GetLoginProfile({ UserName })));
    const { PasswordResetRequired } = signsIn?.LoginProfile ?? {};
    return {
      UserName,
      Path,
      PermissionsBoundary: PermissionsBoundary?.PermissionsBoundaryArn,
      Tags,
      // A password can't be read.
      LoginProfile: signsIn && { ...login, PasswordResetRequired },
      ...(properties.Groups !== undefined && { Groups: Groups.map(({ GroupName }) => GroupName) }),
      ...(await policiesOf('User', UserName, properties, aws)),
    };
  },
};

async function userArn(UserName: string, { iam }: Aws): Promise<string> {
  const { User } = await iam.GetUser({ UserName });
  return User.Arn;
}

/** Its groups, its policies and its password. */
async function setUser(UserName: string, properties: Properties, before: Properties, { aws }: ResourceScope) {
  await setPolicies('User', UserName, properties, before, aws);
  const groupsOf = ({ Groups }: Properties) => (Groups ?? []) as readonly string[];
  for (const GroupName of groupsOf(properties)) await aws.iam.AddUserToGroup({ GroupName, UserName });
  for (const GroupName of groupsOf(before))
    if (!groupsOf(properties).includes(GroupName))
      await isGone(GONE, aws.iam.RemoveUserFromGroup({ GroupName, UserName }));
  const login = properties.LoginProfile as { Password: string; PasswordResetRequired?: boolean } | undefined;
  if (login === undefined) {
    if (before.LoginProfile !== undefined) await isGone(GONE, aws.iam.DeleteLoginProfile({ UserName }));
    return;
  }
  const wanted = { UserName, ...login };
  const has = await ifThere(GONE, aws.iam.GetLoginProfile({ UserName }));
  await (has === undefined ? aws.iam.CreateLoginProfile(wanted) : aws.iam.UpdateLoginProfile(wanted));
}

const group: ResourceType = {
  async create(properties, scope) {
    const { aws } = scope;
    const GroupName = textOf(properties.GroupName) ?? scope.name(128);
    const Path = textOf(properties.Path) ?? '/';
    await madeOnce(TAKEN, scope, aws.iam.CreateGroup({ GroupName, Path }));
    scope.begun(GroupName);
    await setPolicies('Group', GroupName, properties, {}, aws);
    return { id: GroupName, attributes: await groupAttributes(GroupName, aws) };
  },
  async update(GroupName, properties, before, { aws }) {
    await aws.iam.UpdateGroup({ GroupName, NewPath: textOf(properties.Path) ?? '/' });
    await setPolicies('Group', GroupName, properties, before, aws);
    return { id: GroupName, attributes: await groupAttributes(GroupName, aws) };
  },
  async delete(GroupName, properties, { aws }) {
    await isGone(GONE, setPolicies('Group', GroupName, {}, properties, aws));
    await isGone(GONE, aws.iam.DeleteGroup({ GroupName }));
  },
  async read(GroupName, properties, { aws }) {
    const found = await ifThere(GONE, aws.iam.GetGroup({ GroupName }));
    return found && { GroupName, Path: found.Group.Path, ...(await policiesOf('Group', GroupName, properties, aws)) };
  },
};

async function groupAttributes(GroupName: string, { iam }: Aws) {
  const { Group } = await iam.GetGroup({ GroupName });
  return { Arn: Group.Arn };
}

export const principals: ResourceTypes = {
  'AWS::IAM::Group': group,
  'AWS::IAM::Role': role,
  'AWS::IAM::User': user,
};
