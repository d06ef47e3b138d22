/** Fault rules as the admin API takes them: every field is checked, so that a rule with a typing error does not silently match nothing. */
import type { FaultEffect, FaultRule } from '#kernel/faults';
import { REGIONS } from '#kernel/world';
import type { Cloud } from './cloud.ts';
import { ConfigError } from './config.ts';

type Body = Readonly<Record<string, unknown>>;

const FIELDS = ['account', 'region', 'zone', 'service', 'operation', 'probability', 'effect', 'lastsMillis'];
const EFFECTS =
  'effect should be "throttle", "internal", "unavailable", "drop", "dark" (of a Region), {"kind":"latency","millis":…} or {"kind":"error","code":…,"message":…,"status":…}.';

/** The rules that have not run out. */
export function faultsInForce(cloud: Cloud): FaultRule[] {
  const now = cloud.kernel.clock.now();
  return cloud.kernel.faults.list().filter(({ until }) => until === undefined || until > now);
}

/** Adds the rule of a request. @throws {ConfigError} for a field that can't be */
export async function addFault(cloud: Cloud, body: Body): Promise<FaultRule> {
  const { kernel } = cloud;
  only(body, FIELDS);
  const place = { ...text(body, 'account', /^\d{12}$/), ...text(body, 'region', /./), ...text(body, 'zone', /./) };
  if (place.region !== undefined && !REGIONS.has(place.region))
    throw new ConfigError(`There is no Region '${place.region}'.`);
  const what = { ...text(body, 'service', /./), ...text(body, 'operation', /./) };
  await checkOperation(cloud, what.service, what.operation);
  const effect = effectOf(body.effect);
  if (effect.kind === 'dark' && (place.region === undefined || Object.keys({ ...place, ...what }).length > 1))
    throw new ConfigError('A Region is dark for everybody, and as a whole: say which one, and nothing else.');
  const { lastsMillis } = body;
  const rule: FaultRule = {
    id: kernel.random.stream('admin').uuid().slice(0, 8),
    ...place,
    ...what,
    probability: number(body, 'probability', 1, 0, 1),
    effect,
    ...(lastsMillis !== undefined && {
      until: kernel.clock.now() + number(body, 'lastsMillis', 0, 0, Number.MAX_SAFE_INTEGER),
    }),
  };
  const inForce = faultsInForce(cloud);
  for (const old of kernel.faults.list()) if (!inForce.includes(old)) kernel.faults.remove(old.id);
  kernel.faults.put(rule);
  return rule;
}

async function checkOperation({ kernel }: Cloud, service: string | undefined, operation: string | undefined) {
  if (service === undefined) {
    if (operation !== undefined) throw new ConfigError('An operation needs its service.');
    return;
  }
  if (!kernel.catalog.heads.has(service))
    throw new ConfigError(`There is no service '${service}'. Names are those of the AWS CLI, e.g. sqs or dynamodb.`);
  if (operation === undefined) return;
  const { model } = await kernel.catalog.load(service);
  if (model.operations[operation] === undefined)
    throw new ConfigError(`${service} has no operation '${operation}'. Names are those of the API, e.g. SendMessage.`);
}

function effectOf(given: unknown): FaultEffect {
  const effect = (typeof given === 'object' && given !== null ? given : { kind: given }) as Body;
  switch (effect.kind) {
    case 'throttle':
    case 'internal':
    case 'unavailable':
    case 'drop':
    case 'dark':
      only(effect, ['kind']);
      return { kind: effect.kind };
    case 'latency':
      only(effect, ['kind', 'millis']);
      if (effect.millis === undefined) throw new ConfigError(EFFECTS);
      return { kind: 'latency', millis: number(effect, 'millis', 0, 0, 3_600_000) };
    case 'error':
      only(effect, ['kind', 'code', 'message', 'status']);
      return {
        kind: 'error',
        code: 'InternalError',
        message: 'Fault on purpose',
        ...text(effect, 'code', /^[\w.]{1,128}$/),
        ...text(effect, 'message', /./),
        status: Math.floor(number(effect, 'status', 500, 400, 599)),
      };
    default:
      throw new ConfigError(EFFECTS);
  }
}

function only(body: Body, fields: readonly string[]): void {
  const unknown = Object.keys(body).find((field) => !fields.includes(field));
  if (unknown !== undefined) throw new ConfigError(`There is no field '${unknown}'; there are ${fields.join(', ')}.`);
}

function text<Name extends string>(body: Body, name: Name, pattern: RegExp): { [name in Name]?: string } {
  const value = body[name];
  if (value === undefined) return {};
  if (typeof value !== 'string' || !pattern.test(value))
    throw new ConfigError(`${name} can't be ${JSON.stringify(value)}.`);
  return { [name]: value } as { [name in Name]?: string };
}

function number(body: Body, name: string, usual: number, low: number, high: number): number {
  const value = body[name] ?? usual;
  if (typeof value !== 'number' || !(value >= low && value <= high))
    throw new ConfigError(`${name} should be a number from ${low} to ${high}.`);
  return value;
}
