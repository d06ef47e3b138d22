/** Trails: made, changed, started, stopped, shown. */

import { isoSeconds, type Millis } from '#kernel/base';
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { captureData } from '#kernel/events';
import { REGIONS } from '#kernel/world';
import { topicArn, tryBucket, tryLogs, tryTopic } from '../destination.ts';
import { advancedFault, selectorsFault } from '../domain/check-selectors.ts';
import { DEFAULT_SELECTORS, wantsData } from '../domain/select.ts';
import { tagsWith } from '../domain/tags.ts';
import { trailArn } from '../domain/trail-arn.ts';
import {
  badArn,
  badBucketName,
  badCombination,
  badKeyId,
  badName,
  badPrefix,
  badSelectors,
  badTopicName,
  otherHome,
  tooManyTrails,
  trailExists,
  trailNotFound,
} from '../errors.ts';
import { forgetRates } from '../insights.ts';
import { DIGEST_EVERY, FILE_EVERY, PREFIX_LENGTH_MAX, SCAN_EVERY, TOPIC_LENGTH_MAX, TRAILS_MAX } from '../limits.ts';
import { type TrailRow, trails } from '../state.ts';

type Shown = NonNullable<OutputOf<'cloudtrail', 'GetTrail'>['Trail']>;
type Given = {
  S3BucketName?: string | undefined;
  S3KeyPrefix?: string | undefined;
  SnsTopicName?: string | undefined;
  IncludeGlobalServiceEvents?: boolean | undefined;
  IsMultiRegionTrail?: boolean | undefined;
  EnableLogFileValidation?: boolean | undefined;
  CloudWatchLogsLogGroupArn?: string | undefined;
  CloudWatchLogsRoleArn?: string | undefined;
  KmsKeyId?: string | undefined;
  IsOrganizationTrail?: boolean | undefined;
  RecursiveLogging?: boolean | undefined;
};

const regionOf = ({ arn }: TrailRow) => arn.split(':')[3] ?? '';

/** A trail of the caller's Region. @throws {ServiceError} TrailNotFoundException, InvalidHomeRegionException */
export function findTrail(nameOrArn: string, ctx: Ctx): TrailRow {
  const row = readTrail(nameOrArn, ctx);
  if (regionOf(row) !== ctx.region) throw otherHome(row.name, regionOf(row));
  return row;
}

const ARN = /^arn:[\w-]+:cloudtrail:[a-z0-9-]+:\d{12}:trail\/.+$/;

/** @throws {ServiceError} InvalidTrailNameException, CloudTrailARNInvalidException */
function checkNameOrArn(nameOrArn: string): void {
  if (!nameOrArn.startsWith('arn:')) checkName(nameOrArn);
  else if (!ARN.test(nameOrArn)) throw badArn(nameOrArn);
}

/**
 * A trail: by its name one of the caller's Region, by its ARN any, also what shadows a trail of another Region.
 * Source: CloudTrail API Reference, GetTrailStatus (Name); ankane/s3tk, issue 18.
 *
 * @throws {ServiceError} TrailNotFoundException, InvalidTrailNameException, CloudTrailARNInvalidException
 */
export function readTrail(nameOrArn: string, ctx: Ctx): TrailRow {
  checkNameOrArn(nameOrArn);
  const wanted = trailArn(nameOrArn, ctx);
  const row = everywhere(ctx).find(({ arn }) => arn === wanted);
  if (row === undefined) throw trailNotFound(wanted, ctx.account);
  return row;
}

/** Trails of all Regions, those of the caller's first. */
export function everywhere(ctx: Ctx): TrailRow[] {
  const others = [...REGIONS.keys()].filter((region) => region !== ctx.region);
  return [ctx.region, ...others].flatMap((region) => ctx.store.in({ region }).list(trails));
}

