/** Replicas: the same secret in other Regions, each under a key of that Region, in sync with the primary. Source: Secrets Manager User Guide, "Replicate AWS Secrets Manager secrets across Regions". */
import { parseArn } from '#kernel/base';
import type { Ctx, OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { notOnReplica } from '../errors.ts';
import { type ReplicaEntry, type SecretRow, secrets, versions } from '../state.ts';
import { type Found, liveSecret, versionsOf } from './find.ts';
import { DEFAULT_KEY } from './value.ts';

/** Keeps a secret as it is now, and brings it to its replicas. In a transaction. */
export function keepSecret(row: SecretRow, store: StoreView, ctx: Ctx): void {
  store.put(secrets, row);
  for (const { region } of row.replicas ?? []) startReplication(row, region, ctx);
}

/** In a transaction: a replica is brought up to date, in the name of who asks now. */
export function startReplication({ name, arn }: SecretRow, region: string, ctx: Ctx): void {
  const { account = ctx.account, region: own = ctx.region } = parseArn(arn) ?? {};
  ctx.start('replicate', `${name}/${region}`, { name, region, pass: ctx.pass() }, { account, region: own });
}

/** A secret that may be changed: what is a replica follows its primary. @throws {ServiceError} InvalidRequestException */
export function ownSecret(id: string, ctx: Ctx): Found {
  const found = liveSecret(id, ctx);
  refuseReplica(found.secret);
  return found;
}

/** @throws {ServiceError} InvalidRequestException */
export function refuseReplica({ primary }: SecretRow): void {
  if (primary !== undefined) throw notOnReplica();
}

/** The ARN that a secret has in another Region. */
export function replicaArn({ arn }: Pick<SecretRow, 'arn'>, region: string): string {
  return arn.replace(/^(arn:[^:]+:secretsmanager:)[^:]+/, `$1${region}`);
}

/** The replica that a secret has in a Region; undefined where what has its name there is none of its. In a transaction. */
export function replicaIn(secret: SecretRow, region: string, store: StoreView): SecretRow | undefined {
  const found = store.in({ region }).get(secrets, { name: secret.name });
  return found?.primary === parseArn(secret.arn)?.region ? found : undefined;
}

/** In a transaction: removes a secret's rows, and nothing else of it. */
export function dropRows(secret: SecretRow, store: StoreView): void {
  for (const version of versionsOf(secret, store)) store.delete(versions, version);
  store.delete(secrets, { name: secret.name });
}

type Status = NonNullable<OutputOf<'secrets-manager', 'DescribeSecret'>['ReplicationStatus']>[number];

/** Replicas as the API shows them. */
export function replicationStatus(secret: SecretRow, store: StoreView): Status[] {
  return (secret.replicas ?? []).map(({ region, kmsKeyId, status, message }: ReplicaEntry) => {
    const { accessedAt } = replicaIn(secret, region, store) ?? {};
    return {
      Region: region,
      KmsKeyId: kmsKeyId ?? DEFAULT_KEY,
      Status: status,
      ...(message !== undefined && { StatusMessage: message }),
      ...(accessedAt !== undefined && { LastAccessedDate: accessedAt }),
    };
  });
}
