/** Exports of a table into a bucket: as it was at a moment, or what changed between two. */
import { digestOfRequest, isoSeconds, type Millis } from '#kernel/base';
import { type Ctx, type Handler, notBuilt, ServiceError } from '#kernel/contract';
import type { ExportDescription, ExportTableToPointInTimeInput } from '#models/dynamodb';
import { findTable, placeOf } from '../domain/find.ts';
import { keepHistory, releaseHistory } from '../domain/history.ts';
import { sequenceThrough } from '../domain/sequence.ts';
import { tableNotFoundPlain } from '../errors.ts';
import {
  badExportArn,
  badExportTime,
  badListToken,
  badWindowLength,
  exportConflict,
  exportElsewhere,
  exportNotFound,
  exportTooLate,
  keyWithoutKms,
  noRecovery,
  noWindow,
  noWindowStart,
  windowOfFull,
  windowTooEarly,
  windowTooLate,
  windowWithoutType,
} from '../errors-copies.ts';
import { EXPORT_WINDOW_MAX, EXPORT_WINDOW_MIN, TRANSFER_RETENTION, TRANSFERS_LISTED } from '../limits.ts';
import { type TableRow, tables } from '../state.ts';
import { exports, isTokenValid } from '../transfer-state.ts';
import { type Content, writeFiles } from './export-files.ts';
import { recoveryWindow } from './restore.ts';

/**
 * Deviation: the export is complete before the answer, which still says IN_PROGRESS, so that it runs with the caller's own
 * permissions; AWS takes minutes.
 */
