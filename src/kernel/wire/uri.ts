/** URI templates of the REST protocols, and finding the operation a method and path mean. */
import { shapeOf } from './codec.ts';
import { parseForm } from './codec-form.ts';
import { WireFailure } from './failure.ts';
import type { ServiceModel } from './model.ts';
import type { Route, WireRequest } from './protocol.ts';

type Segment = { literal: string } | { label: string; greedy: boolean };

type Pattern = {
  operation: string;
  method: string;
  segments: Segment[];
  /** What the template itself says: literals count most, greedy labels nothing. */
  weight: number;
  /** Query keys (with a value, where the template has one) that tell operations on one path apart. */
  literals: [key: string, value: string | undefined][];
  /** Query keys and headers that the model requires. */
  requiredQuery: string[];
  requiredHeaders: string[];
};

/**
 * Finds the operation of a request. Of several that fit, the one whose template says most wins; of equals the one that
 * `x-id` names (SDKs say so), else the one whose name goes on (S3's GetBucketLifecycleConfiguration replaced GetBucketLifecycle).
 */
export function uriRouter(model: ServiceModel): (request: WireRequest) => Route {
  const byMethod = Map.groupBy(
    Object.keys(model.operations).map((operation) => patternOf(model, operation)),
    ({ method }) => method,
  );
  /** All that a request without a query can mean: S3 tells most of its operations apart by theirs. */
  const withoutQuery = new Map(
    [...byMethod].map(([method, patterns]) => [method, patterns.filter(({ literals }) => literals.length === 0)]),
  );
  return (request) => {
    const path = segmentsOf(request.path);
    const query = request.query === '' ? undefined : parseForm(request.query);
    let best: Pattern | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const pattern of (query === undefined ? withoutQuery : byMethod).get(request.method) ?? []) {
      if (!hasLiterals(pattern, query)) continue;
      const score = scoreOf(pattern, query, request.headers);
      const wins =
        score > most || (score === most && best !== undefined && pattern.operation.startsWith(best.operation));
      if (!wins || matchPath(pattern, path) === undefined) continue;
      best = pattern;
      most = score;
    }
    const labels = best && matchPath(best, path);
    if (best === undefined || labels === undefined)
      throw new WireFailure(
        'unknown-operation',
        `No operation for ${request.method} ${request.path}`,
        undefined,
        undefined,
        { request },
      );
    for (const label in labels) labels[label] = decodeSegment(labels[label] as string);
    return { operation: best.operation, labels };
  };
}

function patternOf(model: ServiceModel, operation: string): Pattern {
  const { method, uri, input } = model.operations[operation] as { method: string; uri: string; input?: string };
  const [path = '', query = ''] = uri.split('?');
  const shape = input === undefined ? undefined : shapeOf(model, input);
  const required = (location: string) =>
    (shape?.required ?? [])
      .filter((name) => shape?.members?.[name]?.location === location)
      .map((name) => shape?.members?.[name]?.name ?? name);
  const segments = segmentsOf(path).map((text): Segment => {
    const label = text.match(/^\{(.+?)(\+?)\}$/);
    return label === null ? { literal: text } : { label: label[1] as string, greedy: label[2] === '+' };
  });
  const literals =
    query === ''
      ? []
      : query
          .split('&')
          .map((pair): [string, string | undefined] => [pair.split('=')[0] as string, pair.split('=')[1]]);
  return {
    operation,
    method,
    segments,
    weight:
      literals.length * 10 +
      segments.reduce((sum, segment) => sum + ('literal' in segment ? 4 : segment.greedy ? 0 : 1), 0),
    literals,
    requiredQuery: required('querystring'),
    requiredHeaders: required('header').map((name) => name.toLowerCase()),
  };
}

/** `/a/b/` and `/a/b` are one path; a trailing slash is kept by a greedy label (S3 keys may end in one). */
function segmentsOf(path: string): string[] {
  const inner = path.startsWith('/') ? path.slice(1) : path;
  return inner === '' ? [] : inner.split('/');
}

function matchPath(pattern: Pattern, path: string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  const { segments } = pattern;
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index] as Segment;
    if ('literal' in segment) {
      if (segment.literal !== path[index] && !(segment.literal === '' && path[index] === undefined)) return undefined;
    } else if (segment.greedy) {
      const after = segments.length - index - 1;
      const text = path.slice(index, path.length - after).join('/');
      if (path.length - after <= index || text === '') return undefined;
      labels[segment.label] = text;
      return after === 0 ? labels : matchRest(segments.slice(index + 1), path.slice(path.length - after), labels);
    } else {
      if (path[index] === undefined || path[index] === '') return undefined;
      labels[segment.label] = path[index] as string;
    }
  }
  const extra = path.slice(segments.length);
  return extra.length === 0 || (extra.length === 1 && extra[0] === '') ? labels : undefined;
}

function matchRest(
  segments: Segment[],
  path: string[],
  labels: Record<string, string>,
): Record<string, string> | undefined {
  for (const [index, segment] of segments.entries()) {
    if ('literal' in segment) {
      if (segment.literal !== path[index]) return undefined;
    } else labels[segment.label] = path[index] as string;
  }
  return labels;
}

function decodeSegment(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    const message = `${text.slice(0, 100)} is not percent-encoded UTF-8`;
    throw new WireFailure('serialization', message, undefined, undefined, { address: text });
  }
}

function hasLiterals(pattern: Pattern, query: Map<string, string> | undefined): boolean {
  for (const [key, value] of pattern.literals) {
    const given = query?.get(key);
    if (given === undefined || (value !== undefined && given !== value)) return false;
  }
  return true;
}

/** Higher the more of the request the operation explains. */
function scoreOf(pattern: Pattern, query: Map<string, string> | undefined, headers: Record<string, string>): number {
  let score = pattern.weight;
  for (const key of pattern.requiredQuery) score += query?.has(key) === true ? 2 : -100;
  for (const name of pattern.requiredHeaders) score += headers[name] !== undefined ? 2 : -100;
  return query?.get('x-id') === pattern.operation ? score + 1 : score;
}
