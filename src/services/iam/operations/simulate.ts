/** The policy simulator and the context keys it asks for. */
import { parseArn } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { type Principal, rootOf } from '#kernel/identity';
import type { EvaluationResult, SimulateCustomPolicyRequest } from '#models/iam';
import { findGroup, findHolder, type Holder } from '../domain/entities.ts';
import { documentOf, findPolicy } from '../domain/managed-policy.ts';
import { type PageInput, pageOf } from '../domain/page.ts';
import {
  contextKeysOf,
  contextOf,
  RESOURCE_POLICY,
  type Simulation,
  type Source,
  simulate,
  simulatorOf,
} from '../domain/simulate.ts';
import { callerNeeded, invalidArn } from '../errors.ts';
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

function policiesOf(kind: Kind, row: Holder['row'], ctx: Ctx): Source[] {
  const inline = Object.entries(row.inline).map(
    ([name, text]): Source => ({ id: `${kind}_${row.name}_${name}`, text }),
  );
  return [...inline, ...row.attached.map((arn) => managedSource(arn, ctx))];
}

function managedSource(arn: string, ctx: Ctx): Source {
  const policy = findPolicy(arn, ctx.store);
  return {
    id: policy.name,
    text: documentOf(policy),
  };
}

/** All policies of a principal; a user's with those of its groups. */
function allPolicies(holder: Holder, ctx: Ctx): Source[] {
  const own = policiesOf(holder.kind, holder.row, ctx);
  return holder.kind === 'user'
    ? [...own, ...holder.row.groups.flatMap((name) => policiesOf('group', findGroup(name, ctx.store), ctx))]
    : own;
}

function principalOf({ kind, row }: Holder, account: string): Principal {
  const { arn, id, name } = row;
  if (kind === 'role')
    return {
      kind: 'session',
      account,
      arn: arn.replace(':iam:', ':sts:').replace(/:role\/.*$/, `:assumed-role/${name}/simulated`),
      id: `${id}:simulated`,
      roleArn: arn,
      roleName: name,
      sessionName: 'simulated',
    };
  return { kind: 'user', account, arn, id, name };
}

function run(
  input: Omit<SimulateCustomPolicyRequest, 'PolicyInputList'> & PageInput,
  base: Pick<Simulation, 'principal' | 'identity' | 'boundary'>,
) {
  const limiting = listed(input.PermissionsBoundaryPolicyInputList, 'PermissionsBoundaryPolicyInputList');
  const simulation: Simulation = {
    ...base,
    boundary: limiting.length > 0 ? limiting : base.boundary,
    resource: input.ResourcePolicy === undefined ? undefined : { id: RESOURCE_POLICY, text: input.ResourcePolicy },
    resourceAccount:
      input.ResourceOwner === undefined ? undefined : (parseArn(input.ResourceOwner)?.account ?? input.ResourceOwner),
    scps: input.OrderedOrganizationPolicyInputList?.map(({ ServiceControlPolicyInputList: list }, level) =>
      listed(list, `OrderedOrganizationPolicyInputList.${level + 1}`),
    ),
    context: contextOf(input.ContextEntries),
  };
  const asked = input.ActionNames.flatMap((action) =>
    (input.ResourceArns ?? ['*']).map((resource) => [action, resource] as const),
  );
  const { items, end } = pageOf(input, asked);
  const simulator = simulatorOf(simulation);
  return {
    EvaluationResults: items.map(
      ([action, resource]): EvaluationResult => simulate(simulator, action, resource, input.ResourceArns !== undefined),
    ),
    ...end,
  };
}

/** The caller of a simulation; a user of the account by default. */
function callerOf(arn: string | undefined, ctx: Ctx): Principal {
  if (arn === undefined)
    return {
      kind: 'user',
      account: ctx.account,
      arn: `arn:${ctx.partition}:iam::${ctx.account}:user/simulated`,
      id: 'AIDASIMULATED',
      name: 'simulated',
    };
  const parsed = parseArn(arn);
  if (parsed === undefined) throw invalidArn(arn);
  if (parsed.service !== 'iam' || !/^(root$|user\/)/.test(parsed.resource)) throw invalidArn(arn);
  if (parsed.resource === 'root') return rootOf(parsed.account, parsed.partition);
  return {
    kind: 'user',
    account: parsed.account,
    arn,
    id: 'AIDASIMULATED',
    name: parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1),
  };
}

export const simulateCustomPolicy: Handler<'iam', 'SimulateCustomPolicy'> = (input, ctx) => {
  if (input.ResourcePolicy !== undefined && input.CallerArn === undefined) throw callerNeeded();
  return run(input, {
    principal: callerOf(input.CallerArn, ctx),
    identity: listed(input.PolicyInputList, 'PolicyInputList'),
    boundary: [],
  });
};

export const simulatePrincipalPolicy: Handler<'iam', 'SimulatePrincipalPolicy'> = (input, ctx) => {
  const holder = holderOf(input.PolicySourceArn, ctx);
  if (input.ResourcePolicy !== undefined && input.CallerArn === undefined && holder.kind !== 'user')
    throw callerNeeded();
  const boundary = holder.kind === 'group' ? undefined : holder.row.boundary;
  const principal = input.CallerArn === undefined ? principalOf(holder, ctx.account) : callerOf(input.CallerArn, ctx);
  const identity = [...allPolicies(holder, ctx), ...listed(input.PolicyInputList, 'PolicyInputList')];
  return run(input, { principal, identity, boundary: boundary === undefined ? [] : [managedSource(boundary, ctx)] });
};

export const getContextKeysForCustomPolicy: Handler<'iam', 'GetContextKeysForCustomPolicy'> = (input) => ({
  ContextKeyNames: contextKeysOf(listed(input.PolicyInputList, 'PolicyInputList')),
});

export const getContextKeysForPrincipalPolicy: Handler<'iam', 'GetContextKeysForPrincipalPolicy'> = (input, ctx) => ({
  ContextKeyNames: contextKeysOf([
    ...allPolicies(holderOf(input.PolicySourceArn, ctx), ctx),
    ...listed(input.PolicyInputList, 'PolicyInputList'),
  ]),
});