export const createTrail: Handler<'cloudtrail', 'CreateTrail'> = async (input, ctx) => {
  const { Name: name } = input;
  checkName(name);
  if (ctx.store.get(trails, { name }) !== undefined) throw trailExists(name, ctx.account);
  if (ctx.store.count(trails) >= TRAILS_MAX) throw tooManyTrails(ctx.account, TRAILS_MAX);
  const base: TrailRow = {
    name,
    arn: trailArn(name, ctx),
    bucket: input.S3BucketName,
    global: true,
    multiRegion: false,
    validated: false,
    tags: tagsWith({}, input.TagsList),
    logging: false,
    told: {},
    filed: {},
    nextFileAt: 0,
    nextDigestAt: 0,
    files: [],
  };
  const row = await tryNew(changed(base, input), undefined, ctx);
  ctx.transact((store) => store.put(trails, row));
  return shown(row, ctx);
};

function checkName(name: string): void {
  if (name.length < 3)
    throw badName(
      `Trail name too short. Minimum allowed length: 3 characters. Specified name length: ${name.length} characters.`,
    );
  if (name.length > 128)
    throw badName(
      `Trail name too long. Maximum allowed length: 128 characters. Specified name length: ${name.length} characters.`,
    );
  if (!/^[A-Za-z0-9].*$/.test(name)) throw badName('Trail name must starts with a letter or number.');
  if (!/^[A-Za-z0-9._-]*$/.test(name))
    throw badName(
      'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).',
    );
  if (!/[A-Za-z0-9]$/.test(name)) throw badName('Trail name must ends with a letter or number.');
  // Source of these two: badmintoncryer/cdk-preflight.
  if (/[._-]{2}/.test(name))
    throw badName('Trail name or ARN cannot have adjacent periods (.), hyphens (-), or underscores (_).');
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) throw badName('Trail names must not be formatted as an IP address.');
}

/** What may be given, by the names of rows; an empty text takes it away. */
const TEXTS = {
  prefix: 'S3KeyPrefix',
  topic: 'SnsTopicName',
  kmsKeyId: 'KmsKeyId',
  logGroupArn: 'CloudWatchLogsLogGroupArn',
  logRoleArn: 'CloudWatchLogsRoleArn',
} as const satisfies { readonly [member in keyof TrailRow]?: keyof Given };

function changed(row: TrailRow, given: Given): TrailRow {
  checkGiven(given);
  const global = given.IncludeGlobalServiceEvents ?? row.global;
  const multiRegion = given.IsMultiRegionTrail ?? row.multiRegion;
  if (multiRegion && !global) throw badCombination('Multi-Region trail must include global service events.');
  const next: TrailRow = {
    ...row,
    bucket: given.S3BucketName ?? row.bucket,
    global,
    multiRegion,
    validated: given.EnableLogFileValidation ?? row.validated,
    recursive: given.RecursiveLogging ?? row.recursive ?? true,
  };
  for (const [member, name] of Object.entries(TEXTS) as [keyof typeof TEXTS, keyof Given][]) {
    const text = given[name];
    if (text === '') delete next[member];
    else if (typeof text === 'string') next[member] = text;
  }
  return next;
}

