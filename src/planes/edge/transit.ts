/** A request on its way through an edge location: what was found out of it so far. */
import type { EdgeRecord, EdgeRequest, EdgeServices, OriginRequest } from '#kernel/contract';
import type { Behavior, Compiled } from './compile.ts';
import type { Spot } from './location.ts';

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
};

/** The request, asking for another path with GET: an error page, a fresh copy. */
export function turnedTo(t: Transit, path: string, behavior: Behavior): Transit {
  return { ...t, path, query: '', method: 'GET', behavior };
}