export const exportTableToPointInTime: Handler<'dynamodb', 'ExportTableToPointInTime'> = async (input, ctx) => {
  if (input.ExportFormat === 'ION') throw notBuilt('exports in Ion');
  checkShape(input);
  const { ClientToken: token, ...rest } = input;
  const request = digestOfRequest(rest);
  const known =
    token === undefined
      ? undefined
      : ctx.store.list(exports, { index: 'byToken', where: { token } }).find((row) => isTokenValid(row, ctx.now));
  if (known !== undefined) {
    if (known.request !== request) throw exportConflict();
    return { ExportDescription: known.shown };
  }
  const { shown, content, source } = ctx.transact(() => begin(input, request, ctx));
  let done: ExportDescription;
  try {
    done = await writeFiles(shown, content, input, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    done = {
      ...shown,
      ExportStatus: 'FAILED',
      FailureCode: error.code === 'NoSuchBucket' ? 'S3NoSuchBucket' : error.code,
      FailureMessage: error.message,
      EndTime: ctx.clock(),
    };
  }
  ctx.transact((store) => {
    const row = store.get(exports, { arn: shown.ExportArn ?? '' });
    if (row !== undefined) store.put(exports, { ...row, shown: done });
    const table = store.get(tables, { name: source.name });
    if (table !== undefined && table.history?.pile === source.history?.pile)
      store.put(tables, releaseHistory(table).table);
  });
  return { ExportDescription: shown };
};

function begin(input: ExportTableToPointInTimeInput, request: string, ctx: Ctx) {
  const { table: source, store } = findTable(input.TableArn, ctx, () => tableNotFoundPlain(input.TableArn));
  const { content, times } = contentOf(input, source, ctx);
  store.put(tables, keepHistory(source, ctx));
  const arn = `${source.arn}/export/${String(ctx.now).padStart(14, '0')}-${ctx.uuid().slice(0, 8)}`;
  const token = input.ClientToken ?? ctx.uuid();
  const shown: ExportDescription = {
    ExportArn: arn,
    ExportStatus: 'IN_PROGRESS',
    // Source: recorded answers: it is told to whoever said it.
    ...(input.ExportType !== undefined && { ExportType: input.ExportType }),
    ExportFormat: 'DYNAMODB_JSON',
    StartTime: ctx.now,
    ...times,
    TableArn: source.arn,
    TableId: source.id,
    S3Bucket: input.S3Bucket,
    S3SseAlgorithm: input.S3SseAlgorithm ?? 'AES256',
    ...(input.S3BucketOwner !== undefined && { S3BucketOwner: input.S3BucketOwner }),
    ...(input.S3Prefix !== undefined && { S3Prefix: input.S3Prefix }),
    ...(input.S3SseKmsKeyId !== undefined && { S3SseKmsKeyId: input.S3SseKmsKeyId }),
    ClientToken: token,
  };
  store.put(exports, { arn, table: source.arn, token, request, startedAt: ctx.now, shown });
  ctx.arm('forgetTransfer', arn, ctx.now + TRANSFER_RETENTION, { arn });
  return { shown, content, source };
}

/** What goes with what. @throws {ServiceError} ValidationException */
function checkShape({
  ExportType: type,
  IncrementalExportSpecification: window,
  ...input
}: ExportTableToPointInTimeInput) {
  if (window !== undefined && type === undefined) throw windowWithoutType();
  if (window !== undefined && type === 'FULL_EXPORT') throw windowOfFull();
  if (window === undefined && type === 'INCREMENTAL_EXPORT') throw noWindow();
  if (window !== undefined && window.ExportFromTime === undefined) throw noWindowStart();
  if (input.S3SseKmsKeyId !== undefined && input.S3SseAlgorithm !== 'KMS') throw keyWithoutKms();
}

/** What is to be exported, and how the description tells it. @throws {ServiceError} PointInTimeRecoveryUnavailableException, InvalidExportTimeException */
function contentOf(
  input: ExportTableToPointInTimeInput,
  source: TableRow,
  ctx: Ctx,
): { content: Content; times: ExportDescription } {
  const { pile, history } = source;
  const window = recoveryWindow(source, ctx);
  const {
    ExportFromTime: from = 0,
    ExportToTime: to = ctx.now,
    ExportViewType,
  } = input.IncrementalExportSpecification ?? {};
  if (window === undefined || history === undefined)
    throw input.ExportType === 'INCREMENTAL_EXPORT' ? windowTooEarly(isoSeconds(from)) : noRecovery(source.name);
  // Without a time it is the present, although recovery ends a little earlier.
  const check = (at: number) => {
    if (at < window.earliest || at > ctx.now) throw badExportTime();
    if (at !== ctx.now && at > window.latest) throw exportTooLate();
    return at;
  };
  if (input.ExportType !== 'INCREMENTAL_EXPORT') {
    const at = check(input.ExportTime ?? ctx.now);
    return {
      content: { past: { pile, as: { pile: history.pile, sequence: sequenceThrough(at) } } },
      times: { ExportTime: at },
    };
  }
  if (from < window.earliest) throw windowTooEarly(isoSeconds(from));
  if (to > ctx.now) throw windowTooLate(isoSeconds(to));
  if (to - from < EXPORT_WINDOW_MIN) throw badWindowLength('less than 15 minutes');
  if (to - from > EXPORT_WINDOW_MAX) throw badWindowLength('greater than 24 hours');
  return {
    content: {
      // What happens at its end is not of the window any more.
      window: { pile, history: history.pile, after: sequenceThrough(from - 1), upTo: sequenceThrough(to - 1) },
      keys: source,
    },
    times: {
      IncrementalExportSpecification: {
        ExportFromTime: from,
        ExportToTime: to,
        ExportViewType: ExportViewType ?? 'NEW_AND_OLD_IMAGES',
      },
    },
  };
}

export const describeExport: Handler<'dynamodb', 'DescribeExport'> = (input, ctx) => {
  if (!input.ExportArn.includes('/export/')) throw badExportArn();
  const row = ctx.store.get(exports, { arn: input.ExportArn });
  if (row === undefined)
    throw placeOf(input.ExportArn).region === ctx.region ? exportNotFound(input.ExportArn) : exportElsewhere();
  return { ExportDescription: row.shown };
};

/** The newest of a table first. */
export const listExports: Handler<'dynamodb', 'ListExports'> = (input, ctx) => {
  const limit = input.MaxResults ?? TRANSFERS_LISTED;
  const { NextToken: token } = input;
  if (token !== undefined && ctx.store.get(exports, { arn: token }) === undefined) throw badListToken(token);
  const since = input.TableArn === undefined ? 0 : madeAt(input.TableArn, ctx);
  const listed = ctx.store.list(exports, {
    ...(input.TableArn !== undefined && { index: 'byTable', where: { table: input.TableArn } }),
    ...(token !== undefined && { before: { arn: token } }),
    reverse: true,
    limit: limit + 1,
  });
  const found = listed.filter(({ startedAt }) => startedAt >= since);
  const page = found.slice(0, limit);
  return {
    ExportSummaries: page.map(({ shown: { ExportArn, ExportStatus, ExportType = 'FULL_EXPORT' } }) => ({
      ExportArn,
      ExportStatus,
      ExportType,
    })),
    ...(found.length > limit && { NextToken: page.at(-1)?.arn }),
  };
};

/** Exports of a table that is gone are none of another by its name. Source: findings of ack-api-quirks, DDB-EXPORT-020, measured against AWS. */
function madeAt(tableArn: string, ctx: Ctx): Millis {
  const [, name = ''] = tableArn.split('/');
  return ctx.store.get(tables, { name })?.createdAt ?? Number.POSITIVE_INFINITY;
}
