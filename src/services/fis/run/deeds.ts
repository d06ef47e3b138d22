/** What each action does: the permissions that it needs, and the fault rules that it is. */
import type { Millis } from '#kernel/base';
import type { Access, Acting, Ctx, FaultRule, FaultSettings } from '#kernel/contract';
import { readDuration } from '../domain/duration.ts';
import { listed } from '../domain/lists.ts';
import { type ExperimentRow, type ResolvedRow, resolved } from '../state.ts';
import { Failed, failing } from './failed.ts';
import type { Roles } from './resolve.ts';

/** What an action is about to do. One without an end is over at once. */
export type Deed = {
  rules: Omit<FaultRule, 'id' | 'until'>[];
  point?: { name: string; resources: string[] };
  lasts?: Millis;
};

type Parameters = { readonly [name: string]: string };

/** An action with its targets, and who does it. */
type Act = {
  row: ExperimentRow;
  name: string;
  parameters: Parameters;
  targets: readonly ResolvedRow[];
  roles: Roles;
  ctx: Ctx;
};

type Doer = (act: Act) => Deed | Promise<Deed>;

const DOERS: { readonly [actionId: string]: Doer } = {
  'aws:fis:wait': () => ({ rules: [] }),
  'aws:fis:inject-api-internal-error': (act) => ofCalls(act, 'fis:InjectApiInternalError', { kind: 'internal' }),
  'aws:fis:inject-api-throttle-error': (act) => ofCalls(act, 'fis:InjectApiThrottleError', { kind: 'throttle' }),
  'aws:fis:inject-api-unavailable-error': (act) =>
    ofCalls(act, 'fis:InjectApiUnavailableError', { kind: 'unavailable' }),
  'cloudyard:api:latency': (act) => {
    const millis = Number(act.parameters.delayMilliseconds);
    return ofCalls(act, 'cloudyard:InjectApiLatency', { kind: 'latency', millis });
  },
  'cloudyard:region:dark': ({ row, parameters, roles }) => {
    roles.own.authorize({ action: 'cloudyard:DarkenRegion', resource: row.arn });
    return { rules: [{ region: parameters.region ?? '', probability: 1, effect: { kind: 'dark' } }] };
  },
  'aws:cloudwatch:assert-alarm-state': assertAlarms,
  'aws:lambda:invocation-add-delay': (act) =>
    ofInvocations(act, 'invocation-add-delay', {
      startupDelayMilliseconds: Number(act.parameters.startupDelayMilliseconds ?? 1_000),
    }),
  'aws:lambda:invocation-error': (act) =>
    ofInvocations(act, 'invocation-error', { preventExecution: act.parameters.preventExecution === 'true' }),
  'aws:lambda:invocation-http-integration-response': (act) =>
    ofInvocations(act, 'invocation-http-integration-response', {
      contentTypeHeader: act.parameters.contentTypeHeader ?? '',
      preventExecution: act.parameters.preventExecution === 'true',
      statusCode: Number(act.parameters.statusCode),
    }),
  'aws:s3:bucket-pause-replication': (act) => {
    const { region = '', destinationBuckets, prefixes } = act.parameters;
    const isPause = { 's3:IsReplicationPauseRequest': 'true' };
    const wanted = ({ arn: resource }: ResolvedRow): Access[] => [
      { action: 's3:PauseReplication', resource, context: { 's3:DestinationRegion': region } },
      { action: 's3:PutReplicationConfiguration', resource, context: isPause },
      { action: 's3:GetReplicationConfiguration', resource, context: isPause },
    ];
    return ofReplication(act, 's3', wanted, {
      region,
      ...(destinationBuckets !== undefined && { destinationBuckets }),
      ...(prefixes !== undefined && { prefixes }),
    });
  },
  'aws:dynamodb:global-table-pause-replication': (act) => {
    const actions = ['PutResourcePolicy', 'DeleteResourcePolicy', 'GetResourcePolicy', 'DescribeTable'];
    const wanted = ({ arn: resource }: ResolvedRow) =>
      actions.map((action) => ({ action: `dynamodb:${action}`, resource }));
    // Deviation: on AWS it is done by statements in the table's policy, which are not seen here.
    return ofReplication(act, 'dynamodb', wanted, {});
  },
};

