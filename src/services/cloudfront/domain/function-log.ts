/** What CloudFront Functions leave behind: metrics, and what they write to the console. Source: CloudFront Developer Guide, "Edge function logs" and "Metrics for CloudFront Functions". */
import { type Ctx, type EdgeRun, evenIfRefused } from '#kernel/contract';
import { putLines } from '../../cloudwatch-logs/port.ts';
import type { DistributionRow } from '../state.ts';

/** Notes that a function has run for a request of a distribution. */
export function noteRun({ id }: DistributionRow, name: string, run: EdgeRun, requestId: string, ctx: Ctx): void {
  const dimensions = { FunctionName: name, Region: 'Global' };
  ctx.count('FunctionInvocations', dimensions, 1, 'None');
  if (run.error !== undefined) ctx.count('FunctionExecutionErrors', dimensions, 1, 'None');
  ctx.publish({
    namespace: 'AWS/CloudFront',
    metric: 'FunctionComputeUtilization',
    dimensions,
    value: run.utilization,
    unit: 'Percent',
  });
  if (run.logs.length === 0) return;
  const lines = [`START DistributionID: ${id}`, ...run.logs, 'END'].map((line) => `${requestId} ${line}`);
  ctx.track(write(`/aws/cloudfront/function/${name}`, id, lines, ctx));
}

/** To a stream of the distribution for each day. What can't be written is lost, as logs of CloudFront are brought as well as can be. */
async function write(logGroupName: string, distribution: string, lines: readonly string[], ctx: Ctx): Promise<void> {
  const timestamp = ctx.clock();
  const day = new Date(timestamp).toISOString().slice(0, 10).replaceAll('-', '/');
  const place = { logGroupName, logStreamName: `${day}/${distribution}` };
  const logEvents = lines.map((message) => ({ timestamp, message }));
  await evenIfRefused(putLines(ctx.aws['cloudwatch-logs'], place, logEvents, true));
}
