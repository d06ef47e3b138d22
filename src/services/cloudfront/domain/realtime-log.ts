/**
 * Real-time logs: a record for each sampled request, put into streams of Kinesis at once, as well as can be.
 *
 * @see CloudFront Developer Guide, "Use real-time access logs", "Fields"
 */
import { parseArn } from '#kernel/base';
import type { Ctx, EdgeRecord, TrafficRequest } from '#kernel/contract';
import type { RealtimeLogConfig } from '#models/cloudfront';
import { type DistributionRow, things } from '../state.ts';
import { fieldOf, primaryOf, requestBytes } from './access-log.ts';

/** The kind of thing that a configuration is. */
export const REALTIME = 'realtime-log-config';

/** The configuration's name, from its ARN; undefined where it is another's, or none. */
export function realtimeName(arn: string, { account }: Ctx): string | undefined {
  const { service, account: owner, resource = '' } = parseArn(arn) ?? {};
  const [, name] = /^realtime-log-config\/([\w-]{1,64})$/.exec(resource) ?? [];
  return service === 'cloudfront' && owner === account ? name : undefined;
}

/** Where the distribution is a staging one, its primary's id and name. */
type Asked = TrafficRequest & { primary?: readonly string[] };
type Read = (request: Asked, record: EdgeRecord, row: DistributionRow, at: number) => string | undefined;

const seconds = (millis: number) => (millis / 1_000).toFixed(3);
/** Of cookies and headers so much is logged. */
const LONG = 800;
/** CloudFront does not tell them apart where no more is known of a result. */
const resultOf: Read = (_, { result }) => result;
const lastByte: Read = (_, { result, millis }) => (result === 'Miss' ? seconds(millis) : undefined);

/** What players tell of the media that they ask for, by their names for it. Source: CTA-5004, 3; CloudFront Developer Guide, "Use real-time access logs", Fields. */
const MEDIA: { readonly [field: string]: string } = {
  'cmcd-encoded-bitrate': 'br',
  'cmcd-buffer-length': 'bl',
  'cmcd-buffer-starvation': 'bs',
  'cmcd-content-id': 'cid',
  'cmcd-object-duration': 'd',
  'cmcd-deadline': 'dl',
  'cmcd-measured-throughput': 'mtp',
  'cmcd-next-object-request': 'nor',
  'cmcd-next-range-request': 'nrr',
  'cmcd-object-type': 'ot',
  'cmcd-playback-rate': 'pr',
  'cmcd-requested-maximum-throughput': 'rtp',
  'cmcd-streaming-format': 'sf',
  'cmcd-session-id': 'sid',
  'cmcd-stream-type': 'st',
  'cmcd-startup': 'su',
  'cmcd-top-bitrate': 'tb',
  'cmcd-version': 'v',
};
const MEDIA_HEADERS = ['cmcd-object', 'cmcd-request', 'cmcd-session', 'cmcd-status'];