/** Source: CloudTrail API Reference, CreateTrail; CloudTrail User Guide, "Amazon S3 bucket naming requirements". */
const BUCKET = /^(?!.*(\.\.|\.-|-\.))(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Source: CloudTrail API Reference, CreateTrail, KmsKeyId. */
const KEY = /^(arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:(alias|key)\/[\w/-]+|alias\/[\w/-]+|[\w-]+)$/;

function checkGiven(given: Given): void {
  const { S3BucketName: bucket, S3KeyPrefix: prefix = '', SnsTopicName: topic = '', KmsKeyId: key = '' } = given;
  if (key !== '' && !KEY.test(key)) throw badKeyId(key);
  if (bucket !== undefined && !BUCKET.test(bucket)) throw badBucketName(bucket);
  if (prefix.length > PREFIX_LENGTH_MAX) throw badPrefix();
  if (topic !== '' && !(topic.startsWith('arn:') || /^[\w-]+(\.fifo)?$/.test(topic))) throw badTopicName(topic);
  if (topic.length > TOPIC_LENGTH_MAX) throw badTopicName(topic);
}

/** Tries what is new of where a trail delivers; the bucket after the topic, as what is written to it on the way stays. */
async function tryNew(row: TrailRow, before: TrailRow | undefined, ctx: Ctx): Promise<TrailRow> {
  const isNew = (...members: (keyof TrailRow)[]) => members.some((member) => row[member] !== before?.[member]);
  if (isNew('topic')) await tryTopic(row, ctx);
  const next = isNew('bucket', 'prefix', 'kmsKeyId') ? await tryBucket(row, ctx) : row;
  if (isNew('logGroupArn', 'logRoleArn')) await tryLogs(row, ctx);
  return next;
}

export const updateTrail: Handler<'cloudtrail', 'UpdateTrail'> = async (input, ctx) => {
  const before = findTrail(input.Name, ctx);
  const { kmsKeyId: keyArn } = await tryNew(changed(before, input), before, ctx);
  return ctx.transact((store) => {
    const row = findTrail(input.Name, ctx);
    const next = { ...changed(row, input), ...(keyArn !== undefined && { kmsKeyId: keyArn }) };
    store.put(trails, next.validated && !row.validated ? newChain(next, ctx.now) : next);
    return shown(next, ctx);
  });
};

/** A trail whose next digest is the first of a chain. Source: CloudTrail User Guide, "CloudTrail digest file structure", "Starting digest file". */
function newChain({ lastDigest: _, abroad: __, ...row }: TrailRow, now: Millis): TrailRow {
  return { ...row, files: [], validatedAt: now, nextDigestAt: now + DIGEST_EVERY };
}

/** What a trail has not delivered yet is delivered after the call that stops or deletes it was recorded. */
function partFrom(row: TrailRow, ctx: Ctx): void {
  ctx.disarm('scan', row.name);
  captureData(ctx.store, ctx.account, row.arn, false);
  if (!row.logging) return;
  ctx.arm('part', row.name, ctx.now + SCAN_EVERY, { name: row.name, trail: row, to: ctx.now + 1 });
}

export const deleteTrail: Handler<'cloudtrail', 'DeleteTrail'> = (input, ctx) => {
  const row = findTrail(input.Name, ctx);
  ctx.store.delete(trails, { name: row.name });
  partFrom(row, ctx);
  forgetRates(row.arn, ctx.store);
  return {};
};

export const startLogging: Handler<'cloudtrail', 'StartLogging'> = (input, ctx) => {
  const row = findTrail(input.Name, ctx);
  if (row.logging) return {};
  // What happened while nobody logged is not told afterwards.
  const started = {
    ...newChain(row, ctx.now),
    logging: true,
    startedAt: ctx.now,
    told: {},
    filed: {},
    nextFileAt: ctx.now + FILE_EVERY,
  };
  ctx.store.put(trails, started);
  captureData(ctx.store, ctx.account, row.arn, wantsData(row));
  ctx.arm('scan', row.name, ctx.now + SCAN_EVERY, { name: row.name });
  return {};
};

export const stopLogging: Handler<'cloudtrail', 'StopLogging'> = (input, ctx) => {
  const row = findTrail(input.Name, ctx);
  ctx.store.put(trails, { ...row, logging: false, stoppedAt: ctx.now });
  partFrom(row, ctx);
  return {};
};

function shown(row: TrailRow, ctx: Ctx): Shown {
  const topic = topicArn(row, ctx);
  return {
    Name: row.name,
    S3BucketName: row.bucket,
    ...(row.prefix !== undefined && { S3KeyPrefix: row.prefix }),
    ...(topic !== undefined && { SnsTopicName: row.topic, SnsTopicARN: topic }),
    IncludeGlobalServiceEvents: row.global,
    IsMultiRegionTrail: row.multiRegion,
    TrailARN: row.arn,
    LogFileValidationEnabled: row.validated,
    ...(row.kmsKeyId !== undefined && { KmsKeyId: row.kmsKeyId }),
    ...(row.logGroupArn !== undefined && { CloudWatchLogsLogGroupArn: row.logGroupArn }),
    ...(row.logRoleArn !== undefined && { CloudWatchLogsRoleArn: row.logRoleArn }),
    IsOrganizationTrail: false,
    RecursiveLogging: row.recursive ?? true,
  };
}

function described(row: TrailRow, ctx: Ctx): Shown {
  return {
    ...shown(row, ctx),
    HomeRegion: regionOf(row),
    HasCustomEventSelectors: row.selectors !== undefined || row.advanced !== undefined,
    HasInsightSelectors: row.insights !== undefined,
  };
}

export const getTrail: Handler<'cloudtrail', 'GetTrail'> = (input, ctx) => ({
  Trail: described(readTrail(input.Name, ctx), ctx),
});

export const describeTrails: Handler<'cloudtrail', 'DescribeTrails'> = (input, ctx) => {
  const wanted = input.trailNameList ?? [];
  for (const one of wanted) checkNameOrArn(one);
  const { includeShadowTrails: shadows = true } = input;
  const rows = everywhere(ctx)
    .filter((row) => regionOf(row) === ctx.region || (shadows && (row.multiRegion || wanted.includes(row.arn))))
    .filter(({ name, arn }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(arn));
  return { trailList: rows.map((row) => described(row, ctx)) };
};

export const listTrails: Handler<'cloudtrail', 'ListTrails'> = (_, ctx) => ({
  Trails: everywhere(ctx).map((row) => ({ TrailARN: row.arn, Name: row.name, HomeRegion: regionOf(row) })),
});

export const getTrailStatus: Handler<'cloudtrail', 'GetTrailStatus'> = (input, ctx) => {
  const row = readTrail(input.Name, ctx);
  const text = (at: number | undefined) => (at === undefined ? '' : isoSeconds(at));
  const { triedAt, sentAt, error } = row.notifications ?? {};
  return {
    IsLogging: row.logging,
    ...(row.deliveredAt !== undefined && { LatestDeliveryTime: row.deliveredAt }),
    ...(row.deliveryError !== undefined && { LatestDeliveryError: row.deliveryError }),
    ...(row.startedAt !== undefined && { StartLoggingTime: row.startedAt }),
    ...(row.stoppedAt !== undefined && { StopLoggingTime: row.stoppedAt }),
    ...(row.logsAt !== undefined && { LatestCloudWatchLogsDeliveryTime: row.logsAt }),
    ...(row.logsError !== undefined && { LatestCloudWatchLogsDeliveryError: row.logsError }),
    ...(row.digestAt !== undefined && { LatestDigestDeliveryTime: row.digestAt }),
    ...(sentAt !== undefined && { LatestNotificationTime: sentAt }),
    ...(error !== undefined && { LatestNotificationError: error }),
    LatestDeliveryAttemptTime: text(row.deliveryTriedAt),
    LatestDeliveryAttemptSucceeded: text(row.deliveredAt),
    LatestNotificationAttemptTime: text(triedAt),
    LatestNotificationAttemptSucceeded: text(sentAt),
    TimeLoggingStarted: text(row.startedAt),
    TimeLoggingStopped: text(row.stoppedAt),
  };
};

export const putEventSelectors: Handler<'cloudtrail', 'PutEventSelectors'> = (input, ctx) => {
  const row = findTrail(input.TrailName, ctx);
  const { EventSelectors: plain, AdvancedEventSelectors: advanced } = input;
  if ((plain === undefined) === (advanced === undefined))
    throw badSelectors('You can select events by using either EventSelectors or AdvancedEventSelectors, but not both.');
  const fault = selectorsFault(plain ?? []) ?? advancedFault(advanced ?? [], 'trail');
  if (fault !== undefined) throw badSelectors(fault);
  const { selectors: _, advanced: __, ...rest } = row;
  const next: TrailRow = {
    ...rest,
    ...(plain !== undefined && { selectors: plain.map((one) => ({ ...DEFAULT_SELECTORS[0], ...one })) }),
    ...(advanced !== undefined && { advanced }),
  };
  ctx.store.put(trails, next);
  if (row.logging) captureData(ctx.store, ctx.account, row.arn, wantsData(next));
  return { TrailARN: row.arn, ...selectorsOf(next) };
};

function selectorsOf({ selectors, advanced }: TrailRow) {
  return advanced === undefined
    ? { EventSelectors: selectors ?? DEFAULT_SELECTORS }
    : { AdvancedEventSelectors: advanced };
}

export const getEventSelectors: Handler<'cloudtrail', 'GetEventSelectors'> = (input, ctx) => {
  const row = readTrail(input.TrailName, ctx);
  return { TrailARN: row.arn, ...selectorsOf(row) };
};
