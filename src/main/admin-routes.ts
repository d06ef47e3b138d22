/** What the admin API can do: every route, and what it answers. Documented in docs/admin-api.md. */
import { isAbsolute } from 'node:path';
import { DAY, type Millis } from '#kernel/base';
import { callsAsked, followCalls, recentCalls } from './admin-calls.ts';
import { addFault, faultsInForce } from './admin-faults.ts';
import { bringLayer } from './admin-layers.ts';
import { mailAsked } from './admin-mail.ts';
import type { Cloud } from './cloud.ts';
import { ConfigError, MissingError } from './config.ts';
import { coverage } from './coverage.ts';
import { drillReport, endDrill, findDrill, progressOf, startDrill } from './drill/drill.ts';
import { productVersion } from './product.ts';
import { listSnapshots, removeSnapshot, resetCloud, restoreSnapshot, takeSnapshot } from './snapshots.ts';

/** A clock is not moved further than this at once. */
const ADVANCE_MAX: Millis = 3_660 * DAY;
const SCALE_MAX = 1e6;

export type AdminActions = {
  /** Ends the cloud gracefully; undefined for an embedded one. */
  stop?: (() => void) | undefined;
  /** A fork ends alone; the process of the cloud that it was forked from goes on. */
  isFork?: boolean | undefined;
  /** Starts a fork behind a port of its own. */
  fork?:
    | ((options: { data?: string | undefined; port?: number | undefined }) => Promise<{
        url: string;
        data: string | null;
      }>)
    | undefined;
  /** The authority that clients trust for HTTPS; undefined where it is not answered. */
  authority?: { pem: string; file: string | undefined } | undefined;
  /** Aborted when the server closes: whoever follows is let go. */
  closing?: AbortSignal | undefined;
};

/** One request: `names` are the segments that the route's `:name` stands for. */
export type AdminCall = {
  cloud: Cloud;
  actions: AdminActions;
  names: readonly string[];
  query: ReadonlyMap<string, string>;
  body: Readonly<Record<string, unknown>>;
  gone: AbortSignal | undefined;
};
/** A JSON document, or lines of them as they come. */
export type Answer = object | AsyncIterable<Uint8Array>;
export type Route = (call: AdminCall) => Answer | Promise<Answer>;

/** In the order of the documentation. */
export const ROUTES: readonly { method: 'GET' | 'POST' | 'DELETE'; path: string; route: Route }[] = [
  { method: 'GET', path: 'health', route: health },
  { method: 'GET', path: 'authority', route: authority },
  { method: 'GET', path: 'coverage', route: ({ cloud }) => coverage(cloud.kernel.catalog) },
  { method: 'GET', path: 'clock', route: ({ cloud }) => clockState(cloud) },
  { method: 'POST', path: 'clock', route: turnClock },
  { method: 'GET', path: 'faults', route: ({ cloud }) => ({ faults: faultsInForce(cloud) }) },
  { method: 'POST', path: 'faults', route: ({ cloud, body }) => addFault(cloud, body) },
  { method: 'DELETE', path: 'faults', route: clearFaults },
  { method: 'DELETE', path: 'faults/:id', route: removeFault },
  { method: 'POST', path: 'drills', route: ({ cloud, body }) => startDrill(cloud, body) },
  { method: 'GET', path: 'drills/:id', route: ({ cloud, names }) => progressOf(cloud, findDrill(cloud, one(names))) },
  {
    method: 'GET',
    path: 'drills/:id/report',
    route: ({ cloud, names }) => drillReport(cloud, findDrill(cloud, one(names))),
  },
  { method: 'DELETE', path: 'drills/:id', route: ({ cloud, names }) => endDrill(cloud, findDrill(cloud, one(names))) },
  { method: 'GET', path: 'snapshots', route: ({ cloud }) => ({ snapshots: listSnapshots(cloud) }) },
  { method: 'POST', path: 'snapshots', route: ({ cloud, body }) => takeSnapshot(cloud, textOf(body, 'name')) },
  { method: 'POST', path: 'snapshots/:name/restore', route: ({ cloud, names }) => restoreSnapshot(cloud, one(names)) },
  { method: 'DELETE', path: 'snapshots/:name', route: dropSnapshot },
  { method: 'POST', path: 'layers', route: ({ cloud, body }) => bringLayer(cloud, body) },
  { method: 'POST', path: 'fork', route: fork },
  { method: 'POST', path: 'reset', route: reset },
  { method: 'GET', path: 'events', route: events },
  { method: 'GET', path: 'mail', route: ({ cloud, query }) => ({ mail: cloud.kernel.mail.list(mailAsked(query)) }) },
  { method: 'GET', path: 'why/:request', route: why },
  { method: 'GET', path: 'usage', route: usage },
  { method: 'POST', path: 'stop', route: stop },
];

