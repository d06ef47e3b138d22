/** What CloudFront Functions leave behind: metrics, and what they write to the console. Source: CloudFront Developer Guide, "Edge function logs" and "Metrics for CloudFront Functions". */
import { hash } from 'node:crypto';
import { KIB } from '#kernel/base';
import type { Ctx, EdgeRun } from '#kernel/contract';
import { bytesOf, putLines } from '../../cloudwatch-logs/port.ts';
import type { DistributionRow } from '../state.ts';

const LOG_BYTES_MAX = 10 * KIB;

/** Notes that a function has run for a request of a distribution. */
export function noteRun({ id }: DistributionRow, name: string, run: EdgeRun, requestId: string, ctx: Ctx): void {
  const ofFunction = { FunctionName: name, Region: 'Global' };
  for (const dimensions of [ofFunction, { ...ofFunction, DistributionId: id }]) {
    ctx.count('FunctionInvocations', dimensions, 1, 'None');
    if (run.error !== undefined) ctx.count('FunctionExecutionErrors', dimensions, 1, 'None');
    if (run.isInvalid === true) ctx.count('FunctionValidationErrors', dimensions, 1, 'None');
    ctx.publish({
      namespace: 'AWS/CloudFront',
      metric: 'FunctionComputeUtilization',
      dimensions,
      value: run.utilization,
      unit: 'Percent',
    });
  }
  if (run.logs.length === 0) return;
  const lines = [`START DistributionID: ${id}`, ...cut(run.logs), 'END'].map((line) => `${requestId} ${line}`);
  write(`/aws/cloudfront/function/${name}`, id, lines, ctx);
}

/** Source: CloudFront Developer Guide, "Restrictions on CloudFront Functions", Logs. */
function cut(logs: readonly string[]): string[] {
  const kept: string[] = [];
  let left = LOG_BYTES_MAX;
  for (const line of logs) {
    if (left <= 0) break;
    kept.push(Buffer.from(line).subarray(0, left).toString('utf8'));
    left -= Buffer.byteLength(line);
  }
  return kept;
}

/** To a stream of the distribution for each day. What can't be written is lost, as logs of CloudFront are brought as well as can be. */
function write(logGroupName: string, distribution: string, lines: readonly string[], ctx: Ctx): void {
  const timestamp = ctx.clock();
  const day = new Date(timestamp);
  // `YYYY/M/D/UUID`, here with the same UUID for a distribution.
  const date = [day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate()].join('/');
  const uuid = hash('sha256', distribution).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  const place = { logGroupName, logStreamName: `${date}/${uuid}` };
  const logEvents = lines.map((message) => ({ timestamp, message }));
  void ctx.insist(bytesOf(lines), () => putLines(ctx.aws['cloudwatch-logs'], place, logEvents, true));
}
