/** Logs that services of AWS vend, read into fields. Source: CloudWatch Logs User Guide, "Built-in processors for AWS vended logs". */
import type { Fields } from './fields.ts';

const CLOUDFRONT = [
  ...['date', 'time', 'x-edge-location', 'sc-bytes', 'c-ip', 'cs-method', 'cs(Host)', 'cs-uri-stem', 'sc-status'],
  ...['cs(Referer)', 'cs(User-Agent)', 'cs-uri-query', 'cs(Cookie)', 'x-edge-result-type', 'x-edge-request-id'],
  ...['x-host-header', 'cs-protocol', 'cs-bytes', 'time-taken', 'x-forwarded-for', 'ssl-protocol', 'ssl-cipher'],
  ...['x-edge-response-result-type', 'cs-protocol-version', 'fle-status', 'fle-encrypted-fields', 'c-port'],
  ...['time-to-first-byte', 'x-edge-detailed-result-type', 'sc-content-type', 'sc-content-len', 'sc-range-start'],
  'sc-range-end',
];
const ROUTE53 = [
  ...['version', 'queryTimestamp', 'hostZoneId', 'queryName', 'queryType', 'responseCode', 'protocol', 'edgeLocation'],
  ...['resolverIp', 'ednsClientSubnet'],
];
const VPC = [
  ...[
    'version',
    'accountId',
    'interfaceId',
    'srcAddr',
    'dstAddr',
    'srcPort',
    'dstPort',
    'protocol',
    'packets',
    'bytes',
  ],
  ...['start', 'end', 'action', 'logStatus'],
];
/** Numbers all the same, and what only looks like one. */
const TEXTS = new Set(['accountId']);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Cells by their names; undefined where there are not as many. */
function cells(text: string, names: readonly string[]): Fields | undefined {
  const found = text.trim().split(/\s+/);
  if (found.length !== names.length) return undefined;
  return Object.fromEntries(
    names.map((name, index) => {
      const cell = decoded(found[index] ?? '');
      return [name, !TEXTS.has(name) && /^-?\d+(?:\.\d+)?$/.test(cell) ? Number(cell) : cell];
    }),
  );
}

/** `[{ "name": "Host", "value": "x" }]` by names; `[{ "a": "b" }]` as one. */
function merged(list: unknown): unknown {
  if (!Array.isArray(list)) return list;
  const pairs = list.flatMap((one: unknown): (readonly [string, unknown])[] => {
    const fields = (typeof one === 'object' && one !== null ? one : {}) as Fields;
    if ('name' in fields && 'value' in fields) return [[String(fields.name), fields.value]];
    return Object.entries(fields);
  });
  return Object.fromEntries(pairs);
}

function waf(text: string): Fields | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
  const { httpRequest, labels, ...rest } = document as Fields;
  const request = (typeof httpRequest === 'object' ? httpRequest : undefined) as Fields | null | undefined;
  return {
    ...rest,
    ...(request && { httpRequest: { ...request, ...('headers' in request && { headers: merged(request.headers) }) } }),
    ...(labels !== undefined && { labels: merged(labels) }),
  };
}

function postgres(text: string): Fields | undefined {
  const found = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+):([^:]*):([^@:]*)@([^:]*):\[(\d+)\]:([A-Z]+\d?):/.exec(text);
  if (found === null) return undefined;
  const [, logTime, srcIp, userName, dbName, processId, logLevel] = found;
  return { logTime, srcIp, userName, dbName, processId, logLevel };
}

/** By the names of the processors; each gives undefined for a text of another form. */
export const VENDED_PARSERS: { readonly [processor: string]: (text: string) => Fields | undefined } = {
  parseWAF: waf,
  parsePostgres: postgres,
  parseCloudfront: (text) => cells(text, CLOUDFRONT),
  parseRoute53: (text) => cells(text, ROUTE53),
  parseVPC: (text) => cells(text, VPC),
};
