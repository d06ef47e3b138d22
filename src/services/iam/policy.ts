/** What each operation must be allowed: the entity it is about, what it asks for, and what that entity is tagged with. */
import { type Access, type AccessRules, type Ctx, passing } from '#kernel/contract';
import {
  accessKeys,
  groups,
  instanceProfiles,
  managedPolicies,
  mfaDevices,
  oidcProviders,
  roles,
  samlProviders,
  sessions,
  type Tags,
  users,
} from '#kernel/identity';
import { userNameOf } from './domain/entities.ts';
import { linkedPath } from './domain/linked.ts';
import { linkedRoleName } from './domain/linked-services.ts';
import { arnOf } from './domain/names.ts';
import {
  ABOUT,
  LISTS,
  MAKES,
  MFA_OPERATIONS,
  SERVER_CERTIFICATE_OPERATIONS,
  TAGS_AT_CREATION,
} from './domain/operations.ts';
import { settingsOf } from './domain/passwords.ts';
import { sessionTokenInvalid } from './errors.ts';
import { type NamedKind, serverCertificates, serviceCredentials } from './state.ts';

/** What of an input the rules look at. */
type Asked = {
  UserName?: string;
  GroupName?: string;
  RoleName?: string;
  InstanceProfileName?: string;
  PolicyName?: string;
  PolicyArn?: string;
  AccessKeyId?: string;
  AllUsers?: boolean;
  Path?: string;
  PathPrefix?: string;
  NewPath?: string;
  NewUserName?: string;
  NewGroupName?: string;
  PermissionsBoundary?: string;
  Tags?: { Key: string; Value: string }[];
  TagKeys?: string[];
  AWSServiceName?: string;
  CustomSuffix?: string;
  ServiceName?: string;
  CredentialAgeDays?: number;
  ServiceSpecificCredentialId?: string;
};

type Entity = { arn: string; called: string; tags?: Tags; boundary?: string | undefined };

function entityOf(kind: NamedKind, input: Asked, ctx: Ctx): Entity {
  const { store } = ctx;
  switch (kind) {
    case 'user': {
      const name = input.AllUsers === true ? '*' : (userNameOf(input, ctx) ?? '');
      return { arn: arnOf(ctx, 'user', '/', name), called: `user ${name}`, ...store.get(users, { name }) };
    }
    case 'group': {
      const name = input.GroupName ?? '';
      return { arn: arnOf(ctx, 'group', '/', name), called: `group ${name}`, ...store.get(groups, { name }) };
    }
    case 'role': {
      const name = input.RoleName ?? '';
      return { arn: arnOf(ctx, 'role', '/', name), called: `role ${name}`, ...store.get(roles, { name }) };
    }
    case 'policy': {
      const arn = input.PolicyArn ?? '';
      return { arn, called: `policy ${arn}`, tags: store.get(managedPolicies, { arn })?.tags ?? {} };
    }
    case 'instance-profile': {
      const name = input.InstanceProfileName ?? '';
      return {
        arn: arnOf(ctx, 'instance-profile', '/', name),
        called: `instance profile ${name}`,
        ...store.get(instanceProfiles, { name }),
      };
    }
  }
}

/** Condition keys of what is asked for and of the entity. */
function contextOf(input: Asked, entity: Partial<Entity>): Record<string, string | readonly string[]> {
  const context: Record<string, string | readonly string[]> = {};
  for (const { Key, Value } of input.Tags ?? []) context[`aws:RequestTag/${Key}`] = Value;
  const keys = input.TagKeys ?? input.Tags?.map(({ Key }) => Key);
  if (keys !== undefined && keys.length > 0) context['aws:TagKeys'] = keys;
  for (const [key, value] of Object.entries(entity.tags ?? {})) {
    context[`aws:ResourceTag/${key}`] = value;
    context[`iam:ResourceTag/${key}`] = value;
  }
  const boundary = input.PermissionsBoundary ?? entity.boundary;
  if (boundary !== undefined) context['iam:PermissionsBoundary'] = boundary;
  return context;
}

/** Of a credential for one service: of which, and for how long. */
function ofServiceCredential(input: Asked, { store }: Ctx): Record<string, string> {
  const { UserName: user = '', ServiceSpecificCredentialId: id = '', CredentialAgeDays: days } = input;
  const service = input.ServiceName ?? store.get(serviceCredentials, { user, id })?.service;
  return {
    ...(service !== undefined && { 'iam:ServiceSpecificCredentialServiceName': service }),
    ...(days !== undefined && { 'iam:ServiceSpecificCredentialAgeDays': String(days) }),
  };
}

