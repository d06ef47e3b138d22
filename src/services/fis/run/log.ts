/** Delivery of an experiment's log. Source: FIS User Guide, "Experiment logging". */
import { bytesStream, sha256Hex } from '#kernel/base';
import { type Acting, type Ctx, mayPass, ServiceError, type TaskHandler } from '#kernel/contract';
import { allowDelivery, deliveryStatement, groupOfArn, openStream, withStatement } from '../../cloudwatch-logs/port.ts';
import { BATCH } from '../limits.ts';
import { type ExperimentRow, experiments, type LogRow, logRecords } from '../state.ts';
import { Failed, failing } from './failed.ts';

const LOCATION = 'logConfiguration';

/**
 * Has the service that delivers logs allowed to write to the destinations, as the experiment's role may have it.
 *
 * @throws {Failed}
 */
export async function openLog(row: ExperimentRow, acting: Acting, ctx: Ctx): Promise<void> {
  const { cloudWatchLogsConfiguration, s3Configuration } = row.log ?? {};
  if (cloudWatchLogsConfiguration === undefined && s3Configuration === undefined) return;
  await failing({ doing: 'Unable to deliver logs', location: LOCATION, account: ctx.account }, async () => {
    acting.authorize({ action: 'logs:CreateLogDelivery', resource: '*' });
    if (s3Configuration !== undefined) await openBucket(s3Configuration, acting, ctx);
    if (cloudWatchLogsConfiguration === undefined) return;
    const place = placeOf(row);
    const open = () => openStream(deliveryOf(row, ctx)['cloudwatch-logs'], place);
    try {
      await open();
    } catch (error) {
      if (!(error instanceof ServiceError) || !error.code.startsWith('AccessDenied')) throw error;
      await openGroup(place.logGroupName, acting, ctx);
      await open();
    }
  });
}

/** Brings records to where they go; tried again while that can't be reached. */
export const deliverLog: TaskHandler = async ({ id }, ctx) => {
  const row = ctx.store.get(experiments, { id: String(id) });
  if (row === undefined) return;
  const { cloudWatchLogsConfiguration, s3Configuration } = row.log ?? {};
  if (s3Configuration === undefined) {
    const records = ctx.store.list(logRecords, { where: { experiment: row.id }, limit: BATCH });
    if (records.length === 0) return;
    await putEvents(row, records, ctx);
    ctx.transact((store) => {
      for (const record of records) store.delete(logRecords, record);
      if (records.length === BATCH) ctx.start('deliverLog', row.id, { id: row.id });
    });
    return;
  }
  if (row.endedAt === undefined) return;
  const records = ctx.store.list(logRecords, { where: { experiment: row.id } });
  if (records.length === 0) return;
  if (cloudWatchLogsConfiguration !== undefined) await putEvents(row, records, ctx);
  await unlessRefused(
    deliveryOf(row, ctx).s3.PutObject({
      Bucket: s3Configuration.bucketName ?? '',
      Key: keyOf(row, records, ctx),
      Body: bytesStream(records.map(({ text }) => `${text}\n`).join('')),
      ACL: 'bucket-owner-full-control',
    }),
  );
  ctx.transact((store) => {
    for (const record of records) store.delete(logRecords, record);
  });
};

async function putEvents(row: ExperimentRow, records: readonly LogRow[], ctx: Ctx): Promise<void> {
  const logEvents = records.map(({ at: timestamp, text: message }) => ({ timestamp, message }));
  await unlessRefused(deliveryOf(row, ctx)['cloudwatch-logs'].PutLogEvents({ ...placeOf(row), logEvents }));
}

/** What is refused for good, as the destination is gone or closed, is lost; what can't be reached is tried again. */
async function unlessRefused(delivery: Promise<unknown>): Promise<void> {
  try {
    await delivery;
  } catch (error) {
    if (!(error instanceof ServiceError) || mayPass(error)) throw error;
  }
}

function deliveryOf(row: ExperimentRow, ctx: Ctx) {
  return ctx.awsFor(
    `arn:${ctx.partition}:logs:${ctx.region}:${ctx.account}:delivery-source:${row.id}`,
    'delivery.logs',
  );
}

function placeOf({ id, log }: ExperimentRow): { logGroupName: string; logStreamName: string } {
  const { name: logGroupName = '' } = groupOfArn(log?.cloudWatchLogsConfiguration?.logGroupArn ?? '') ?? {};
  return { logGroupName, logStreamName: `/aws/fis/${id}` };
}

async function openGroup(group: string, acting: Acting, ctx: Ctx): Promise<void> {
  const logs = acting.aws()['cloudwatch-logs'];
  const { logGroups = [] } = await logs.DescribeLogGroups({ logGroupNamePrefix: group, limit: 1 });
  if (logGroups[0]?.logGroupName !== group)
    throw new Failed('ConfigurationFailure', `Log group ${group} does not exist.`, LOCATION, ctx.account);
  await allowDelivery(logs, group, ctx);
}

async function openBucket(
  { bucketName: Bucket = '', prefix }: { bucketName?: string; prefix?: string },
  acting: Acting,
  ctx: Ctx,
) {
  const { s3 } = acting.aws();
  let before: string | undefined;
  try {
    before = (await s3.GetBucketPolicy({ Bucket })).Policy;
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'NoSuchBucketPolicy')) throw error;
  }
  if (before?.includes('delivery.logs.amazonaws.com') === true) return;
  const arn = `arn:${ctx.partition}:s3:::${Bucket}/${prefix === undefined ? '' : `${prefix}/`}AWSLogs/${ctx.account}/*`;
  await s3.PutBucketPolicy({ Bucket, Policy: withStatement(before, deliveryStatement(['s3:PutObject'], arn, ctx)) });
}

/** Source: the same page, "S3 log delivery". */
function keyOf({ id, log }: ExperimentRow, records: readonly LogRow[], { account, region }: Ctx): string {
  const [year, month, day, hour, minute] = (new Date(records.at(-1)?.at ?? 0).toISOString().match(/\d+/g) ??
    []) as string[];
  const prefix = log?.s3Configuration?.prefix;
  const hash = sha256Hex(records.map(({ text }) => text).join()).slice(0, 8);
  const name = `${account}_awsfislogs_${region}_${id}_${year}${month}${day}${hour}${minute}Z_${hash}.log`;
  return `${prefix === undefined ? '' : `${prefix}/`}AWSLogs/${account}/fis/${region}/${id}/${year}/${month}/${day}/${name}`;
}
