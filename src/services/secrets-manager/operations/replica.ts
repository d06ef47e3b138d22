/** Replicas in other Regions: added, removed, let go. */
import { parseArn } from '#kernel/base';
import { type Ctx, type Handler, type Pass, ServiceError, type TaskHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { REGIONS } from '#kernel/world';
import { liveSecret, versionsOf } from '../domain/find.ts';
import { dropRows, ownSecret, replicaArn, replicaIn, replicationStatus, startReplication } from '../domain/replica.ts';
import { openValue, sealValue } from '../domain/value.ts';
import { badReplicaRegion, nameTaken, notAReplica, notReplicated } from '../errors.ts';
import { type ReplicaEntry, type SecretRow, secrets, type VersionRow, versions } from '../state.ts';

type Sm = 'secrets-manager';
type Wanted = readonly { Region?: string; KmsKeyId?: string }[];

/**
 * A secret with more replicas, which are on their way. In a transaction.
 *
 * @throws {ServiceError} InvalidParameterException
 */
export function withReplicas(secret: SecretRow, wanted: Wanted, overwrite: boolean): SecretRow {
  const own = parseArn(secret.arn)?.region;
  const added = wanted.map(({ Region: region = '', KmsKeyId: kmsKeyId }): ReplicaEntry => {
    if (region === own || !REGIONS.has(region)) throw badReplicaRegion();
    return {
      region,
      ...(kmsKeyId !== undefined && { kmsKeyId }),
      status: 'InProgress',
      ...(overwrite && { overwrite }),
    };
  });
  if (new Set(added.map(({ region }) => region)).size < added.length) throw badReplicaRegion();
  const kept = (secret.replicas ?? []).filter(({ region }) => !added.some((one) => one.region === region));
  return added.length === 0 ? secret : { ...secret, replicas: [...kept, ...added] };
}

export const replicateSecretToRegions: Handler<Sm, 'ReplicateSecretToRegions'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  const row = withReplicas(secret, input.AddReplicaRegions, input.ForceOverwriteReplicaSecret === true);
  store.put(secrets, row);
  for (const { Region = '' } of input.AddReplicaRegions) startReplication(row, Region, ctx);
  return { ARN: row.arn, ReplicationStatus: replicationStatus(row, store) };
};

export const removeRegionsFromReplication: Handler<Sm, 'RemoveRegionsFromReplication'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  const { replicas = [] } = secret;
  for (const region of input.RemoveReplicaRegions) {
    if (!replicas.some((one) => one.region === region)) throw notReplicated(region);
    const replica = replicaIn(secret, region, store);
    if (replica !== undefined) dropRows(replica, store.in({ region }));
  }
  const row = withoutReplicas(secret, input.RemoveReplicaRegions);
  store.put(secrets, row);
  return { ARN: row.arn, ReplicationStatus: replicationStatus(row, store) };
};

function withoutReplicas({ replicas = [], ...rest }: SecretRow, regions: readonly string[]): SecretRow {
  const left = replicas.filter(({ region }) => !regions.includes(region));
  return left.length === 0 ? rest : { ...rest, replicas: left };
}

/** A replica becomes a secret of its own. */
export const stopReplicationToReplica: Handler<Sm, 'StopReplicationToReplica'> = (input, ctx) => {
  const { secret, store } = liveSecret(input.SecretId, ctx);
  const { primary, ...row } = secret;
  if (primary === undefined) throw notAReplica();
  store.put(secrets, row);
  const there = store.in({ region: primary });
  const origin = there.get(secrets, { name: secret.name });
  const own = parseArn(secret.arn)?.region ?? ctx.region;
  if (origin?.replicas !== undefined) there.put(secrets, withoutReplicas(origin, [own]));
  return { ARN: secret.arn };
};

