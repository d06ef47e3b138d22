/** RestoreObject: bringing an archived object back for some days. */
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import type { RestoreRequest } from '#models/s3';
import { type Archived, archiveOf, restoreTime, type Speed } from '../domain/archive.ts';
import type { Found } from '../domain/find.ts';
import { dueAfter } from '../domain/lifecycle.ts';
import { announce } from '../domain/notifications.ts';
import { putBack } from '../domain/versions.ts';
import { daysOfTiering, invalidArgument, malformedXml, notArchived, restoreInProgress } from '../errors.ts';
import type { RestoreRow, VersionRow } from '../state.ts';
import { readable } from './read.ts';

export const restoreObject: Handler<'s3', 'RestoreObject'> = (input, ctx) => {
  const found = readable(input, ctx);
  const { bucket, store, version } = found;
  const asked = input.RestoreRequest ?? {};
  if (asked.Type !== undefined || asked.SelectParameters !== undefined || asked.OutputLocation !== undefined)
    throw notBuilt('select from archives; AWS has closed it to new customers');
  const archived = archiveOf(store, bucket, version, ctx.now);
  if (archived === undefined) throw notArchived(version.attributes.storageClass ?? 'STANDARD');
  const speed: Speed = asked.GlacierJobParameters?.Tier ?? asked.Tier ?? 'Standard';
  const time = restoreTime(archived, speed);
  const { restore: before } = version;
  const again = before !== undefined && before.readyAt <= ctx.now && ctx.now < (before.until ?? 0);
  const readyAt = again ? before.readyAt : ctx.now + time;
  if (before !== undefined && ctx.now < before.readyAt) {
    // Source: S3 User Guide, "Upgrading the speed of an in-progress restore": a faster tier, and no days.
    if (readyAt >= before.readyAt || asked.Days !== undefined) throw restoreInProgress();
    return begin(ctx, found, { ...before, readyAt });
  }
  const restore = restoreOf(asked, archived, again ? ctx.now : readyAt, readyAt);
  if (!again) announce(ctx, store, bucket, 'ObjectRestore:Post', version);
  return { ...begin(ctx, found, restore), ...(!again && { StatusCode: 202 }) };
};

/** @throws {ServiceError} MalformedXML, InvalidRequest, InvalidArgument */
function restoreOf({ Days: days }: RestoreRequest, { tier }: Archived, from: number, readyAt: number): RestoreRow {
  // An object of Intelligent-Tiering goes up for good; a copy from Glacier stays for some days.
  if (tier !== undefined) {
    if (days !== undefined) throw daysOfTiering();
    return { readyAt };
  }
  if (days === undefined) throw malformedXml();
  if (days < 1) throw invalidArgument('restoration days should be at least 1', 'Days', String(days));
  return { readyAt, until: dueAfter(from, days) };
}

function begin(ctx: Ctx, { bucket, store, version }: Found & { version: VersionRow }, restore: RestoreRow) {
  putBack(store, { ...version, restore }, version);
  const { account, region, name, id } = bucket;
  const { key, versionId } = version;
  const at = restore.readyAt <= ctx.now ? restore.until : restore.readyAt;
  if (at !== undefined)
    ctx.arm('goOnRestore', `${id}/${versionId}/${key}`, at, { account, region, name, bucket: id, key, versionId });
  return {};
}
