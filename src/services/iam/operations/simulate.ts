/** The policy simulator and the context keys it asks for. */
import { parseArn } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { Principal } from '#kernel/identity';
import type { PolicyIdentifier, SimulateCustomPolicyRequest } from '#models/iam';
import { contextKeysOf } from '../domain/context-keys.ts';
import { findGroup, findHolder, type Holder } from '../domain/entities.ts';
import { excludesBoundary, exclusionsOf } from '../domain/exclusions.ts';
import { documentOf, findPolicy } from '../domain/managed-policy.ts';
import { type PageInput, pageOf } from '../domain/page.ts';
import { RESOURCE_POLICY, type Simulation, type Source, simulate, simulatorOf } from '../domain/simulate.ts';
import { contextOf, defaultsOf } from '../domain/simulation-context.ts';
import { invalidArn, invalidInput } from '../errors.ts';
import type { Kind } from '../state.ts';

const listed = (texts: readonly string[] | undefined, id: string): Source[] =>
  (texts ?? []).map((text, index) => ({ id: `${id}.${index + 1}`, text }));

/** The user, group or role of an ARN. @throws {ServiceError} InvalidInput, NoSuchEntity */
function holderOf(text: string, ctx: Ctx): Holder {
  const arn = parseArn(text);
  const kind = arn?.resource.split('/')[0];
  if (arn?.service !== 'iam' || arn.account !== ctx.account || (kind !== 'user' && kind !== 'group' && kind !== 'role'))
    throw invalidArn(text);
  return findHolder(kind, arn.resource.slice(arn.resource.lastIndexOf('/') + 1), ctx.store);
}

const NOTHING = () => false;

function policiesOf(kind: Kind, row: Holder['row'], isLeftOut: ReturnType<typeof exclusionsOf>, ctx: Ctx) {
  const inline = Object.entries(row.inline)
    .filter(([name]) => !isLeftOut({ kind, holder: row.name, name, arn: undefined }))
    .map(([name, text]): Source => ({ id: `${kind}_${row.name}_${name}`, text }));
  const managed = row.attached.flatMap((arn) => {
    const source = managedSource(arn, ctx);
    return isLeftOut({ kind, holder: row.name, name: source.id, arn }) ? [] : [{ ...source, arn }];
  });
  return { inline, managed };
}

function managedSource(arn: string, ctx: Ctx): Source {
  const policy = findPolicy(arn, ctx.store);
  return { id: policy.name, text: documentOf(policy) };
}

/** All policies of a principal; a user's with those of its groups, of which each managed one counts once. */
function allPolicies(holder: Holder, ctx: Ctx, isLeftOut: ReturnType<typeof exclusionsOf> = NOTHING): Source[] {
  const found = [policiesOf(holder.kind, holder.row, isLeftOut, ctx)];
  if (holder.kind === 'user')
    for (const name of holder.row.groups) found.push(policiesOf('group', findGroup(name, ctx.store), isLeftOut, ctx));
  const managed = new Map(found.flatMap((one) => one.managed.map(({ arn, ...source }) => [arn, source])));
  return [...found.flatMap(({ inline }) => inline), ...managed.values()];
}

/** @throws {ServiceError} InvalidInput. Source of its words: radkawar/stackd, measured in 2026 */
function checkAsked(actions: readonly string[], resources: readonly string[], ResourcePolicy: string | undefined) {
  for (const resource of resources)
    if (resource === '*' ? resources.length > 1 : parseArn(resource) === undefined)
      throw invalidInput(`ResourceNames are not in a valid ARN format: ${resource}.`);
  if (actions.some((action) => !action.includes(':')))
    throw invalidInput('The action is invalid since it is missing names');
  if (ResourcePolicy !== undefined && resources.includes('*'))
    throw invalidInput('Invalid Entity Arn: * does not clearly define entity type and name.');
}

/** @throws {ServiceError} InvalidInput */
function ownerOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const arn = parseArn(text);
  if (arn?.service !== 'iam' || !/^\d{12}$/.test(arn.account)) throw invalidInput('Invalid Resource Owner.');
  return arn.account;
}

type Asked = Omit<SimulateCustomPolicyRequest, 'PolicyInputList'> & PageInput;

