/** What each request leaves behind: metrics. Source: CloudFront Developer Guide, "View CloudFront and edge function metrics". */
import type { Ctx, EdgeRecord, TrafficRequest } from '#kernel/contract';
import type { DistributionRow } from '../state.ts';

/** Of which bytes down and bytes up are counted. The former can be kept, too. */
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const WRITING = new Set(['POST', 'PUT']);

/** Counts an answer. */
export function note(row: DistributionRow, request: TrafficRequest, record: EdgeRecord, ctx: Ctx): void {
  const dimensions = { DistributionId: row.id, Region: 'Global' };
  const percent = (metric: string, is: boolean) =>
    ctx.publish({ namespace: 'AWS/CloudFront', metric, dimensions, value: is ? 100 : 0, unit: 'Percent' });
  const { status } = record;
  ctx.count('Requests', dimensions, 1, 'None');
  if (READING.has(request.method)) ctx.count('BytesDownloaded', dimensions, record.bytes ?? 0, 'None');
  const uploaded = Number(request.headers['content-length'] ?? 0);
  if (uploaded > 0 && WRITING.has(request.method)) ctx.count('BytesUploaded', dimensions, uploaded, 'None');
  percent('4xxErrorRate', status >= 400 && status < 500);
  percent('5xxErrorRate', status >= 500);
  percent('TotalErrorRate', status >= 400);
  if (row.monitored !== true) return;
  const isHit = record.result === 'Hit' || record.result === 'RefreshHit';
  if (READING.has(request.method) && status < 400) percent('CacheHitRate', isHit);
  if (record.result === 'Miss')
    ctx.publish({
      namespace: 'AWS/CloudFront',
      metric: 'OriginLatency',
      dimensions,
      value: record.millis,
      unit: 'Milliseconds',
    });
  for (const code of [401, 403, 404, 502, 503, 504]) percent(`${code}ErrorRate`, status === code);
}