function health({ cloud, actions }: AdminCall): Answer {
  return {
    status: 'running',
    version: productVersion(),
    api: 1,
    url: cloud.kernel.endpoint(),
    clock: clockState(cloud),
    data: cloud.folder?.path ?? null,
    strict: cloud.kernel.strict,
    https: actions.authority !== undefined,
    authority: actions.authority?.file ?? null,
    pid: process.pid,
    uptimeSeconds: Math.floor(process.uptime()),
    memoryBytes: process.memoryUsage.rss(),
  };
}

function authority({ actions }: AdminCall): Answer {
  if (actions.authority === undefined) throw new MissingError("This cloud doesn't answer HTTPS: start it with --tls.");
  return { pem: actions.authority.pem, file: actions.authority.file ?? null };
}

/** What an account has used in a Region, by the hour. */
function usage({ cloud, query }: AdminCall): Answer {
  const { usage: records, clock } = cloud.kernel;
  const instant = (name: string, otherwise: Millis): Millis => {
    const at = query.has(name) ? Date.parse(query.get(name) ?? '') : otherwise;
    if (Number.isNaN(at)) throw new ConfigError(`${name} should be an instant such as 2026-01-01T00:00:00Z.`);
    return at;
  };
  const place = { account: query.get('account') ?? '000000000000', region: query.get('region') ?? 'us-east-1' };
  const now = clock.now();
  const found = records.query(place, instant('from', now - DAY), instant('to', now + 1));
  return { usage: found.map(({ hour, ...record }) => ({ hour: new Date(hour).toISOString(), ...record })) };
}

function clockState(cloud: Cloud): Answer {
  const { now, ...state } = cloud.kernel.clock.state();
  return { now: new Date(now).toISOString(), ...state };
}

async function turnClock({ cloud, body }: AdminCall): Promise<Answer> {
  const { clock } = cloud.kernel;
  const { action, millis, scale } = body;
  if (action === 'freeze') clock.freeze();
  else if (action === 'run') {
    if (scale !== undefined && !(typeof scale === 'number' && scale > 0 && scale <= SCALE_MAX))
      throw new ConfigError(`scale should be a number above 0, up to ${SCALE_MAX}.`);
    clock.run(scale ?? 1);
  } else if (action === 'advance') {
    if (typeof millis !== 'number' || !(millis >= 0 && millis <= ADVANCE_MAX))
      throw new ConfigError(`millis should be a number from 0 to ${ADVANCE_MAX} (${ADVANCE_MAX / DAY} days).`);
    await clock.advance(millis);
  } else throw new ConfigError('action should be freeze, run or advance.');
  return clockState(cloud);
}

function removeFault({ cloud, names }: AdminCall): Answer {
  if (!cloud.kernel.faults.remove(one(names)))
    throw new MissingError(`There is no fault ${one(names)}. 'cloudyard fault list' shows those there are.`);
  return { removed: 1 };
}

function clearFaults({ cloud }: AdminCall): Answer {
  return { removed: cloud.kernel.faults.list().filter(({ id }) => cloud.kernel.faults.remove(id)).length };
}

async function dropSnapshot({ cloud, names }: AdminCall): Promise<Answer> {
  await removeSnapshot(cloud, one(names));
  return { removed: 1 };
}

function fork({ actions, body }: AdminCall): Promise<Answer> {
  if (actions.fork === undefined) throw new ConfigError('An embedded cloud is forked by its own fork().');
  const { data, port } = body;
  if (data !== undefined && !(typeof data === 'string' && isAbsolute(data)))
    throw new ConfigError('data should be the absolute path of a folder that does not exist yet.');
  if (port !== undefined && !(typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new ConfigError('port should be a number from 0 (any free one) to 65535.');
  return actions.fork({ data, port });
}

async function reset({ cloud, body }: AdminCall): Promise<Answer> {
  const { account } = body;
  if (account !== undefined && !(typeof account === 'string' && /^\d{12}$/.test(account)))
    throw new ConfigError('account should be a text of 12 digits; without it everything is reset.');
  await resetCloud(cloud, account);
  return { reset: account ?? 'everything' };
}

function events({ cloud, query, actions, gone }: AdminCall): Answer {
  const asked = callsAsked(query);
  if (query.has('follow')) return followCalls(cloud.kernel.audit, asked, [gone, actions.closing]);
  return { events: recentCalls(cloud.kernel.audit, asked) };
}

function why({ cloud, names }: AdminCall): Answer {
  const requestId = one(names);
  const decisions = cloud.kernel.decisions.why(requestId);
  const call = cloud.kernel.audit.find(requestId);
  if (decisions.length === 0 && call === undefined)
    throw new MissingError(
      `Nothing is known of request ${requestId}: the last 2,000 calls and 1,000 decisions are kept while the cloud runs.`,
    );
  return { requestId, call: call ?? null, decisions };
}

function stop({ actions }: AdminCall): Answer {
  if (actions.stop === undefined) throw new ConfigError('An embedded cloud is stopped by its own close().');
  setImmediate(actions.stop);
  return { stopping: true, pid: actions.isFork === true ? null : process.pid };
}

/** The segment that a route with one `:name` is about. */
function one(names: readonly string[]): string {
  return names[0] ?? '';
}

function textOf(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new ConfigError(`${name} should be a text.`);
  return value;
}
