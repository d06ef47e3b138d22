/** A request on its way through an edge location: what was found out of it so far. */
import type { EdgeOrigin, EdgeRecord, EdgeRequest, EdgeServices, OriginRequest } from '#kernel/contract';
import type { Behavior, Compiled } from './compile.ts';
import type { Spot } from './location.ts';

/** Where a request goes: the second origin is asked where the first fails, or answers with one of the statuses. */
export type Route = {
  origins: readonly EdgeOrigin[];
  statuses: readonly number[];
  /** What a function has chosen; no part of keys where none has. */
  chosen?: string;
};

/** In the words of Server-Timing: a regional cache, or the one before the origin. */
export type Layer = 'REC' | 'Origin Shield';

export type Transit = {
  readonly compiled: Compiled;
  readonly spot: Spot;
  readonly services: EdgeServices;
  readonly request: EdgeRequest;
  /** `X-Amz-Cf-Id`. */
  readonly id: string;
  readonly startedAt: number;
  behavior: Behavior;
  method: string;
  /** These a function may change. */
  path: string;
  query: string;
  headers: Record<string, string>;
  /** In place of the request's own, where a function gave one. */
  body?: OriginRequest['body'];
  encryption?: EdgeRecord['encryption'];
  /** Why there is an error, in the words of the logs. */
  detail?: string | undefined;
  /** The cache behind the edge location that had it. */
  layer?: Layer | undefined;
  isLogged?: boolean | undefined;
  /** In place of the behaviour's origins, where a function has said so. */
  route?: Route;
};

/** Decide what of an object is asked for. */
export const OF_COPY: readonly string[] = [
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
];

/** The request, asking for all of another path with GET: an error page. */
export function turnedTo({ body: _, route: __, ...t }: Transit, path: string, behavior: Behavior): Transit {
  const headers = { ...t.headers };
  for (const name of OF_COPY) delete headers[name];
  return { ...t, path, query: '', method: 'GET', behavior, headers };
}
