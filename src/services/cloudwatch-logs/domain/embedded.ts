/** Metrics that events carry in themselves. Source: CloudWatch User Guide, "Specification: Embedded metric format". */
import type { Millis } from '#kernel/base';
import { EVENT_AGE_MAX, EVENT_AHEAD_MAX } from '../limits.ts';
import type { Measured } from './filters.ts';

const DIMENSIONS_MAX = 30;
const METRICS_MAX = 100;
const VALUES_MAX = 100;

type Members = { readonly [name: string]: unknown };
/** What a batch's events carry, and how many could not be read, or not be understood. */
export type Embedded = { metrics: Measured[]; unreadable: number; invalid: number };

/** Reads the metrics of events; other events carry none, nor do those whose time CloudWatch takes no values for. */
export function embeddedIn(events: readonly { message: string }[], now: Millis): Embedded {
  const found: Embedded = { metrics: [], unreadable: 0, invalid: 0 };
  for (const { message } of events) {
    if (!message.includes('"_aws"') || !message.includes('"CloudWatchMetrics"')) continue;
    const document = readObject(message);
    if (document === undefined) {
      found.unreadable += 1;
      continue;
    }
    const metrics = metricsIn(document);
    if (metrics === undefined) found.invalid += 1;
    else found.metrics.push(...metrics.filter(({ at }) => at >= now - EVENT_AGE_MAX && at <= now + EVENT_AHEAD_MAX));
  }
  return found;
}

/**
 * What Node.js's `console.log` writes before a line in Lambda: time, request, level; and Python's logging, its level first.
 * Source: the same page, "PutLogEvents request format"; aws-powertools/powertools-lambda-typescript, issue 1766, and AWS's aws-embedded-metrics, which log metrics so.
 */
const CONSOLE_PREFIX = /^(?:\[[A-Z]+\]\t)?\d{4}-\d\d-\d\dT[\d:.]+Z\t\S+\t(?:[A-Z]+\t)?/;

function readObject(message: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(message.replace(CONSOLE_PREFIX, ''));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for a document that does not follow the specification: then none of its metrics counts. */
function metricsIn(document: Members): Measured[] | undefined {
  const { _aws: about } = document;
  if (!isObject(about) || !isNumber(about.Timestamp) || !Array.isArray(about.CloudWatchMetrics)) return undefined;
  const found: Measured[] = [];
  for (const directive of about.CloudWatchMetrics as unknown[]) {
    const metrics = isObject(directive) ? measuredBy(directive, document, about.Timestamp) : undefined;
    if (metrics === undefined) return undefined;
    found.push(...metrics);
  }
  return found;
}

function measuredBy(
  { Namespace, Dimensions, Metrics }: Members,
  document: Members,
  at: Millis,
): Measured[] | undefined {
  if (typeof Namespace !== 'string' || Namespace === '' || !Array.isArray(Metrics) || Metrics.length > METRICS_MAX)
    return undefined;
  const sets = Array.isArray(Dimensions) ? Dimensions.map((set) => dimensionsOf(set, document)) : [];
  const found: Measured[] = [];
  for (const metric of Metrics as unknown[]) {
    if (!isObject(metric) || typeof metric.Name !== 'string') return undefined;
    const { Name: name, Unit: unit = 'None', StorageResolution: resolution } = metric;
    const fine = resolution === 1;
    const values = [own(document, name)].flat();
    if (values.length > VALUES_MAX || !values.every(isNumber) || typeof unit !== 'string') return undefined;
    for (const dimensions of sets) {
      if (dimensions === undefined) return undefined;
      for (const value of values) found.push({ namespace: Namespace, metric: name, dimensions, value, unit, at, fine });
    }
  }
  return found;
}

/** A set of names, with their values from the document's root. */
function dimensionsOf(set: unknown, document: Members): { [name: string]: string } | undefined {
  if (!Array.isArray(set) || set.length > DIMENSIONS_MAX) return undefined;
  const found: [string, string][] = [];
  for (const name of set as unknown[]) {
    const value = typeof name === 'string' ? own(document, name) : undefined;
    if (typeof name !== 'string' || typeof value !== 'string' || value === '') return undefined;
    found.push([name, value]);
  }
  return Object.fromEntries(found);
}

const own = (members: Members, name: string) => (Object.hasOwn(members, name) ? members[name] : undefined);
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
