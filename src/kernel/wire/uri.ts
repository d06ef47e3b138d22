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
  trailingSlash: boolean;
  /** Query keys (with a value, where the template has one) that tell operations on one path apart. */
  literals: [key: string, value: string | undefined][];
  /** Query keys and headers that the model requires. */
  requiredQuery: string[];
  requiredHeaders: string[];
};

/** Finds the operation of a request. Of several that fit, the one whose template says most wins. */
export function uriRouter(model: ServiceModel): (request: WireRequest) => Route {
  const patterns = Object.keys(model.operations).map((operation) => patternOf(model, operation));
  const byMethod = new Map<string, Pattern[]>();
  for (const pattern of patterns) byMethod.set(pattern.method, [...(byMethod.get(pattern.method) ?? []), pattern]);
  return (request) => {
    const path = segmentsOf(request.path);
    const query = request.query === '' ? undefined : parseForm(request.query);
    let best: { score: number; pattern: Pattern; labels: Record<string, string> } | undefined;
    for (const pattern of byMethod.get(request.method) ?? []) {
      const labels = matchPath(pattern, path);
      if (labels === undefined) continue;
      const score = scoreOf(pattern, query, request.headers);
      if (score !== undefined && (best === undefined || score > best.score)) best = { score, pattern, labels };
    }
    if (best === undefined) throw new WireFailure('unknown-operation', `No operation for ${request.method} ${request.path}`);
    return { operation: best.pattern.operation, labels: best.labels };
  };
}

function patternOf(model: ServiceModel, operation: string): Pattern {
  const { method, uri, input } = model.operations[operation] as { method: string; uri: string; input?: string };
  const [path = '', query = ''] = uri.split('?');
  const shape = input === undefined ? undefined : shapeOf(model, input);
  const required = (location: string) => (shape?.required ?? []).filter((name) => shape?.members?.[name]?.location === location).map((name) => shape?.members?.[name]?.name ?? name);
  return {
    operation,
    method,
    segments: segmentsOf(path).map((text): Segment => {
      const label = text.match(/^\{(.+?)(\+?)\}$/);
      return label === null ? { literal: text } : { label: label[1] as string, greedy: label[2] === '+' };
    }),
    trailingSlash: path.endsWith('/'),
    literals: query === '' ? [] : query.split('&').map((pair) => [pair.split('=')[0] as string, pair.split('=')[1]]),
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
      labels[segment.label] = decodeSegment(text);
      return after === 0 ? labels : matchRest(segments.slice(index + 1), path.slice(path.length - after), labels);
    } else {
      if (path[index] === undefined || path[index] === '') return undefined;
      labels[segment.label] = decodeSegment(path[index] as string);
    }
  }
  const extra = path.slice(segments.length);
  return extra.length === 0 || (extra.length === 1 && extra[0] === '') ? labels : undefined;
}

function matchRest(segments: Segment[], path: string[], labels: Record<string, string>): Record<string, string> | undefined {
  for (const [index, segment] of segments.entries()) {
    if ('literal' in segment) {
      if (segment.literal !== path[index]) return undefined;
    } else labels[segment.label] = decodeSegment(path[index] as string);
  }
  return labels;
}

function decodeSegment(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new WireFailure('serialization', `${text.slice(0, 100)} is not percent-encoded UTF-8`);
  }
}

/** Undefined when a literal of the template is missing; else higher the more of the request the operation explains. */
function scoreOf(pattern: Pattern, query: Map<string, string> | undefined, headers: Record<string, string>): number | undefined {
  for (const [key, value] of pattern.literals) {
    const given = query?.get(key);
    if (given === undefined || (value !== undefined && given !== value)) return undefined;
  }
  let score = pattern.literals.length * 10;
  for (const segment of pattern.segments) score += 'literal' in segment ? 4 : segment.greedy ? 0 : 1;
  for (const key of pattern.requiredQuery) score += query?.has(key) === true ? 2 : -100;
  for (const name of pattern.requiredHeaders) score += headers[name] !== undefined ? 2 : -100;
  return score;
}
