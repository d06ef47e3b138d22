/** What CloudFront Functions leave behind: metrics, and what they write to the console. Source: CloudFront Developer Guide, "Edge function logs" and "Metrics for CloudFront Functions". */
import { type Ctx, type EdgeRun, ServiceError } from '#kernel/contract';
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
  const logs = ctx.aws['cloudwatch-logs'];
  const timestamp = ctx.clock();
  const day = new Date(timestamp).toISOString().slice(0, 10).replaceAll('-', '/');
  const logStreamName = `${day}/${distribution}`;
  const logEvents = lines.map((message) => ({ timestamp, message }));
  const put = () => logs.PutLogEvents({ logGroupName, logStreamName, logEvents });
  try {
    await put().catch(async (error) => {
      if (!isCode(error, 'ResourceNotFoundException')) throw error;
      await unlessThere(logs.CreateLogGroup({ logGroupName }));
      await unlessThere(logs.CreateLogStream({ logGroupName, logStreamName }));
      await put();
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}

const isCode = (error: unknown, code: string) => error instanceof ServiceError && error.code === code;

async function unlessThere(making: Promise<unknown>): Promise<void> {
  await making.catch((error) => {
    if (!isCode(error, 'ResourceAlreadyExistsException')) throw error;
  });
}
