/** Fields that are discovered in the lines a Lambda function writes. Source: User Guide, "Supported logs and discovered fields". */
import type { Value } from './value.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const PLATFORM = new RegExp(`^(START|END|REPORT) RequestId: (${UUID})`);
/** The line of a runtime: time, request, level. */
const LINE = new RegExp(`^[0-9TZ:.-]{20,30}\\t(${UUID})\\t`);
const AMOUNTS = /\t(Init Duration|Billed Duration|Duration|Max Memory Used|Memory Size): ([0-9.]+) (ms|MB)/g;
const NAMES: { readonly [label: string]: string } = {
  Duration: '@duration',
  'Billed Duration': '@billedDuration',
  'Init Duration': '@initDuration',
  'Memory Size': '@memorySize',
  'Max Memory Used': '@maxMemoryUsed',
};
/** Memory is told in bytes. */
const BYTES_A_MEGABYTE = 1_000_000;

/** What a line tells of its invocation. */
export function lambdaFields(message: string): Map<string, Value> {
  const fields = new Map<string, Value>();
  const head = message.slice(0, 200);
  const [, type, request] = PLATFORM.exec(head) ?? [];
  if (type === undefined || request === undefined) {
    const id = LINE.exec(head)?.[1];
    if (id !== undefined) fields.set('@requestId', id);
    return fields;
  }
  fields.set('@type', type);
  fields.set('@requestId', request);
  if (type !== 'REPORT') return fields;
  for (const [, label = '', amount, unit] of message.slice(0, 2_000).matchAll(AMOUNTS))
    fields.set(NAMES[label] ?? label, Number(amount) * (unit === 'MB' ? BYTES_A_MEGABYTE : 1));
  const [, trace, segment] = /\sXRAY TraceId: (\S+)(?:\tSegmentId: (\S+))?/.exec(message.slice(0, 2_000)) ?? [];
  if (trace !== undefined) fields.set('@xrayTraceId', trace);
  if (segment !== undefined) fields.set('@xraySegmentId', segment);
  return fields;
}