function aboutEntity(kind: NamedKind, operation: string) {
  const action = `iam:${operation}`;
  return (input: Asked, ctx: Ctx): Access[] => {
    const entity = entityOf(kind, input, ctx);
    const context = contextOf(input, entity);
    if (/^(At|De)tach/.test(operation) && input.PolicyArn !== undefined) context['iam:PolicyARN'] = input.PolicyArn;
    if (operation.endsWith('ServiceSpecificCredential')) Object.assign(context, ofServiceCredential(input, ctx));
    const accesses: Access[] = [{ action, resource: entity.arn, called: entity.called, context }];
    const renamed = input.NewUserName ?? input.NewGroupName;
    // Who renames must be allowed to on both sides: IAM API Reference, UpdateUser.
    if (renamed !== undefined || input.NewPath !== undefined)
      accesses.push({
        action,
        resource: arnOf(ctx, kind, input.NewPath ?? '/', renamed ?? input.UserName ?? input.GroupName ?? ''),
        context,
      });
    if (operation === 'AddRoleToInstanceProfile') accesses.push(passing(entityOf('role', input, ctx).arn, 'ec2'));
    return accesses;
  };
}

function making(kind: NamedKind, operation: string) {
  return (input: Asked, ctx: Ctx): Access => {
    const name =
      input.UserName ?? input.GroupName ?? input.RoleName ?? input.PolicyName ?? input.InstanceProfileName ?? '';
    return {
      action: `iam:${operation}`,
      resource: arnOf(ctx, kind, input.Path ?? '/', name),
      ...(kind === 'policy' && { called: `policy ${name}` }),
      context: contextOf(input, {}),
    };
  };
}

function listing(kind: NamedKind, operation: string) {
  return (input: Asked, ctx: Ctx): Access => ({
    action: `iam:${operation}`,
    resource: arnOf(ctx, kind, input.PathPrefix ?? '/', ''),
  });
}

function linkedRole(input: Asked, ctx: Ctx): Access {
  const service = input.AWSServiceName ?? '';
  return {
    action: 'iam:CreateServiceLinkedRole',
    resource: arnOf(ctx, 'role', linkedPath(service), linkedRoleName(service, input.CustomSuffix)),
    context: { 'iam:AWSServiceName': service },
  };
}

/** The key's user is the resource; denials name the key. */
function lastUse({ AccessKeyId: id = '' }: Asked, ctx: Ctx): Access {
  const entity = entityOf('user', { UserName: ctx.store.get(accessKeys, { id })?.user ?? '' }, ctx);
  const asked = { action: 'iam:GetAccessKeyLastUsed', resource: entity.arn, called: `access key ${id}` };
  return { ...asked, context: contextOf({}, entity) };
}

/** The principal whose policies are simulated or read is the resource: who has the name, whatever path is given. Source: radkawar/stackd, measured in 2026. */
function onSource(operation: string) {
  return (input: { PolicySourceArn: string }, ctx: Ctx): Access => ({
    action: `iam:${operation}`,
    resource: heldBy(input.PolicySourceArn, ctx) ?? input.PolicySourceArn,
  });
}

/** The ARN of the user, group or role of the account that an ARN names; undefined where there is none. */
function heldBy(text: string, ctx: Ctx): string | undefined {
  const [, account, kind, name = ''] = /^arn:[^:]+:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(text) ?? [];
  if (account !== ctx.account) return undefined;
  if (kind === 'user') return ctx.store.get(users, { name })?.arn;
  return kind === 'group' ? ctx.store.get(groups, { name })?.arn : ctx.store.get(roles, { name })?.arn;
}

type Rule = (input: never, ctx: Ctx) => Access | readonly Access[];

/** Temporary credentials of a user or the root open IAM only with MFA: STS API Reference, GetSessionToken. */
function guard(rule: Rule): Rule {
  return (input, ctx) => {
    const { principal, accessKeyId } = ctx.caller;
    if (
      accessKeyId?.startsWith('ASIA') === true &&
      principal.kind !== 'session' &&
      ctx.store.get(sessions, { id: accessKeyId })?.mfaAt === undefined
    )
      throw sessionTokenInvalid();
    return rule(input, ctx);
  };
}

/** Who makes something with tags must be allowed to tag it. */
function withTags(rule: Rule, tagging: string): Rule {
  return (input: Asked, ctx) => {
    const made = [rule(input as never, ctx)].flat() as Access[];
    const isTagged = (input.Tags?.length ?? 0) > 0;
    return isTagged ? [...made, ...made.map((access) => ({ ...access, action: `iam:${tagging}` }))] : made;
  };
}