/** What a player tells under a name: in the query, or in headers. A name alone is true. */
function mediaOf({ headers, query }: TrafficRequest, key: string): string | undefined {
  const told = [new URLSearchParams(query).get('CMCD'), ...MEDIA_HEADERS.map((name) => headers[name])];
  for (const pair of told.flatMap((list) => (list ?? '').split(','))) {
    const [name, value = 'true'] = pair.trim().split('=', 2);
    if (name === key) return value.replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}

/** How each field is read, in the order in which records have them; the other fields of AWS are dashes here. */
const FIELDS: { readonly [field: string]: Read } = {
  timestamp: (_, __, ___, at) => seconds(at),
  'c-ip': ({ sourceIp }) => sourceIp,
  'time-to-first-byte': (_, { millis }) => seconds(millis),
  'sc-status': (_, { status }) => String(status),
  'sc-bytes': (_, { bytes = 0, headBytes }) => String(headBytes + bytes),
  'cs-method': ({ method }) => method,
  'cs-protocol': ({ secure }) => (secure ? 'https' : 'http'),
  'cs-host': (_, __, { name }) => `${name}.cloudfront.net`,
  'cs-uri-stem': ({ path, query }) => (query === '' ? path : `${path}?${query}`),
  'cs-bytes': (request) => String(requestBytes(request)),
  'x-edge-location': (_, { location }) => location,
  'x-edge-request-id': (_, { id }) => id,
  'x-host-header': ({ host }) => host,
  'time-taken': (_, { millis }) => seconds(millis),
  'cs-protocol-version': () => 'HTTP/1.1',
  'c-ip-version': ({ sourceIp }) => (sourceIp.includes(':') ? 'IPv6' : 'IPv4'),
  'cs-user-agent': ({ headers }) => headers['user-agent'],
  'cs-referer': ({ headers }) => headers.referer,
  'cs-cookie': ({ headers }) => headers.cookie?.slice(0, LONG),
  'cs-uri-query': ({ query }) => query,
  'x-edge-response-result-type': resultOf,
  'x-forwarded-for': ({ headers }) => headers['x-forwarded-for'],
  // Deviation: what is not known here (of TLS, the viewer's port and network, why another origin was asked) is a dash.
  'ssl-protocol': () => undefined,
  'ssl-cipher': () => undefined,
  'x-edge-result-type': resultOf,
  'fle-encrypted-fields': (_, { encryption }) => encryption && String(encryption.fields),
  'fle-status': (_, { encryption }) => encryption?.status,
  'sc-content-type': (_, { contentType }) => contentType,
  'sc-content-len': (_, { bytes }) => (bytes === undefined ? undefined : String(bytes)),
  'sc-range-start': (_, { range }) => range?.start,
  'sc-range-end': (_, { range }) => range?.end,
  'c-port': () => undefined,
  'x-edge-detailed-result-type': (_, { detail }) => detail,
  'c-country': (_, { country }) => country,
  'cs-accept-encoding': ({ headers }) => headers['accept-encoding'],
  'cs-accept': ({ headers }) => headers.accept,
  'cache-behavior-path-pattern': (_, { pattern }) => pattern,
  'cs-headers': ({ headers }) =>
    Object.entries(headers)
      .map(([name, value]) => `${name}:${value}`)
      .join('\n')
      .slice(0, LONG),
  'cs-header-names': ({ headers }) => Object.keys(headers).join('\n').slice(0, LONG),
  'cs-headers-count': ({ headers }) => String(Object.keys(headers).length),
  'primary-distribution-id': ({ primary }) => primary?.[0],
  'primary-distribution-dns-name': ({ primary }) => primary?.[1],
  'origin-fbl': lastByte,
  'origin-lbl': lastByte,
  asn: () => undefined,
  ...Object.fromEntries(
    Object.entries(MEDIA).map(([field, key]): [string, Read] => [field, (one) => mediaOf(one, key)]),
  ),
  'r-host': () => undefined,
  'sr-reason': () => undefined,
  'x-edge-mqcs': () => undefined,
  'distribution-tenant-id': ({ id }) => (id.startsWith('dt_') ? id : undefined),
};

/** Whether there is such a field. */
export const isField = (name: string) => Object.hasOwn(FIELDS, name);

/** A record as CloudFront writes it: the wanted fields in CloudFront's own order, between tabs, and the end of the line. */
export function lineOf(
  { Fields }: Pick<RealtimeLogConfig, 'Fields'>,
  request: Asked,
  record: EdgeRecord,
  row: DistributionRow,
  at: number,
): string {
  const values = Object.entries(FIELDS)
    .filter(([name]) => Fields.includes(name))
    .map(([, read]) => fieldOf(read(request, record, row, at)));
  return `${values.join('\t')}\n`;
}

/** Notes a request where the behaviour that answered it has real-time logs, and it is among those sampled. */
export function streamLog(row: DistributionRow, request: TrafficRequest, record: EdgeRecord, ctx: Ctx): void {
  if (!record.isLogged) return;
  const { DefaultCacheBehavior: last, CacheBehaviors } = row.config;
  const behavior = CacheBehaviors?.Items?.find(({ PathPattern }) => PathPattern === record.pattern) ?? last;
  const name = realtimeName(behavior.RealtimeLogConfigArn ?? '', ctx);
  const thing = name === undefined ? undefined : ctx.store.get(things, { kind: REALTIME, id: name });
  if (thing === undefined) return;
  const config = thing.config as RealtimeLogConfig;
  if (ctx.random.below(100) >= config.SamplingRate) return;
  const line = lineOf(config, { ...request, primary: primaryOf(row, request, ctx) }, record, row, ctx.clock());
  for (const { KinesisStreamConfig: stream } of config.EndPoints)
    if (stream !== undefined) ctx.track(put(stream.StreamARN, stream.RoleARN, line, ctx));
}

/** What a stream does not take is lost. Source: Developer Guide, "Use real-time access logs": delivered on a best-effort basis. */
async function put(StreamARN: string, roleArn: string, line: string, ctx: Ctx): Promise<void> {
  try {
    const role = await ctx.actAs(roleArn, 'cloudfront-realtime-logs');
    const { kinesis } = role.aws(parseArn(StreamARN)?.region ?? ctx.region);
    await kinesis.PutRecord({ StreamARN, Data: Buffer.from(line), PartitionKey: ctx.uuid() });
  } catch {
    // Nobody is told.
  }
}
