/** `cloudyard fault`: what goes wrong on purpose. */
import type { FaultEffect, FaultRule } from '#kernel/faults';
import { ask, CONNECTION, type Endpoint, findEndpoint } from './admin-client.ts';
import { parseDuration } from './duration.ts';
import { columns, command, EXIT, type Flag, print, UsageError, type Values } from './usage.ts';

const WHERE = ['service', 'operation', 'account', 'region', 'zone'] as const;

const FLAGS: { [name: string]: Flag } = {
  service: { type: 'string', value: 'NAME', text: 'only this service, e.g. sqs' },
  operation: { type: 'string', value: 'NAME', text: 'only this operation of it, e.g. SendMessage' },
  account: { type: 'string', value: 'ID', text: 'only this account' },
  region: { type: 'string', value: 'NAME', text: 'only this Region' },
  zone: { type: 'string', value: 'NAME', text: 'what stands in this zone, instead of calls' },
  probability: { type: 'string', value: 'P', text: 'how often, 0 to 1 (1)' },
  for: { type: 'string', value: 'DURATION', text: 'ends by itself, on the cloud’s clock: 30s, 5m' },
  code: { type: 'string', value: 'CODE', text: 'of an error (InternalError)' },
  status: { type: 'string', value: 'N', text: 'of an error (500)' },
  message: { type: 'string', value: 'TEXT', text: 'of an error' },
};

export const fault = command(
  {
    name: 'fault',
    summary: 'Make calls fail, slow, throttled or unanswered',
    operands:
      '[list | add <throttle | internal | unavailable | drop | latency DURATION | error | dark> | remove <id> | clear]',
    flags: { ...FLAGS, ...CONNECTION },
    notes: `Examples:
  cloudyard fault add throttle --service dynamodb --probability 0.1
  cloudyard fault add latency 200ms --service s3 --for 5m
  cloudyard fault add error --service sqs --operation SendMessage --code ServiceUnavailable --status 503
  cloudyard fault add drop --service sqs      (carried out, never answered)
  cloudyard fault add dark --region eu-west-1  (nothing answers there)`,
  },
  async ({ values, operands }) => {
    const [action = 'list', ...rest] = operands;
    const endpoint = findEndpoint(values);
    if (action === 'list' && rest.length === 0) await list(values, endpoint);
    else if (action === 'add') await add(values, endpoint, rest);
    else if (action === 'clear' && rest.length === 0) {
      const answer = await ask<{ removed: number }>(endpoint, 'DELETE', 'faults');
      print(values, answer, `Removed ${answer.removed}.`);
    } else if (action === 'remove' && rest.length === 1) {
      const answer = await ask(endpoint, 'DELETE', `faults/${encodeURIComponent(rest[0] ?? '')}`);
      print(values, answer, `Removed ${rest[0]}.`);
    } else throw new UsageError(`fault takes no '${operands.join(' ')}': expected list, add …, remove <id> or clear`);
    return EXIT.done;
  },
);

async function list(values: Values, endpoint: Endpoint): Promise<void> {
  const answer = await ask<{ faults: FaultRule[] }>(endpoint, 'GET', 'faults');
  print(values, answer, answer.faults.length === 0 ? 'No faults.' : columns(answer.faults.map(rowOf)));
}

async function add(values: Values, endpoint: Endpoint, words: readonly string[]): Promise<void> {
  const { probability, for: lasts } = values;
  const rule = await ask<FaultRule>(endpoint, 'POST', 'faults', {
    ...Object.fromEntries(WHERE.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]]))),
    ...(probability !== undefined && { probability: numberOf('probability', probability) }),
    ...(typeof lasts === 'string' && { lastsMillis: parseDuration(lasts) }),
    effect: effectOf(values, words),
  });
  print(values, rule, columns([rowOf(rule)]));
}

function effectOf({ code, status, message }: Values, [kind, duration, ...more]: readonly string[]): object {
  if (more.length > 0 || (kind !== 'latency' && duration !== undefined))
    throw new UsageError(`fault add ${kind} takes no '${more[0] ?? duration}'`);
  if (kind !== 'error' && (code ?? status ?? message) !== undefined)
    throw new UsageError('--code, --status and --message go with an error: cloudyard fault add error --code …');
  switch (kind) {
    case 'throttle':
    case 'internal':
    case 'unavailable':
    case 'drop':
    case 'dark':
      return { kind };
    case 'latency':
      if (duration === undefined) throw new UsageError('How slow? For example: cloudyard fault add latency 200ms');
      return { kind, millis: parseDuration(duration) };
    case 'error':
      return {
        kind,
        ...(code !== undefined && { code }),
        ...(message !== undefined && { message }),
        ...(status !== undefined && { status: numberOf('status', status) }),
      };
    default:
      throw new UsageError(
        `fault add ${kind ?? ''}: expected throttle, internal, unavailable, drop, latency DURATION, error or dark`,
      );
  }
}

function numberOf(name: string, text: string | boolean): number {
  const value = Number(text);
  if (Number.isNaN(value)) throw new UsageError(`--${name} ${text}: expected a number`);
  return value;
}

function rowOf(rule: FaultRule): string[] {
  const where = [...WHERE, 'role' as const, 'resource' as const]
    .flatMap((name) => (rule[name] === undefined ? [] : [`${name} ${rule[name]}`]))
    .join(', ');
  return [
    rule.id,
    showEffect(rule.effect),
    where === '' ? 'every call' : where,
    rule.probability === 1 ? 'always' : `${rule.probability * 100} %`,
    rule.until === undefined ? '' : `until ${new Date(rule.until).toISOString()}`,
  ];
}

function showEffect(effect: FaultEffect): string {
  if (effect.kind === 'point') return effect.point;
  if (effect.kind === 'latency') return `latency ${effect.millis} ms`;
  return effect.kind === 'error' ? `error ${effect.status} ${effect.code}` : effect.kind;
}