function run(input: Asked, base: Pick<Simulation, 'identity' | 'boundary'>, ctx: Ctx) {
  const named = input.ResourceArns ?? ['*'];
  checkAsked(input.ActionNames, named, input.ResourcePolicy);
  const [limiting, ...more] = listed(input.PermissionsBoundaryPolicyInputList, 'PermissionsBoundaryPolicyInputList');
  if (more.length > 0) throw invalidInput('The list of Permissions Boundary policies cannot exceed 1 items.');
  const context = contextOf(input.ContextEntries);
  const principal = callerOf(input.CallerArn, ctx);
  const resourceAccount = ownerOf(input.ResourceOwner);
  if (input.ResourcePolicy !== undefined && input.CallerArn === undefined)
    throw invalidInput('Invalid caller - Caller cannot be null or empty.');
  const simulator = simulatorOf({
    identity: base.identity,
    boundary: limiting ?? base.boundary,
    principal,
    resource: input.ResourcePolicy === undefined ? undefined : { id: RESOURCE_POLICY, text: input.ResourcePolicy },
    resourceAccount,
    scps: input.OrderedOrganizationPolicyInputList?.map(({ ServiceControlPolicyInputList: list }, level) =>
      listed(list, `OrderedOrganizationPolicyInputList.${level + 1}`),
    ),
    context,
    defaults: defaultsOf(input.CallerArn, ctx.account),
  });
  const resources = named.length === 1 && named[0] === '*' ? undefined : named;
  const { items, end } = pageOf(input, input.ActionNames);
  return { EvaluationResults: items.map((action) => simulate(simulator, action, resources)), ...end };
}

const CALLER = /^(user|group|role)\/(?:.*\/)?([^/]+)$/;

/** Whom a simulation is about; somebody of the account by default. @throws {ServiceError} InvalidInput */
function callerOf(text: string | undefined, ctx: Ctx): Principal {
  const arn = text ?? `arn:${ctx.partition}:iam::${ctx.account}:user/simulated`;
  const { service, account = '', resource = '' } = parseArn(arn) ?? {};
  const [, kind, name = ''] = CALLER.exec(resource) ?? [];
  if (service !== 'iam' || kind === undefined)
    throw invalidInput('Invalid caller - Caller must be an IAM user, role or group in this context.');
  if (kind !== 'role') return { kind: 'user', account, arn, id: 'AIDASIMULATED', name };
  return {
    kind: 'session',
    account,
    arn: arn.replace(/:iam::(\d*):role\/.*$/, `:sts::$1:assumed-role/${name}/simulated`),
    id: 'AROASIMULATED:simulated',
    roleArn: arn,
    roleName: name,
    sessionName: 'simulated',
  };
}

export const simulateCustomPolicy: Handler<'iam', 'SimulateCustomPolicy'> = (input, ctx) =>
  run(input, { identity: listed(input.PolicyInputList, 'PolicyInputList'), boundary: undefined }, ctx);

/** The boundary of a user or role that a simulation is about. */
function boundaryOf(holder: Holder, excluded: readonly PolicyIdentifier[] | undefined, ctx: Ctx): Source | undefined {
  const arn = holder.kind === 'group' || excludesBoundary(excluded) ? undefined : holder.row.boundary;
  return arn === undefined ? undefined : managedSource(arn, ctx);
}

export const simulatePrincipalPolicy: Handler<'iam', 'SimulatePrincipalPolicy'> = (input, ctx) => {
  const holder = holderOf(input.PolicySourceArn, ctx);
  const own = allPolicies(holder, ctx, exclusionsOf(input.PolicyExclusionList));
  const identity = [...own, ...listed(input.PolicyInputList, 'PolicyInputList')];
  const boundary = boundaryOf(holder, input.PolicyExclusionList, ctx);
  return run({ ...input, CallerArn: input.CallerArn ?? holder.row.arn }, { identity, boundary }, ctx);
};

const keysOf = (sources: readonly Source[]) => sources.flatMap(({ text }) => contextKeysOf(text));

export const getContextKeysForCustomPolicy: Handler<'iam', 'GetContextKeysForCustomPolicy'> = (input) => ({
  ContextKeyNames: keysOf(listed(input.PolicyInputList, 'PolicyInputList')),
});

export const getContextKeysForPrincipalPolicy: Handler<'iam', 'GetContextKeysForPrincipalPolicy'> = (input, ctx) => {
  const holder = holderOf(input.PolicySourceArn, ctx);
  const boundary = boundaryOf(holder, undefined, ctx);
  return {
    ContextKeyNames: keysOf([
      ...allPolicies(holder, ctx),
      ...(boundary === undefined ? [] : [boundary]),
      ...listed(input.PolicyInputList, 'PolicyInputList'),
    ]),
  };
};