/** @throws {Failed} */
export async function prepare(row: ExperimentRow, name: string, roles: Roles, ctx: Ctx): Promise<Deed> {
  const action = row.actions[name];
  const { parameters = {}, targets: named = {} } = action ?? {};
  const targets = Object.values(named).flatMap((target) =>
    ctx.store.list(resolved, { where: { experiment: row.id, target } }),
  );
  const lasts = readDuration(parameters.duration ?? '');
  const doing = `Unable to start action ${name}`;
  const deed = await failing({ doing, location: `actions.${name}`, account: ctx.account }, () =>
    DOERS[action?.actionId ?? '']?.({ row, name, parameters, targets, roles, ctx }),
  );
  return { ...(deed ?? { rules: [] }), ...(lasts !== undefined && { lasts }) };
}

/** Calls of the target roles. Source: Service Authorization Reference: the condition keys of `fis:InjectApi…`. */
async function ofCalls({ row, parameters, targets, roles, ctx }: Act, permission: string, effect: FaultRule['effect']) {
  const operation = listed(parameters.operations);
  const percentage = parameters.percentage ?? '100';
  for (const [account, acting] of roles.accounts) {
    const own = targets.filter((target) => target.account === account).map(({ arn }) => arn);
    if (own.length === 0) continue;
    acting.authorize({
      action: permission,
      resource: row.arn,
      context: {
        'fis:Service': parameters.service ?? '',
        'fis:Operations': operation,
        'fis:Percentage': percentage,
        'fis:Targets': own,
      },
    });
  }
  const { service = '' } = (await ctx.faults.serviceOf(parameters.service ?? '')) ?? {};
  const role = targets.map(({ arn }) => arn);
  const { region } = ctx;
  const calls = { region, service, role, ...(operation.length > 0 && { operation }) };
  return { rules: [{ ...calls, probability: Number(percentage) / 100, effect }] };
}

/** Deviation: on AWS the faults go through a bucket to an extension of the function, and the role must be allowed to write there, too. */
function ofInvocations({ parameters, targets, roles }: Act, point: string, settings: FaultSettings): Deed {
  for (const { arn: resource, account } of targets)
    roleIn(account, roles).authorize({ action: 'lambda:GetFunction', resource });
  const resource = targets.map(({ arn }) => arn);
  const probability = Number(parameters.invocationPercentage ?? 100) / 100;
  return { rules: [{ service: 'lambda', resource, probability, effect: { kind: 'point', point, settings } }] };
}

function ofReplication(
  { targets, roles }: Act,
  service: 's3' | 'dynamodb',
  wanted: (target: ResolvedRow) => Access[],
  settings: FaultSettings,
): Deed {
  for (const target of targets) for (const access of wanted(target)) roleIn(target.account, roles).authorize(access);
  const point = 'replication-pause';
  const resources = targets.map(({ arn }) => arn);
  return {
    rules: [{ service, resource: resources, probability: 1, effect: { kind: 'point', point, settings } }],
    point: { name: point, resources },
  };
}

/** @throws {Failed} when an alarm is in none of the states that it should be in */
async function assertAlarms({ name, parameters, roles, ctx }: Act): Promise<Deed> {
  const arns = listed(parameters.alarmArns);
  const states = listed(parameters.alarmStates);
  const { MetricAlarms = [], CompositeAlarms = [] } = await roles.own.aws().cloudwatch.DescribeAlarms({
    AlarmNames: arns.map((arn) => arn.slice(arn.indexOf(':alarm:') + ':alarm:'.length)),
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  });
  for (const arn of arns) {
    const alarm = [...MetricAlarms, ...CompositeAlarms].find(({ AlarmArn }) => AlarmArn === arn);
    if (alarm?.StateValue !== undefined && states.includes(alarm.StateValue)) continue;
    const said =
      alarm === undefined ? 'does not exist' : `is in state ${alarm.StateValue}, expected ${states.join(', ')}`;
    throw new Failed('ConfigurationFailure', `Alarm ${arn} ${said}.`, `actions.${name}`, ctx.account);
  }
  return { rules: [] };
}

function roleIn(account: string, roles: Roles): Acting {
  const acting = roles.accounts.get(account);
  if (acting === undefined)
    throw new Failed('ConfigurationFailure', `No role for account ${account}.`, 'targetAccountConfigurations', account);
  return acting;
}
