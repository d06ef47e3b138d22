/**
 * Makes the copies that replication rules want, as the role of the configuration, within this cloud: across Regions and accounts.
 *
 * Deviation: no metrics of replication are published, and as copies never take long, no event tells that one missed its time.
 */
import { parseArn } from '#kernel/base';
import { type Access, type Acting, type Ctx, type EventHandler, mayPass, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { ReplicationRule } from '#models/s3';
import { nameBody, readBody, shareBody, type Taken, takeBody } from '../domain/body.ts';
import type { Algorithm } from '../domain/checksum.ts';
import { ALGORITHM_DEFAULT } from '../domain/checksum.ts';
import { dataKeyOf, fits, type Sealing, sealingFor } from '../domain/data-key.ts';
import { type Wanted, wantedOf } from '../domain/encryption.ts';
import { arnOf, type Found, placed, placedIn } from '../domain/find.ts';
import { announce } from '../domain/notifications.ts';
import { putReplica } from '../domain/replica.ts';
import { type Copied, replicationOf, settled, type ToReplicate } from '../domain/replication.ts';
import { type NewVersion, NULL_VERSION, putBack, versionOf } from '../domain/versions.ts';
import { hold, isPaused } from '../faults.ts';
import { buckets, type EncryptionRow, type VersionRow } from '../state.ts';

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
    const copied = await attempt(ctx, source, version, rule, configuration?.Role ?? '');
    ctx.transact((view) => {
      const found = placedIn(payload, ctx, view);
      const present = found && versionOf(found.store, found.bucket, key, versionId);
      if (found === undefined || present?.replication === undefined) return;
      putBack(found.store, { ...present, replication: settled(present.replication, id, copied) }, present);
      if ('why' in copied) tellFailure(ctx, found, present, rule, copied.why);
    });
  }
};

/** Makes one copy, or says why it can't be. Source: S3 User Guide, "Amazon S3 replication failure reasons". */
async function attempt(
  ctx: Ctx,
  source: Found,
  version: VersionRow,
  rule: ReplicationRule | undefined,
  role: string,
): Promise<Copied> {
  if (rule === undefined) return { why: 'SrcBucketReplicationConfigMissing' };
  const bucket = ctx.store.get(buckets, { name: parseArn(rule.Destination.Bucket)?.resource ?? '' });
  if (bucket === undefined) return { why: 'DstBucketNotFound' };
  if (bucket.versioning !== 'Enabled') return { why: 'DstBucketUnversioned' };
  if (source.bucket.objectLock !== undefined && bucket.objectLock === undefined)
    return { why: 'DstBucketObjectLockConfigMissing' };
  const destination = { bucket, store: placed(bucket, ctx, ctx.store) };
  const { at, batch } = version.replication ?? {};
  if (at?.[rule.ID ?? ''] === bucket.id && copyOf(destination, version) === undefined)
    return { why: batch === true ? 'DstObjectHardDeleted' : 'DstVersionNotFound' };
  let reason = 'AssumeRoleNotPermitted';
  try {
    const acting = await ctx.actAs(role, 's3-replication');
    for (const [denied, access] of accesses(ctx, source, destination, version, rule)) {
      reason = denied;
      acting.authorize(access);
    }
    reason = 'DstPutObjectNotPermitted';
    await copy(ctx, acting, source, destination, version, rule, (side) => {
      reason = side;
    });
    return { at: bucket.id };
  } catch (error) {
    if (!(error instanceof ServiceError) || mayPass(error)) throw error;
    return { why: keyReason(reason, error) ?? reason };
  }
}

/** The copy that is there. Deviation: which of two versions `null` AWS keeps is not told; here a copy takes the place of what is none. */
function copyOf({ store, bucket }: Found, { key, versionId }: VersionRow): VersionRow | undefined {
  const there = versionOf(store, bucket, key, versionId);
  const { status, replica } = there?.replication ?? {};
  return versionId === NULL_VERSION && status !== 'REPLICA' && replica !== true ? undefined : there;
}

/** What KMS said against the key of a side: of the source, which is read, or of the destination. */
function keyReason(reason: string, { code }: ServiceError): string | undefined {
  const side = reason.slice(0, 3);
  if (code === 'KmsNotFoundException' && side === 'Dst') return 'DstKmsKeyNotFound';
  return code.startsWith('Kms') ? `${side}KmsKeyInvalidState` : undefined;
}

