/** Detectors of anomalies: made, changed, shown, deleted. */
import { page } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { armDetector } from '../anomalies.ts';
import { groupNamed } from '../domain/find.ts';
import { groupArn, groupOfIdentifier } from '../domain/names.ts';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { PatternError } from '../domain/pattern/condition.ts';
import { parsePattern } from '../domain/pattern/pattern.ts';
import { invalidParameter, limitExceeded, notFound, standardOnly } from '../errors.ts';
import { ANOMALY_DAYS_DEFAULT, DETECTORS, LIST_RESULTS_MAX } from '../limits.ts';
import { type AnomalyDetectorRow, anomalies, anomalyDetectors, learntPatterns } from '../state-anomaly.ts';

/** @throws {ServiceError} ResourceNotFoundException */
export function findDetector(arn: string, { store }: Ctx): AnomalyDetectorRow {
  const row = store.get(anomalyDetectors, { id: arn.slice(arn.lastIndexOf(':') + 1) });
  if (row?.arn !== arn) throw notFound('The specified anomaly detector does not exist.');
  return row;
}

function checkPattern(text: string | undefined): void {
  try {
    if (text !== undefined) parsePattern(text);
  } catch (error) {
    throw error instanceof PatternError ? invalidParameter(error.message) : error;
  }
}

export const createLogAnomalyDetector: Handler<'cloudwatch-logs', 'CreateLogAnomalyDetector'> = (input, ctx) => {
  const [named, ...others] = input.logGroupArnList;
  if (named === undefined || others.length > 0)
    throw invalidParameter('Only 1 log group arn is supported in the list.');
  const group = groupNamed(groupOfIdentifier(named, ctx).name, ctx);
  if (group.class !== 'STANDARD') throw standardOnly();
  checkPattern(input.filterPattern);
  if (ctx.store.count(anomalyDetectors) >= ctx.quota(DETECTORS)) throw limitExceeded();
  const id = ctx.uuid();
  const row: AnomalyDetectorRow = {
    id,
    arn: `arn:${ctx.partition}:logs:${ctx.region}:${ctx.account}:anomaly-detector:${id}`,
    name: input.detectorName ?? id,
    groupArn: groupArn(ctx, group.name),
    group: group.name,
    frequency: input.evaluationFrequency ?? 'FIVE_MIN',
    ...(input.filterPattern !== undefined && { filterPattern: input.filterPattern }),
    visibilityDays: Number(input.anomalyVisibilityTime ?? ANOMALY_DAYS_DEFAULT),
    isPaused: false,
    tags: { ...input.tags },
    createdAt: ctx.now,
    modifiedAt: ctx.now,
    spans: 0,
    suppressed: {},
  };
  ctx.store.put(anomalyDetectors, row);
  armDetector(row, ctx);
  return { anomalyDetectorArn: row.arn };
};

export const updateLogAnomalyDetector: Handler<'cloudwatch-logs', 'UpdateLogAnomalyDetector'> = (input, ctx) => {
  const before = findDetector(input.anomalyDetectorArn, ctx);
  checkPattern(input.filterPattern);
  const frequency = input.evaluationFrequency ?? before.frequency;
  const filterPattern = input.filterPattern ?? before.filterPattern;
  const { seenTo, ...rest } = before;
  // What is usual in spans of another length, or among other events, is to be learnt anew.
  const isOther = frequency !== before.frequency || filterPattern !== before.filterPattern;
  if (isOther) forget(before.id, ctx);
  const row: AnomalyDetectorRow = {
    ...rest,
    ...(!isOther && seenTo !== undefined && { seenTo }),
    frequency,
    ...(filterPattern !== undefined && { filterPattern }),
    visibilityDays: Number(input.anomalyVisibilityTime ?? before.visibilityDays),
    isPaused: !input.enabled,
    modifiedAt: ctx.now,
  };
  ctx.store.put(anomalyDetectors, row);
  armDetector(row, ctx);
  return {};
};

function forget(detector: string, { store }: Ctx): void {
  for (const row of store.list(learntPatterns, { where: { detector } })) store.delete(learntPatterns, row);
}

export const deleteLogAnomalyDetector: Handler<'cloudwatch-logs', 'DeleteLogAnomalyDetector'> = (input, ctx) => {
  const row = findDetector(input.anomalyDetectorArn, ctx);
  ctx.store.delete(anomalyDetectors, row);
  ctx.disarm('lookForAnomalies', row.id);
  forget(row.id, ctx);
  for (const found of ctx.store.list(anomalies, { where: { detector: row.id } })) ctx.store.delete(anomalies, found);
  return {};
};

function shown(row: AnomalyDetectorRow) {
  const status = row.isPaused ? 'PAUSED' : row.seenTo === undefined ? 'TRAINING' : 'ANALYZING';
  return {
    detectorName: row.name,
    logGroupArnList: [row.groupArn],
    evaluationFrequency: row.frequency,
    ...(row.filterPattern !== undefined && { filterPattern: row.filterPattern }),
    anomalyDetectorStatus: status as 'PAUSED' | 'TRAINING' | 'ANALYZING',
    creationTimeStamp: row.createdAt,
    lastModifiedTimeStamp: row.modifiedAt,
    anomalyVisibilityTime: row.visibilityDays,
  };
}

export const getLogAnomalyDetector: Handler<'cloudwatch-logs', 'GetLogAnomalyDetector'> = (input, ctx) =>
  shown(findDetector(input.anomalyDetectorArn, ctx));

export const listLogAnomalyDetectors: Handler<'cloudwatch-logs', 'ListLogAnomalyDetectors'> = (input, ctx) => {
  const { filterLogGroupArn: arn, limit = LIST_RESULTS_MAX, nextToken } = input;
  const first = nextToken === undefined ? undefined : readToken(nextToken, isText);
  const group = arn === undefined ? undefined : groupOfIdentifier(arn, ctx).name;
  const { rows, last } = page<AnomalyDetectorRow>((past, count) => {
    const id = past?.id ?? first;
    const after = id === undefined ? {} : { after: { id } };
    return group === undefined
      ? ctx.store.list(anomalyDetectors, { ...after, limit: count })
      : ctx.store.list(anomalyDetectors, { index: 'byGroup', where: { group }, ...after, limit: count });
  }, limit);
  return {
    anomalyDetectors: rows.map((row) => ({ anomalyDetectorArn: row.arn, ...shown(row) })),
    ...(last !== undefined && { nextToken: makeToken(last.id) }),
  };
};
