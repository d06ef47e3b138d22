/** Makes the copies that replication rules want, as the role of the configuration, within this cloud: across Regions and accounts. */
import { parseArn } from '#kernel/base';
import { type Access, type Acting, type Ctx, type EventHandler, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { ReplicationRule } from '#models/s3';
import { nameBody, readBody, shareBody, type Taken, takeBody } from '../domain/body.ts';
import type { Algorithm } from '../domain/checksum.ts';
import { ALGORITHM_DEFAULT } from '../domain/checksum.ts';
import { dataKeyOf, fits, type Sealing, sealingFor } from '../domain/data-key.ts';
import { type Wanted, wantedOf } from '../domain/encryption.ts';
import { arnOf, type Found, placed, placedIn } from '../domain/find.ts';
import { announce } from '../domain/notifications.ts';
import { replicationOf, settled, type ToReplicate } from '../domain/replication.ts';
import { type NewVersion, putBack, putVersion, versionOf } from '../domain/versions.ts';
import { hold, isPaused } from '../faults.ts';
import { buckets, type VersionRow } from '../state.ts';

/** Brings one version to all destinations that still wait for it. A copy that can't be made is FAILED, for good. */
export const replicate: EventHandler = async (payload, ctx) => {
  const { key, versionId } = payload as ToReplicate;
  const source = placedIn(payload, ctx);
  const version = source && versionOf(source.store, source.bucket, key, versionId);
  const configuration = source && replicationOf(source.store, source.bucket);
  if (source === undefined || version?.replication?.to === undefined) return;
  for (const [id, state] of Object.entries(version.replication.to)) {
    if (state !== 'PENDING') continue;
    const rule = configuration?.Rules.find(({ ID }) => ID === id);
    if (isPaused(ctx, source.bucket, key, rule)) {
      ctx.transact((view) => hold(placed(source.bucket, ctx, view), payload as ToReplicate));
      continue;
    }
    const outcome = await attempt(ctx, source, version, rule, configuration?.Role ?? '');
    ctx.transact((view) => {
      const found = placedIn(payload, ctx, view);
      const present = found && versionOf(found.store, found.bucket, key, versionId);
      if (found === undefined || present?.replication === undefined) return;
      const replication = settled(present.replication, id, outcome === undefined ? 'COMPLETED' : 'FAILED');
      putBack(found.store, { ...present, replication }, present);
      if (outcome !== undefined) tellFailure(ctx, found, present, rule, outcome);
    });
  }
};

/** Why it failed; undefined when it did not. */
async function attempt(
  ctx: Ctx,
  source: Found,
  version: VersionRow,
  rule: ReplicationRule | undefined,
  role: string,
): Promise<string | undefined> {
  const name = parseArn(rule?.Destination.Bucket ?? '')?.resource ?? '';
  const bucket = ctx.store.get(buckets, { name });
  if (rule === undefined || bucket === undefined) return 'DstBucketNotFound';
  if (bucket.versioning !== 'Enabled') return 'DstBucketUnversioned';
  const destination = { bucket, store: placed(bucket, ctx, ctx.store) };
  try {
    const acting = await ctx.actAs(role, 's3-replication');
    for (const access of accesses(ctx, source, destination, version, rule)) acting.authorize(access);
    await copy(ctx, acting, source, destination, version, rule);
    return undefined;
  } catch (error) {
    if (!(error instanceof ServiceError) || (error.status ?? 400) >= 500) throw error;
    return /^AccessDenied/.test(error.code) ? 'DstPutObjectNotPermitted' : 'DstObjectHardError';
  }
}

/** Source: S3 User Guide, "Setting up permissions for live replication". */
function accesses(ctx: Ctx, from: Found, to: Found, version: VersionRow, rule: ReplicationRule): Access[] {
  const on = ({ bucket }: Found, action: string): Access => ({
    action: `s3:${action}`,
    resource: arnOf(ctx, bucket.name, version.key),
    account: bucket.account,
    policy: bucket.policy,
  });
  if (version.marker === true) return [on(to, 'ReplicateDelete')];
  return [
    on(from, 'GetObjectVersionForReplication'),
    on(to, 'ReplicateObject'),
    ...(version.tags === undefined ? [] : [on(from, 'GetObjectVersionTagging'), on(to, 'ReplicateTags')]),
    ...(rule.Destination.AccessControlTranslation === undefined ? [] : [on(to, 'ObjectOwnerOverrideToBucketOwner')]),
  ];
}

async function copy(
  ctx: Ctx,
  acting: Acting,
  source: Found,
  destination: Found,
  version: VersionRow,
  rule: ReplicationRule,
): Promise<void> {
  const there = versionOf(destination.store, destination.bucket, version.key, version.versionId);
  const body =
    there === undefined && version.marker !== true
      ? await bodyFor(ctx, acting, source, destination, version, rule)
      : undefined;
  ctx.transact((view) => {
    const bucket = view.get(buckets, { name: destination.bucket.name });
    if (bucket === undefined) return;
    const store = placed(bucket, ctx, view);
    const present = versionOf(store, bucket, version.key, version.versionId);
    const fields = replicaOf(version, bucket, rule);
    if (present !== undefined) {
      const { tags, acl, lock } = fields;
      const { tags: _, acl: __, lock: ___, ...rest } = present;
      putBack(store, { ...rest, ...(tags && { tags }), ...(acl && { acl }), ...(lock && { lock }) }, present);
      return;
    }
    const from = placed(source.bucket, ctx, view);
    const named = body === undefined ? {} : bodyNamed(ctx, from, store, version, body);
    const replica = putVersion(ctx, store, bucket, { ...fields, ...named }, version.versionId);
    announce(
      ctx,
      store,
      bucket,
      version.marker === true ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectCreated:Put',
      replica,
    );
  });
}

/** Everything but the body, which lies elsewhere, and what the destination says about its objects. */
function replicaOf(version: VersionRow, bucket: Found['bucket'], { Destination: to }: ReplicationRule): NewVersion {
  const {
    bucket: _,
    rank: __,
    versionId: ___,
    isNull: ____,
    body: _____,
    restore: ______,
    foreignId: _______,
    ...kept
  } = version;
  const { acl, lock, ...fields } = kept;
  const translated = to.AccessControlTranslation !== undefined || bucket.ownership === 'BucketOwnerEnforced';
  return {
    ...fields,
    attributes: inClass(version, to.StorageClass),
    owner: translated ? bucket.account : version.owner,
    ...(acl !== undefined && !translated && { acl }),
    ...(lock !== undefined && bucket.objectLock !== undefined && { lock }),
    replication: { status: 'REPLICA' },
  };
}

function inClass({ attributes }: VersionRow, wanted: string | undefined): VersionRow['attributes'] {
  if (wanted === undefined) return attributes;
  const { storageClass: _, ...rest } = attributes;
  return wanted === 'STANDARD' ? rest : { ...rest, storageClass: wanted };
}

/** How the copy's bytes are encrypted; and the bytes themselves, where they have to be written anew. */
type Body = { sealing: Sealing['row'] | undefined; taken: Taken | undefined };

async function bodyFor(
  ctx: Ctx,
  acting: Acting,
  from: Found,
  to: Found,
  version: VersionRow,
  rule: ReplicationRule,
): Promise<Body> {
  const { encryption, key } = version;
  // A body under the customer's own key stays as it is: S3 has not got the key.
  if (encryption?.kind === 'customer') return { sealing: encryption, taken: undefined };
  const dataKey = await dataKeyOf(ctx, from, key, encryption, undefined, () => acting.aws(from.bucket.region).kms);
  const wanted = wantedFor(version, to, rule, ctx);
  const shared = fits(dataKey, wanted) ? dataKey : undefined;
  const sealing = await sealingFor(ctx, to, key, wanted, shared, () => acting.aws(to.bucket.region).kms);
  if (shared !== undefined || version.size === 0) return { sealing: sealing.row, taken: undefined };
  const bytes = readBody(ctx, from.store, version, dataKey, { from: 0, to: version.size - 1 });
  const algorithm = (version.checksum?.algorithm ?? ALGORITHM_DEFAULT) as Algorithm;
  return { sealing: sealing.row, taken: await takeBody({ Body: bytes }, ctx, sealing.key, algorithm, algorithm) };
}

function wantedFor({ encryption }: VersionRow, to: Found, { Destination }: ReplicationRule, ctx: Ctx): Wanted {
  if (encryption?.kind !== 'aws:kms' && encryption?.kind !== 'aws:kms:dsse') return wantedOf({}, to.bucket, ctx);
  const keyId = Destination.EncryptionConfiguration?.ReplicaKmsKeyID ?? '';
  return {
    kind: encryption.kind,
    keyId,
    context: encryption.context,
    bucketKey: to.bucket.encryption?.bucketKey === true,
  };
}

function bodyNamed(ctx: Ctx, from: StoreView, to: StoreView, version: VersionRow, { sealing, taken }: Body) {
  const { parts: _, joined: __, ...named } = shareBodyOrName(ctx, from, to, version, taken);
  return { ...named, ...(sealing !== undefined && { encryption: sealing }) };
}

function shareBodyOrName(
  ctx: Ctx,
  from: StoreView,
  to: StoreView,
  version: VersionRow,
  taken: Taken | undefined,
): Partial<VersionRow> {
  if (taken === undefined) return shareBody(ctx, from, to, version);
  const body = nameBody(ctx, to, taken);
  return body === undefined ? {} : { body };
}

/** Source: S3 User Guide, "Amazon S3 event notification types": failures are told of rules with metrics. */
function tellFailure(
  ctx: Ctx,
  { store, bucket }: Found,
  version: VersionRow,
  rule: ReplicationRule | undefined,
  failureReason: string,
): void {
  if (rule?.Destination.Metrics?.Status !== 'Enabled') return;
  announce(ctx, store, bucket, 'Replication:OperationFailedReplication', version, {
    replicationEventData: {
      replicationRuleId: rule.ID,
      destinationBucket: rule.Destination.Bucket,
      s3Operation: 'OBJECT_PUT',
      requestTime: new Date(version.modifiedAt).toISOString(),
      failureReason,
    },
  });
}
