/** The admin API under /_cloudyard/v1/: what a person or a test does with the cloud itself. Documented in docs/admin-api.md. */
import { HOUR, MIB, type Millis } from '#kernel/base';
import type { FaultEffect, FaultRule } from '#kernel/faults';
import type { GatewayReply, GatewayRequest } from '#kernel/gateway';
import { parseForm } from '#kernel/wire';
import type { Cloud } from './cloud.ts';
import { ConfigError } from './config.ts';
import { coverage } from './coverage.ts';
import { listSnapshots, removeSnapshot, resetCloud, restoreSnapshot, takeSnapshot } from './snapshots.ts';

const PREFIX = /^\/_cloudyard\/(?:v1\/)?([^?]*)(?:\?(.*))?$/;
const BODY_BYTES_MAX = MIB;
const RECORDS_DEFAULT = 100;
/** A clock is not turned further than this at once: 455 days, the longest retention there is, and some. */
const ADVANCE_MAX: Millis = 20_000 * HOUR;

export type AdminActions = {
  /** Ends the process gracefully; undefined for an embedded cloud. */
  stop?: (() => void) | undefined;
  /** Starts a fork behind a port of its own. */
  fork?: ((options: { data?: string | undefined; port?: number | undefined }) => Promise<{ url: string }>) | undefined;
};

type Call = {
  cloud: Cloud;
  actions: AdminActions;
  path: string[];
  query: Map<string, string>;
  body: Record<string, unknown>;
  gone: AbortSignal | undefined;
};
type Route = (call: Call) => unknown;

const ROUTES: { readonly [route: string]: Route } = {
  'GET health': ({ cloud }) => ({
    status: 'running',
    version: 1,
    clock: clockState(cloud),
    data: cloud.folder?.path ?? null,
    pid: process.pid,
    uptimeSeconds: Math.floor(process.uptime()),
    memoryBytes: process.memoryUsage.rss(),
  }),
  'GET coverage': ({ cloud }) => coverage(cloud.kernel.catalog),
  'GET clock': ({ cloud }) => clockState(cloud),
  'POST clock': turnClock,
  'GET faults': ({ cloud }) => cloud.kernel.faults.list(),
  'POST faults': addFault,
  'DELETE faults': ({ cloud, path }) => removed(cloud.kernel.faults.remove(path[1] ?? ''), 'fault'),
  'GET snapshots': ({ cloud }) => listSnapshots(cloud),
  'POST snapshots': ({ cloud, path, body }) =>
    path[2] === 'restore' ? restore(cloud, path[1] ?? '') : takeSnapshot(cloud, String(body.name ?? '')),
  'DELETE snapshots': ({ cloud, path }) => removed(removeSnapshot(cloud, path[1] ?? ''), 'snapshot'),
  'POST fork': async ({ actions, body }) => {
    if (actions.fork === undefined) throw new ConfigError('An embedded cloud is forked by its own fork().');
    return actions.fork({
      data: typeof body.data === 'string' ? body.data : undefined,
      port: typeof body.port === 'number' ? body.port : undefined,
    });
  },
  'POST reset': ({ cloud }) => {
    resetCloud(cloud);
    return { reset: true };
  },
  'GET events': ({ cloud, query, gone }) =>
    query.has('follow')
      ? follow(cloud, gone)
      : cloud.kernel.audit.recent(Number(query.get('limit') ?? RECORDS_DEFAULT)),
  'GET why': ({ cloud, path }) => {
    const found = cloud.kernel.decisions.why(path[1] ?? '');
    const record = cloud.kernel.audit.recent(Number.MAX_SAFE_INTEGER).find((one) => one.requestId === path[1]);
    if (found.length === 0 && record === undefined)
      throw new NotFound(`Nothing is known of request ${path[1]}: the last 1,000 decisions are kept.`);
    return { requestId: path[1], call: record ?? null, decisions: found };
  },
  'POST stop': ({ actions }) => {
    if (actions.stop === undefined) throw new ConfigError('An embedded cloud is stopped by its own close().');
    setImmediate(actions.stop);
    return { stopping: true };
  },
};

class NotFound extends Error {
  override name = 'NotFound';
}

/** The answer to an admin request; undefined when it is none. */
export async function answerAdmin(
  cloud: Cloud,
  request: GatewayRequest,
  actions: AdminActions = {},
): Promise<GatewayReply | undefined> {
  const match = request.target.startsWith('/_cloudyard/') ? PREFIX.exec(request.target) : null;
  if (match === null) return undefined;
  const refused = refuse(request);
  if (refused !== undefined) return json(403, { error: refused });
  const path = pathOf(match[1] ?? '');
  if (path === undefined) return json(400, { error: 'The path is not encoded as a URL.' });
  const route = ROUTES[`${request.method} ${path[0]}`];
  if (route === undefined)
    return json(404, { error: `There is no ${request.method} ${path[0]}. Known: ${Object.keys(ROUTES).join(', ')}.` });
  try {
    const body = await readBody(request);
    const answer = await route({ cloud, actions, path, query: parseForm(match[2] ?? ''), body, gone: request.gone });
    return isStream(answer)
      ? { status: 200, headers: { 'content-type': 'application/x-ndjson' }, body: answer }
      : json(200, answer);
  } catch (error) {
    const status =
      error instanceof NotFound ? 404 : error instanceof ConfigError || error instanceof SyntaxError ? 400 : 500;
    if (status === 500)
      cloud.kernel.log('error', 'an admin request failed', { target: request.target, error: String(error) });
    return json(status, { error: error instanceof Error ? error.message : String(error) });
  }
}

