/** Standard logs: a line for each request, brought to a bucket some minutes later. Source: CloudFront Developer Guide, "Standard logging (access logs)", "Log file fields". */

import { gzipSync } from 'node:zlib';
import { bytesStream } from '#kernel/base';
import type { Ctx, EdgeRecord, TaskHandler, TimerHandler, TrafficRequest } from '#kernel/contract';
import { isVended, vend } from '../../cloudwatch-logs/port.ts';
import { LOG_DELIVERY, LOG_LINES_MAX } from '../limits.ts';
import { type DistributionRow, distributions, logs } from '../state.ts';
import { arnOf } from './ids.ts';
import { bucketOf } from './names.ts';

/** Logs that are delivered are configured there. */
const HOME = 'us-east-1';
const LOG_TYPE = 'ACCESS_LOGS';
const FIELDS =
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end';

const PRIMARY = 'primary-distribution-id primary-distribution-dns-name';

/** Notes a request for the logs that the distribution has: its standard log, and those that CloudWatch Logs delivers. */
export function writeLog(row: DistributionRow, request: TrafficRequest, record: EdgeRecord, ctx: Ctx): void {
  if (!record.isLogged) return;
  const resourceArn = arnOf(ctx, 'distribution', row.id);
  const isLogged = row.config.Logging?.Enabled === true;
  const isWanted = isVended(ctx.store.in({ region: HOME }), resourceArn, LOG_TYPE);
  if (!isLogged && !isWanted) return;
  const values = valuesOf(row, request, record, ctx);
  ctx.transact((store) => {
    if (isWanted)
      vend(
        { resourceArn, logType: LOG_TYPE, id: record.id, at: ctx.now, values: vendedOf(row, values, ctx) },
        { account: ctx.account, region: HOME },
        ctx,
      );
    if (!isLogged) return;
    const isFirst = store.first(logs, { where: { distribution: row.id } }) === undefined;
    const order = `${String(ctx.now).padStart(15, '0')}/${record.id}`;
    store.put(logs, { distribution: row.id, order, line: values.map(fieldOf).join('\t') });
    if (isFirst) ctx.arm('logs', row.id, ctx.now + LOG_DELIVERY, { distribution: row.id });
  });
}

/** The values by the names of their fields; an absent one is a dash. */
function vendedOf(row: DistributionRow, values: readonly (string | undefined)[], ctx: Ctx) {
  const names = `${FIELDS} ${PRIMARY}`.split(' ');
  return {
    ...Object.fromEntries(values.map((value, index) => [names[index] ?? '', fieldOf(value)])),
    timestamp: String(Math.floor(ctx.now / 1_000)),
    'timestamp(ms)': String(ctx.now),
    DistributionId: row.id,
  };
}

function valuesOf(row: DistributionRow, request: TrafficRequest, record: EdgeRecord, ctx: Ctx): (string | undefined)[] {
  const { headers } = request;
  const [date = '', time = ''] = new Date(ctx.now).toISOString().split('T');
  const seconds = (record.millis / 1_000).toFixed(3);
  const { result } = record;
  const cookies = row.config.Logging?.IncludeCookies === true ? headers.cookie : undefined;
  return [
    date,
    time.slice(0, 8),
    record.location,
    String(record.headBytes + (record.bytes ?? 0)),
    request.sourceIp,
    request.method,
    `${row.name}.cloudfront.net`,
    request.path,
    String(record.status),
    headers.referer,
    headers['user-agent'],
    request.query,
    cookies,
    result,
    record.id,
    request.host,
    request.secure ? 'https' : 'http',
    String(requestBytes(request)),
    seconds,
    headers['x-forwarded-for'],
    undefined,
    undefined,
    result,
    'HTTP/1.1',
    record.encryption?.status,
    record.encryption && String(record.encryption.fields),
    '0',
    seconds,
    record.detail,
    record.contentType,
    record.bytes === undefined ? undefined : String(record.bytes),
    record.range?.start,
    record.range?.end,
    ...primaryOf(row, request, ctx),
  ];
}

/** A field's value: none ends the line, or its own column. Source: CloudFront Developer Guide, "Standard log file format". */
export function fieldOf(text: string | undefined): string {
  if (text === undefined || text === '') return '-';
  return text.replace(/[^\x21-\x7e]|[<>"#%{}|\\^~[\]`']/gu, (char) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** What a viewer has sent, with its headers. */
export function requestBytes({ method, path, query, headers }: TrafficRequest): number {
  let bytes = method.length + path.length + query.length + '  HTTP/1.1\r\n\r\n'.length;
  for (const [name, value] of Object.entries(headers)) bytes += name.length + value.length + ': \r\n'.length;
  return bytes + Number(headers['content-length'] ?? 0);
}

/** Of a staging distribution's requests, where they were sent. Source: CloudFront Developer Guide, "Monitoring a staging distribution". */
export function primaryOf(row: DistributionRow, { id }: TrafficRequest, { store }: Pick<Ctx, 'store'>): string[] {
  const primary = row.config.Staging === true ? store.get(distributions, { id }) : undefined;
  return primary === undefined ? [] : [primary.id, `${primary.name}.cloudfront.net`];
}

/** `2026-01-01T00`: when the first of some lines was written. */
function hourOf([row]: readonly { order: string }[]): string {
  return row === undefined ? '' : new Date(Number(row.order.split('/', 1)[0])).toISOString().slice(0, 13);
}

/** The time has come to bring lines to their bucket. */
export const logsDue: TimerHandler = ({ distribution }, ctx) => {
  ctx.start('logs', String(distribution), { distribution });
};

/** Brings lines to their bucket. What can't be written is lost, as logs of CloudFront are brought as well as can be. */
export const deliverLogs: TaskHandler = async ({ distribution }, ctx) => {
  const id = String(distribution);
  const row = ctx.store.get(distributions, { id });
  const all = ctx.store.list(logs, { where: { distribution: id }, limit: LOG_LINES_MAX });
  // A file is of one hour, in which the requests came.
  const rows = all.filter((one) => hourOf([one]) === hourOf(all));
  const { Bucket: domain = '', Prefix = '' } = row?.config.Logging ?? {};
  const Bucket = bucketOf(domain);
  if (Bucket !== undefined && rows.length > 0) {
    const fields = row?.config.Staging === true ? `${FIELDS} ${PRIMARY}` : FIELDS;
    const text = `#Version: 1.0\n#Fields: ${fields}\n${rows.map(({ line }) => `${line}\n`).join('')}`;
    const hour = hourOf(rows).replace('T', '-');
    const folder = Prefix === '' || Prefix.endsWith('/') ? Prefix : `${Prefix}/`;
    const Key = `${folder}${id}.${hour}.${ctx.uuid().slice(0, 8)}.gz`;
    const s3 = ctx.awsFor(arnOf(ctx, 'distribution', id), 'delivery.logs').s3;
    await s3.PutObject({ Bucket, Key, Body: bytesStream(gzipSync(text)) }).catch(() => {});
  }
  ctx.transact((store) => {
    for (const one of rows) store.delete(logs, one);
    if (all.length === LOG_LINES_MAX || rows.length < all.length)
      ctx.arm('logs', id, ctx.clock() + 1, { distribution: id });
  });
};