/** What the role must be allowed, each with the reason that its lack is. Source: S3 User Guide, "Setting up permissions for live replication", "Managing Object Lock", Using S3 Object Lock with replication. */
function accesses(
  ctx: Ctx,
  from: Found,
  to: Found,
  version: VersionRow,
  rule: ReplicationRule,
): (readonly [reason: string, access: Access])[] {
  const on = (reason: string, { bucket }: Found, action: string) => {
    const resource = arnOf(ctx, bucket.name, version.key);
    return [reason, { action: `s3:${action}`, resource, account: bucket.account, policy: bucket.policy }] as const;
  };
  if (version.marker === true) return [on('DstDelObjNotPermitted', to, 'ReplicateDelete')];
  const { tags, acl, lock } = version;
  const unread = 'SrcGetObjectNotPermitted';
  return [
    on(unread, from, 'GetObjectVersionForReplication'),
    ...(acl === undefined || isTranslated(to.bucket, rule)
      ? []
      : [on('SrcGetAclNotPermitted', from, 'GetObjectVersionAcl')]),
    ...(lock?.mode === undefined ? [] : [on(unread, from, 'GetObjectRetention')]),
    ...(lock?.hold === undefined ? [] : [on(unread, from, 'GetObjectLegalHold')]),
    on('DstPutObjectNotPermitted', to, 'ReplicateObject'),
    ...(tags === undefined
      ? []
      : [
          on('SrcGetTaggingNotPermitted', from, 'GetObjectVersionTagging'),
          on('DstPutTaggingNotPermitted', to, 'ReplicateTags'),
        ]),
    ...(rule.Destination.AccessControlTranslation === undefined
      ? []
      : [on('DstPutObjectNotPermitted', to, 'ObjectOwnerOverrideToBucketOwner')]),
  ];
}

/** Whether copies belong to the destination's owner, whatever the source's ACL says. */
function isTranslated(bucket: Found['bucket'], { Destination }: ReplicationRule): boolean {
  return Destination.AccessControlTranslation !== undefined || bucket.ownership === 'BucketOwnerEnforced';
}

async function copy(
  ctx: Ctx,
  acting: Acting,
  source: Found,
  destination: Found,
  version: VersionRow,
  rule: ReplicationRule,
  isAt: IsAt,
): Promise<void> {
  const there = copyOf(destination, version);
  const body =
    there === undefined && version.marker !== true
      ? await bodyFor(ctx, acting, source, destination, version, rule, isAt)
      : undefined;
  ctx.transact((view) => {
    const bucket = view.get(buckets, { name: destination.bucket.name });
    if (bucket === undefined) return;
    const store = placed(bucket, ctx, view);
    const present = copyOf({ store, bucket }, version);
    const fields = replicaOf(version, bucket, rule);
    if (present !== undefined) {
      const { tags, acl, lock } = fields;
      const { tags: _, acl: own, lock: ___, ...rest } = present;
      // An ACL that the destination's owner gives is his. Source: S3 User Guide, "Changing the replica owner".
      const grants = isTranslated(bucket, rule) ? own : acl;
      putBack(
        store,
        { ...rest, ...(tags && { tags }), ...(grants && { acl: grants }), ...(lock && { lock }) },
        present,
      );
      return;
    }
    const from = placed(source.bucket, ctx, view);
    const named = body === undefined ? {} : bodyNamed(ctx, from, store, version, body);
    const replica = putReplica(ctx, store, bucket, { ...fields, ...named }, version.versionId);
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
function replicaOf(version: VersionRow, bucket: Found['bucket'], rule: ReplicationRule): NewVersion {
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
  const translated = isTranslated(bucket, rule);
  return {
    ...fields,
    attributes: inClass(version, rule.Destination.StorageClass),
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

/** Told what it means if the next step is refused. */
type IsAt = (reason: string) => void;

async function bodyFor(
  ctx: Ctx,
  acting: Acting,
  from: Found,
  to: Found,
  version: VersionRow,
  rule: ReplicationRule,
  isAt: IsAt,
): Promise<Body> {
  const { encryption, key } = version;
  // A body under the customer's own key stays as it is: S3 has not got the key.
  if (encryption?.kind === 'customer') return { sealing: encryption, taken: undefined };
  isAt('SrcGetObjectNotPermitted');
  const dataKey = await dataKeyOf(ctx, from, key, encryption, undefined, () => acting.aws(from.bucket.region).kms);
  isAt('DstPutObjectNotPermitted');
  const wanted = wantedFor(version, to, rule, ctx);
  const shared = fits(dataKey, wanted) ? dataKey : undefined;
  const kms = () => acting.aws(to.bucket.region).kms;
  const sealing = await sealingFor(ctx, to, key, wanted, shared, { kms, encrypts: isKms(encryption) });
  if (shared !== undefined || version.size === 0) return { sealing: sealing.row, taken: undefined };
  const bytes = readBody(ctx, from.store, version, dataKey, { from: 0, to: version.size - 1 });
  const algorithm = (version.checksum?.algorithm ?? ALGORITHM_DEFAULT) as Algorithm;
  return { sealing: sealing.row, taken: await takeBody({ Body: bytes }, ctx, sealing.key, algorithm, algorithm) };
}

type UnderKms = EncryptionRow & { kind: 'aws:kms' | 'aws:kms:dsse' };

const isKms = (row: EncryptionRow | undefined): row is UnderKms => row?.kind.startsWith('aws:kms') === true;

/**
 * Source: S3 User Guide, "Replicating encrypted objects", How default bucket encryption affects replication: a copy is encrypted as its source
 * is; only what was not encrypted at all is under the destination's default.
 */
function wantedFor({ encryption }: VersionRow, to: Found, { Destination }: ReplicationRule, ctx: Ctx): Wanted {
  if (encryption?.kind === 'AES256') return { kind: 'AES256' };
  if (!isKms(encryption)) return wantedOf({}, to.bucket, ctx);
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