/** A task: brings a secret to one of its replicas as it is now, in the name of who changed it. */
export const replicate: TaskHandler = async (payload, ctx) => {
  const { name, region, pass } = payload as { name: string; region: string; pass: Pass };
  const secret = ctx.store.get(secrets, { name });
  const entry = secret?.replicas?.find((one) => one.region === region);
  if (secret === undefined || entry === undefined) return;
  try {
    const sealed = new Map<string, VersionRow>();
    for (const version of versionsOf(secret, ctx.store)) {
      const known = ctx.store.in({ region }).get(versions, { name, id: version.id });
      const isKnown = known !== undefined && known.hash === version.hash && known.kmsKeyId === entry.kmsKeyId;
      if (!isKnown) sealed.set(version.id, await sealedThere(secret, version, entry, pass, ctx));
    }
    ctx.transact((store) => settle(name, entry, sealed, store, ctx));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    ctx.transact((store) =>
      note(name, region, { status: 'Failed', message: `Replication failed: ${error.message}` }, store),
    );
  }
};

/** A version under the key of the replica. @throws {ServiceError} what KMS says */
async function sealedThere(
  secret: SecretRow,
  version: VersionRow,
  { region, kmsKeyId }: ReplicaEntry,
  pass: Pass,
  ctx: Ctx,
): Promise<VersionRow> {
  const { sealed: _, dataKey: __, kmsKeyId: ___, ...rest } = version;
  const row = { ...rest, ...(kmsKeyId !== undefined && { kmsKeyId }) };
  if (version.sealed === undefined) return row;
  const bytes = await openValue(version, secret.arn, ctx, ctx.awsWith(pass));
  const value = { bytes, binary: version.binary, hash: version.hash };
  const place = { arn: replicaArn(secret, region), kmsKeyId };
  return { ...row, ...(await sealValue(value, place, version.id, ctx, ctx.awsWith(pass, region))) };
}

/** In a transaction: the replica is as the primary is now. @throws {ServiceError} where its name is another's */
function settle(
  name: string,
  { region, kmsKeyId, overwrite }: ReplicaEntry,
  sealed: ReadonlyMap<string, VersionRow>,
  store: StoreView,
  ctx: Ctx,
): void {
  const secret = store.get(secrets, { name });
  if (secret?.replicas?.some((one) => one.region === region) !== true) return;
  const there = store.in({ region });
  const before = there.get(secrets, { name });
  if (before !== undefined && before.primary !== ctx.region) {
    if (overwrite !== true) throw nameTaken(name, region);
    dropRows(before, there);
  }
  const known = new Map(versionsOf(secret, there).map((version) => [version.id, version]));
  const wanted = versionsOf(secret, store);
  for (const version of wanted) {
    const row = sealed.get(version.id) ?? known.get(version.id);
    // One that has come since is brought by the run that it has started.
    if (row !== undefined) there.put(versions, { ...row, stages: version.stages });
  }
  for (const version of known.values())
    if (!wanted.some(({ id }) => id === version.id)) there.delete(versions, version);
  const { replicas: _, rotation: __, nextRotationAt: ___, accessedAt: ____, kmsKeyId: _____, ...shared } = secret;
  const { accessedAt } = before ?? {};
  there.put(secrets, {
    ...shared,
    arn: replicaArn(secret, region),
    primary: ctx.region,
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(accessedAt !== undefined && before?.primary === ctx.region && { accessedAt }),
  });
  note(name, region, { status: 'InSync', message: 'Replication succeeded' }, store);
}

function note(name: string, region: string, said: Pick<ReplicaEntry, 'status' | 'message'>, store: StoreView): void {
  const secret = store.get(secrets, { name });
  if (secret?.replicas === undefined) return;
  // What was overwritten once is not to be overwritten again.
  const replicas = secret.replicas.map(({ overwrite, ...one }) =>
    one.region === region ? { ...one, ...said } : { ...one, ...(overwrite && { overwrite }) },
  );
  store.put(secrets, { ...secret, replicas });
}

/** In a transaction: a replica's own key, the only thing of it that may be changed by itself. */
export function rekeyReplica(secret: SecretRow, kmsKeyId: string, store: StoreView, ctx: Ctx): void {
  const own = parseArn(secret.arn)?.region;
  const there = store.in({ region: secret.primary ?? '' });
  const origin = there.get(secrets, { name: secret.name });
  if (origin === undefined || own === undefined) return;
  const replicas = origin.replicas?.map((one) => (one.region === own ? { ...one, kmsKeyId } : one));
  there.put(secrets, { ...origin, ...(replicas !== undefined && { replicas }) });
  startReplication(origin, own, ctx);
}