function pathOf(text: string): string[] | undefined {
  try {
    return text.split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** Only this machine, and no web page of another origin, may command the cloud. */
function refuse(request: GatewayRequest): string | undefined {
  if (!/^(127\.|::1$)/.test(request.sourceIp)) return 'The admin API answers only requests from this machine.';
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host)) return 'The admin API answers only on localhost.';
  const { origin } = request.headers;
  if (origin !== undefined && !/^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin))
    return `The admin API does not answer pages of ${origin}.`;
  return undefined;
}

async function readBody(request: GatewayRequest): Promise<Record<string, unknown>> {
  const bytes = await request.readBody(BODY_BYTES_MAX, () => new ConfigError('The body is too large.'));
  if (bytes.length === 0) return {};
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError('The body should be a JSON object.');
  return value as Record<string, unknown>;
}

function clockState(cloud: Cloud) {
  const { now, ...state } = cloud.kernel.clock.state();
  return { now: new Date(now).toISOString(), ...state };
}

async function turnClock({ cloud, body }: Call) {
  const { clock } = cloud.kernel;
  const { action, millis, scale } = body;
  if (action === 'freeze') clock.freeze();
  else if (action === 'run') {
    if (scale !== undefined && !(typeof scale === 'number' && scale > 0 && scale <= 1e6))
      throw new ConfigError('scale should be a number above 0, up to 1,000,000.');
    clock.run(typeof scale === 'number' ? scale : 1);
  } else if (action === 'advance') {
    if (typeof millis !== 'number' || !(millis >= 0 && millis <= ADVANCE_MAX))
      throw new ConfigError(`millis should be a number from 0 to ${ADVANCE_MAX}.`);
    await clock.advance(millis);
  } else throw new ConfigError('action should be freeze, run or advance.');
  return clockState(cloud);
}

function addFault({ cloud, body }: Call): FaultRule {
  const { kernel } = cloud;
  const text = (name: string) => (typeof body[name] === 'string' ? { [name]: body[name] as string } : {});
  const probability = body.probability ?? 1;
  if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1))
    throw new ConfigError('probability should be a number from 0 to 1.');
  const lasts = body.millis;
  const rule: FaultRule = {
    id: kernel.random.stream('admin').uuid(),
    ...text('account'),
    ...text('region'),
    ...text('zone'),
    ...text('service'),
    ...text('operation'),
    probability,
    effect: effectOf(body.effect),
    ...(typeof lasts === 'number' && { until: kernel.clock.now() + lasts }),
  };
  kernel.faults.put(rule);
  return rule;
}

function effectOf(given: unknown): FaultEffect {
  const effect = (typeof given === 'object' && given !== null ? given : { kind: given }) as Record<string, unknown>;
  switch (effect.kind) {
    case 'throttle':
    case 'drop':
      return { kind: effect.kind };
    case 'latency':
      if (typeof effect.millis !== 'number' || effect.millis < 0) throw new ConfigError('a latency needs millis.');
      return { kind: 'latency', millis: effect.millis };
    case 'error':
      return {
        kind: 'error',
        code: String(effect.code ?? 'InternalError'),
        message: String(effect.message ?? 'Fault on purpose'),
        status: typeof effect.status === 'number' ? effect.status : 500,
      };
    default:
      throw new ConfigError(
        'effect should be throttle, drop, {"kind":"latency","millis":…} or {"kind":"error","code":…,"status":…}.',
      );
  }
}

async function restore(cloud: Cloud, name: string) {
  await restoreSnapshot(cloud, name);
  return { restored: name };
}

function removed(was: boolean, what: string) {
  if (!was) throw new NotFound(`There is no such ${what}.`);
  return { removed: true };
}

/** Calls as they happen, one JSON object a line, until the client goes. */
function follow(cloud: Cloud, gone: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      const waiting: string[] = [];
      let wake = () => {};
      const stop = cloud.kernel.audit.listen((record) => {
        if (waiting.length < RECORDS_DEFAULT * 100) waiting.push(`${JSON.stringify(record)}\n`);
        wake();
      });
      gone?.addEventListener('abort', () => wake());
      try {
        yield Buffer.from('');
        while (gone?.aborted !== true) {
          if (waiting.length > 0) yield Buffer.from(waiting.splice(0).join(''));
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        stop();
      }
    },
  };
}

function isStream(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function json(status: number, body: unknown): GatewayReply {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(body)}\n` };
}