/** The rules of all operations that are built. */
export function accessRules(operations: { readonly [operation: string]: unknown }): AccessRules<'iam'> {
  const rules: { [operation: string]: Rule } = {};
  for (const [kind, about] of Object.entries(ABOUT))
    for (const operation of about) rules[operation] = aboutEntity(kind as NamedKind, operation);
  for (const [operation, kind] of Object.entries(MAKES)) rules[operation] = making(kind, operation);
  for (const [operation, kind] of Object.entries(LISTS)) rules[operation] = listing(kind, operation);
  rules.CreateServiceLinkedRole = linkedRole;
  rules.GetAccessKeyLastUsed = lastUse;
  // The password policy can let every user change their own: IAM API Reference, AllowUsersToChangePassword.
  const change = aboutEntity('user', 'ChangePassword');
  rules.ChangePassword = (input: Asked, ctx) =>
    ctx.caller.principal.kind !== 'user' || settingsOf(ctx.store).passwordPolicy?.usersMayChange === true
      ? []
      : change(input, ctx);
  for (const operation of ['SimulatePrincipalPolicy', 'GetContextKeysForPrincipalPolicy'])
    rules[operation] = onSource(operation);
  for (const operation of MFA_OPERATIONS)
    rules[operation] = (input: { SerialNumber?: string; VirtualMFADeviceName?: string } & Asked, ctx) => ({
      action: `iam:${operation}`,
      resource:
        input.SerialNumber ??
        `arn:${ctx.partition}:iam::${ctx.account}:mfa${input.Path ?? '/'}${input.VirtualMFADeviceName ?? ''}`,
      context: contextOf(input, ctx.store.get(mfaDevices, { serial: input.SerialNumber ?? '' }) ?? {}),
    });
  for (const operation of SERVER_CERTIFICATE_OPERATIONS)
    rules[operation] = (input: { ServerCertificateName?: string } & Asked, ctx) => {
      const name = input.ServerCertificateName ?? '';
      const row = ctx.store.get(serverCertificates, { name });
      const path = row?.path ?? input.Path ?? input.PathPrefix ?? '/';
      return {
        action: `iam:${operation}`,
        resource: row?.arn ?? `arn:${ctx.partition}:iam::${ctx.account}:server-certificate${path}${name}`,
        context: contextOf(input, row ?? {}),
      };
    };
  for (const operation of Object.keys(operations).filter((name) => /OpenIDConnectProvider(?!s)/.test(name)))
    rules[operation] = (input: { OpenIDConnectProviderArn?: string; Url?: string } & Asked, ctx) => {
      const arn = input.OpenIDConnectProviderArn ?? '';
      const name = input.Url?.replace(/^https?:\/\//, '') ?? '*';
      return {
        action: `iam:${operation}`,
        resource: arn === '' ? `arn:${ctx.partition}:iam::${ctx.account}:oidc-provider/${name}` : arn,
        context: contextOf(input, ctx.store.get(oidcProviders, { arn }) ?? {}),
      };
    };
  for (const operation of Object.keys(operations).filter((name) => /SAMLProvider(?!s)/.test(name)))
    rules[operation] = (input: { SAMLProviderArn?: string; Name?: string } & Asked, ctx) => {
      const arn = input.SAMLProviderArn ?? `arn:${ctx.partition}:iam::${ctx.account}:saml-provider/${input.Name}`;
      return {
        action: `iam:${operation}`,
        resource: arn,
        context: contextOf(input, ctx.store.get(samlProviders, { arn }) ?? {}),
      };
    };
  for (const operation of ['GenerateServiceLastAccessedDetails', 'ListPoliciesGrantingServiceAccess'])
    rules[operation] = (input: { Arn: string }) => ({ action: `iam:${operation}`, resource: input.Arn });
  rules.ListPolicies = (input: Asked) => ({
    action: 'iam:ListPolicies',
    resource: '*',
    called: `policy path ${input.PathPrefix ?? '/'}`,
  });
  for (const [operation, tagging] of Object.entries(TAGS_AT_CREATION))
    rules[operation] = withTags(rules[operation] as Rule, tagging);
  for (const [operation, built] of Object.entries(operations)) {
    if (typeof built === 'function')
      rules[operation] = guard(rules[operation] ?? (() => ({ action: `iam:${operation}`, resource: '*' })));
  }
  return rules as AccessRules<'iam'>;
}
