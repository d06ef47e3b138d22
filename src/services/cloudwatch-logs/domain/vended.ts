/**
 * What may be vended, by which services; and records as text. Source: CloudFront Developer Guide, "Configure standard logging (v2)"; EventBridge User
 * Guide, "Amazon EventBridge event bus log schema"; records of buses that people show, with their stream and event_bus_name.
 */
import { parseArn } from '#kernel/base';
import type { DeliveryDestinationRow, DeliveryRow, VendedRow } from '../state.ts';

export type VendedLog = {
  service: string;
  logType: string;
  resourceType: string;
  /** Whoever configures it must be allowed this on the resource. */
  action: string;
  /** Region in which it is configured, where that is one for all. */
  region?: string;
  /** In the path of files. */
  folder: string;
  /** The stream of a group, where it has not the resource's name. */
  stream?: string;
  fields: readonly string[];
  defaults: readonly string[];
  /** Names in suffix paths, besides times. */
  pathFields: readonly string[];
};

const CLOUDFRONT =
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end'.split(
    ' ',
  );

const EVENTS =
  'resource_arn message_timestamp_ms event_bus_name request_id event_id invocation_id message_type log_level details error'.split(
    ' ',
  );

const EVENT_BUS: Omit<VendedLog, 'logType'> = {
  service: 'events',
  resourceType: 'event-bus',
  action: 'events:AllowVendedLogDeliveryForResource',
  folder: 'EventBridge',
  stream: 'EventBridgeEventBusLogs',
  fields: EVENTS,
  defaults: EVENTS,
  pathFields: [],
};

export const VENDED_LOGS: readonly VendedLog[] = [
  {
    service: 'cloudfront',
    logType: 'ACCESS_LOGS',
    resourceType: 'cloudfront_distribution',
    action: 'cloudfront:AllowVendedLogDeliveryForResource',
    region: 'us-east-1',
    folder: 'CloudFront',
    fields: [...CLOUDFRONT, 'timestamp', 'timestamp(ms)', 'DistributionId'],
    defaults: CLOUDFRONT,
    pathFields: ['DistributionId'],
  },
  ...['ERROR_LOGS', 'INFO_LOGS', 'TRACE_LOGS'].map((logType) => ({ ...EVENT_BUS, logType })),
];

type DeliveryFormat = NonNullable<DeliveryDestinationRow['format']>;

export const FORMATS: { readonly [type in DeliveryRow['type']]: readonly DeliveryFormat[] } = {
  S3: ['json', 'plain', 'w3c'],
  CWL: ['json', 'plain'],
  FH: ['json', 'plain'],
};

const textOf = (value: unknown = '-') => (typeof value === 'string' ? value : JSON.stringify(value));

/** One record as a line. */
export function lineOf(row: VendedRow, { fields, delimiter }: DeliveryRow, format: DeliveryFormat = 'json') {
  const { values, isSparse } = row;
  if (format === 'json') {
    const told = isSparse ? fields.filter((field) => values[field] !== undefined) : fields;
    return JSON.stringify(Object.fromEntries(told.map((field) => [field, values[field] ?? '-'])));
  }
  return fields.map((field) => textOf(values[field])).join(format === 'w3c' && delimiter === '' ? '\t' : delimiter);
}

/** Records as a file. */
export function fileOf(rows: readonly VendedRow[], delivery: DeliveryRow, format: DeliveryFormat = 'json') {
  const head = format === 'w3c' ? `#Version: 1.0\n#Fields: ${delivery.fields.join(' ')}\n` : '';
  return `${head}${rows.map((row) => `${lineOf(row, delivery, format)}\n`).join('')}`;
}

/** The folders of a file below its service's: `{DistributionId}/{yyyy}/{MM}` filled in, after `AWSLogs/{account-id}/CloudFront/` or alone. */
export function pathOf(
  { arn, suffix, hive }: DeliveryRow,
  folder: string,
  values: VendedRow['values'],
  at: number,
): string {
  const { account = '', region = '' } = parseArn(arn) ?? {};
  const [yyyy = '', MM = '', dd = '', HH = ''] = new Date(at).toISOString().split(/[-T:]/);
  const all: { [name: string]: unknown } = {
    ...values,
    'account-id': account,
    accountid: account,
    region,
    yyyy,
    MM,
    dd,
    HH,
  };
  const names: { [name: string]: string } = { yyyy: 'year', MM: 'month', dd: 'day', HH: 'hour' };
  const base = new RegExp(`^AWSLogs/(\\{account-id\\}|${account})/${folder}(/|$)`);
  const own = suffix.replace(/^\/|\/$/g, '').replace(base, '');
  const path = own.replace(/\{([\w-]+)\}/g, (_, name: string) => {
    const value = textOf(all[name]);
    return hive ? `${names[name] ?? name}=${value}` : value;
  });
  return path === '' ? '' : `${path}/`;
}

/** Names in a suffix path that nothing fills. */
export function unknownIn(suffix: string, { pathFields }: VendedLog): string | undefined {
  const known = new Set([...pathFields, 'yyyy', 'MM', 'dd', 'HH', 'account-id', 'accountid', 'region']);
  return [...suffix.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name).find((name) => !known.has(name));
}
