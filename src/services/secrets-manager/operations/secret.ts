/** Secrets: made, changed, shown, deleted. */
import { parseArn } from '#kernel/base';
import { type Ctx, type Handler, type InputOf, type OutputOf, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import {
  CURRENT,
  checkName,
  type Found,
  findSecret,
  labelled,
  liveSecret,
  lookUp,
  PENDING,
  PREVIOUS,
  versionsOf,
} from '../domain/find.ts';
import { dropRows, keepSecret, ownSecret, refuseReplica, replicationStatus } from '../domain/replica.ts';
import { abandonPending, forgetDeprecated, moveStages } from '../domain/stages.ts';
import { checkTagKeys, OWNER_TAG, withTags } from '../domain/tags.ts';
import { tell } from '../domain/tell.ts';
import { setTimers } from '../domain/timers.ts';
import { keyOf, openValue, readValue, sealValue, tryKey, type Value } from '../domain/value.ts';
import {
  badRecovery,
  exists,
  forceWithRecovery,
  invalidParameter,
  nameScheduled,
  notDeleted,
  notOnReplica,
  noValue,
  stillReplicated,
  tokenInUse,
} from '../errors.ts';
import { DAY_LENGTH, LABELS_MAX, RECOVERY_DEFAULT_DAYS, TAGS_MAX } from '../limits.ts';
import { type SecretRow, secrets, type VersionRow, versions } from '../state.ts';
import { rekeyReplica, withReplicas } from './replica.ts';

const OWN_STAGES: readonly string[] = [CURRENT, PREVIOUS, PENDING];
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export const createSecret: Handler<'secrets-manager', 'CreateSecret'> = async (input, ctx) => {
  const { Name: name } = input;
  checkName(name);
  checkTagKeys((input.Tags ?? []).map(({ Key = '' }) => Key));
  if ((input.Tags?.length ?? 0) > TAGS_MAX) throw invalidParameter(`The maximum number of tags is ${TAGS_MAX}.`);
  const value = readValue(input);
  const id = input.ClientRequestToken ?? ctx.uuid();
  const before = ctx.store.get(secrets, { name });
  if (before !== undefined) return again(before, id, value, ctx);
  const arn = newArn(name, ctx);
  const owner = ownerOf(name, ctx);
  const plain: SecretRow = {
    name,
    arn,
    ...(input.Description !== undefined && { description: input.Description }),
    ...keyOf(input.KmsKeyId),
    tags: [...withTags([], input.Tags ?? []), ...(owner === undefined ? [] : [{ Key: OWNER_TAG, Value: owner }])],
    ...(owner !== undefined && { owner }),
    createdAt: ctx.now,
    changedAt: ctx.now,
  };
  const row = withReplicas(plain, input.AddReplicaRegions ?? [], input.ForceOverwriteReplicaSecret === true);
  if (row.kmsKeyId !== undefined) await tryKey(row, ctx);
  const sealed = value && (await sealValue(value, row, id, ctx));
  ctx.transact((store) => {
    if (store.get(secrets, { name }) !== undefined) throw exists(name);
    if (sealed !== undefined) store.put(versions, newVersion(row, id, sealed, [CURRENT], ctx));
    keepSecret(row, store, ctx);
  });
  return {
    ARN: arn,
    Name: name,
    ...(sealed !== undefined && { VersionId: id }),
    ...(row.replicas !== undefined && { ReplicationStatus: replicationStatus(row, ctx.store) }),
  };
};

function newArn(name: string, ctx: Ctx): string {
  const suffix = Array.from({ length: 6 }, () => LETTERS[ctx.random.below(LETTERS.length)]).join('');
  return `arn:${ctx.partition}:secretsmanager:${ctx.region}:${ctx.account}:secret:${name}-${suffix}`;
}

/** What a secret that is not there is called, by its name or by its ARN. */
function named(id: string, ctx: Ctx): { ARN: string; Name: string } {
  const [, name] = /^arn:(?:[^:]*:){5}(.+?)(?:-[A-Za-z0-9]{6})?$/.exec(id) ?? [];
  return name === undefined ? { ARN: newArn(id, ctx), Name: id } : { ARN: id, Name: name };
}

/** The service that makes a secret for itself: its name begins with that of the service. Source: Secrets Manager User Guide, "Secrets managed by other AWS services". */
function ownerOf(name: string, { caller }: Ctx): string | undefined {
  const [, service] = /^([a-z0-9-]+)!/.exec(name) ?? [];
  const { principal, via } = caller;
  const asking = principal.kind === 'service' ? principal.service : via?.at(-1);
  return service !== undefined && asking === `${service}.amazonaws.com` ? service : undefined;
}

/** The same request again is answered again; another one is refused. */
function again(before: SecretRow, id: string, value: Value | undefined, ctx: Ctx) {
  if (before.deletedAt !== undefined) throw nameScheduled();
  const version = ctx.store.get(versions, { name: before.name, id });
  if (version === undefined || version.hash !== value?.hash) throw exists(before.name);
  return { ARN: before.arn, Name: before.name, VersionId: id };
}

function newVersion(
  secret: SecretRow,
  id: string,
  sealed: Pick<VersionRow, 'sealed' | 'dataKey' | 'binary' | 'hash'>,
  stages: string[],
  ctx: Ctx,
): VersionRow {
  const { name, kmsKeyId } = secret;
  return { name, id, stages, ...sealed, ...(kmsKeyId !== undefined && { kmsKeyId }), createdAt: ctx.now };
}

export const putSecretValue: Handler<'secrets-manager', 'PutSecretValue'> = async (input, ctx) => {
  const value = readValue(input);
  if (value === undefined) throw noValue();
  if ((input.VersionStages?.length ?? 0) > LABELS_MAX)
    throw invalidParameter(`The maximum number of staging labels is ${LABELS_MAX}.`);
  return store(input.SecretId, value, input.ClientRequestToken, input.VersionStages, ctx);
};

/** One that a rotation has begun stays pending; any other is the current one. */
const defaultStages = (known: VersionRow | undefined) => [known?.stages.includes(PENDING) === true ? PENDING : CURRENT];

const unchanged = (row: SecretRow) => row;

/** A value as a version: with the labels that are asked for, or as the current one. */
async function store(
  secretId: string,
  value: Value,
  token: string | undefined,
  stages: readonly string[] | undefined,
  ctx: Ctx,
  change: (row: SecretRow) => SecretRow = unchanged,
) {
  const { secret, store: view } = ownSecret(secretId, ctx);
  const id = token ?? ctx.uuid();
  const after = change(secret);
  if (after.kmsKeyId !== secret.kmsKeyId) await tryKey(after, ctx);
  // The same value once more is told from another one by reading the one that is kept. Source: radkawar/stackd, measured in 2026.
  const kept = view.get(versions, { name: secret.name, id });
  if (kept?.sealed !== undefined) await openValue(kept, secret.arn, ctx);
  const sealed = await sealValue(value, after, id, ctx);
  return ctx.transact(() => {
    const { secret: row, store: view } = liveSecret(secretId, ctx);
    const known = view.get(versions, { name: row.name, id });
    if (known?.sealed !== undefined && known.hash !== value.hash) throw tokenInUse(id, row.arn);
    // Source: Secrets Manager API Reference, PutSecretValue, ClientRequestToken: the same once more changes nothing.
    if (known?.sealed !== undefined && change === unchanged)
      return { ARN: row.arn, Name: row.name, VersionId: id, VersionStages: [...known.stages] };
    const isFirst = view.first(versions, { where: { name: row.name } }) === undefined;
    const wanted = isFirst && stages !== undefined ? [...stages, CURRENT] : (stages ?? defaultStages(known));
    const isByHand = known === undefined && wanted.includes(CURRENT);
    const changed = { ...change(row), ...(isByHand && putOff(row, ctx)), changedAt: ctx.now };
    keepSecret(changed, view, ctx);
    if (changed.nextRotationAt !== row.nextRotationAt) setTimers(changed, ctx);
    const made = newVersion(changed, id, sealed, known?.stages ?? [], ctx);
    const version = moveStages(changed, { ...made, createdAt: known?.createdAt ?? made.createdAt }, wanted, view);
    // Source: Secrets Manager User Guide, "Logging AWS Secrets Manager events", RotationAbandoned.
    if (isByHand && abandonPending(changed, view))
      tell('RotationAbandoned', row.arn, ctx, { place: placeOf(row, ctx) });
    forgetDeprecated(changed, ctx.now, view);
    return { ARN: row.arn, Name: row.name, VersionId: id, VersionStages: [...version.stages] };
  });
}

function placeOf({ arn }: SecretRow, ctx: Ctx): { account: string; region: string } {
  const { account = ctx.account, region = ctx.region } = parseArn(arn) ?? {};
  return { account, region };
}

/** In a transaction: each version of a secret is told of by itself. Source: Secrets Manager User Guide, "Logging AWS Secrets Manager events". */
function tellOfVersions(eventName: string, secret: SecretRow, view: StoreView, ctx: Ctx): void {
  for (const _ of versionsOf(secret, view)) tell(eventName, secret.arn, ctx, { place: placeOf(secret, ctx) });
}

/** A value that is set by hand counts as a rotation where one is due so many days after another. Source: API Reference, RotationRulesType, AutomaticallyAfterDays. */
function putOff({ rotation }: SecretRow, ctx: Ctx): Pick<SecretRow, 'nextRotationAt'> {
  const days = rotation?.enabled === true ? rotation.rules.AutomaticallyAfterDays : undefined;
  return days === undefined ? {} : { nextRotationAt: ctx.now + days * DAY_LENGTH };
}

export const updateSecret: Handler<'secrets-manager', 'UpdateSecret'> = async (input, ctx) => {
  const value = readValue(input);
  const change = ({ kmsKeyId, ...row }: SecretRow): SecretRow => ({
    ...row,
    ...(input.Description !== undefined && { description: input.Description }),
    ...keyOf(input.KmsKeyId ?? kmsKeyId),
  });
  if (value !== undefined) {
    const { VersionStages: _, ...made } = await store(
      input.SecretId,
      value,
      input.ClientRequestToken,
      [CURRENT],
      ctx,
      change,
    );
    return made;
  }
  const found = liveSecret(input.SecretId, ctx);
  const isReplica = found.secret.primary !== undefined;
  if (isReplica && (input.KmsKeyId === undefined || input.Description !== undefined)) throw notOnReplica();
  const sealed = isReplica ? [] : await sealedAnew(found, change(found.secret), ctx);
  return ctx.transact(() => {
    const { secret, store: view } = liveSecret(input.SecretId, ctx);
    if (secret.primary !== undefined) rekeyReplica(secret, input.KmsKeyId ?? '', view, ctx);
    else {
      for (const { id, ...anew } of sealed) {
        const version = view.get(versions, { name: secret.name, id });
        if (version === undefined) continue;
        const { kmsKeyId: _, ...rest } = version;
        view.put(versions, { ...rest, ...anew });
      }
      keepSecret({ ...change(secret), changedAt: ctx.now }, view, ctx);
    }
    return { ARN: secret.arn, Name: secret.name };
  });
};

/** Under another key, the versions that labels of Secrets Manager are on are sealed anew. Source: Secrets Manager API Reference, UpdateSecret, KmsKeyId. */
async function sealedAnew({ secret, store: view }: Found, after: SecretRow, ctx: Ctx) {
  if (after.kmsKeyId === secret.kmsKeyId) return [];
  await tryKey(after, ctx);
  const sealed: Pick<VersionRow, 'id' | 'sealed' | 'dataKey' | 'kmsKeyId'>[] = [];
  for (const version of versionsOf(secret, view)) {
    const { id, binary, hash, stages } = version;
    if (version.sealed === undefined || !stages.some((stage) => OWN_STAGES.includes(stage))) continue;
    const bytes = await openedOrDenied(version, secret, ctx);
    if (bytes === undefined) continue;
    sealed.push({ id, ...(await sealValue({ bytes, binary, hash }, after, id, ctx)), ...keyOf(after.kmsKeyId) });
  }
  return sealed;
}

/** Undefined where the caller may not use the key before: the version stays under it. Source: radkawar/stackd, measured in 2026. */
async function openedOrDenied(version: VersionRow, { arn }: SecretRow, ctx: Ctx): Promise<Buffer | undefined> {
  try {
    return await openValue(version, arn, ctx);
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'AccessDeniedException') return undefined;
    throw error;
  }
}

type Described = OutputOf<'secrets-manager', 'DescribeSecret'>;

export const describeSecret: Handler<'secrets-manager', 'DescribeSecret'> = (input, ctx) => {
  const { secret, store: view } = findSecret(input.SecretId, ctx);
  const stages = Object.fromEntries(
    versionsOf(secret, view).flatMap(({ id, stages: labels }) => (labels.length === 0 ? [] : [[id, [...labels]]])),
  );
  return {
    ...shown(secret),
    ...(secret.replicas !== undefined && { ReplicationStatus: replicationStatus(secret, view) }),
    ...(Object.keys(stages).length > 0 && { VersionIdsToStages: stages }),
  };
};

/** A secret as it is described, but for its versions. */
export function shown(secret: SecretRow): Omit<Described, 'VersionIdsToStages'> {
  const { rotation } = secret;
  const primary = secret.primary ?? (secret.replicas && parseArn(secret.arn)?.region);
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...((secret.description ?? '') !== '' && { Description: secret.description }),
    ...(secret.kmsKeyId !== undefined && { KmsKeyId: secret.kmsKeyId }),
    ...(rotation !== undefined && {
      RotationEnabled: rotation.enabled,
      ...(rotation.lambdaArn !== undefined && { RotationLambdaARN: rotation.lambdaArn }),
      // Those of a rotation that was turned off, too.
      RotationRules: {
        ...(rotation.everyDays !== undefined && { AutomaticallyAfterDays: rotation.everyDays }),
        ...rotation.rules,
      },
    }),
    ...(secret.rotatedAt !== undefined && { LastRotatedDate: secret.rotatedAt }),
    LastChangedDate: secret.changedAt,
    ...(secret.accessedAt !== undefined && { LastAccessedDate: secret.accessedAt }),
    ...(secret.deletedAt !== undefined && { DeletedDate: secret.deletedAt }),
    ...(secret.nextRotationAt !== undefined && { NextRotationDate: secret.nextRotationAt }),
    ...(secret.tags.length > 0 && { Tags: [...secret.tags] }),
    CreatedDate: secret.createdAt,
    ...(secret.owner !== undefined && { OwningService: secret.owner }),
    ...(primary !== undefined && { PrimaryRegion: primary }),
  };
}

export const deleteSecret: Handler<'secrets-manager', 'DeleteSecret'> = (input, ctx) => {
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
  if (force === true && days !== undefined) throw forceWithRecovery();
  if (days !== undefined && (days < 7 || days > 30)) throw badRecovery();
  if (!input.SecretId.startsWith('arn:')) checkName(input.SecretId);
  const found = lookUp(input.SecretId, ctx);
  // What is gone may be deleted by force all the same.
  if (found === undefined && force === true) return { ...named(input.SecretId, ctx), DeletionDate: ctx.now };
  const { secret, store: view } = liveOrGone(input, ctx);
  refuseReplica(secret);
  if (secret.replicas !== undefined)
    throw stillReplicated(
      input.SecretId,
      secret.replicas.map(({ region }) => region),
    );
  const at = force === true ? ctx.now : ctx.now + (days ?? RECOVERY_DEFAULT_DAYS) * DAY_LENGTH;
  tellOfVersions('StartSecretVersionDelete', secret, view, ctx);
  if (force === true) erase(secret, view, ctx);
  else {
    const row = { ...secret, deletedAt: at };
    view.put(secrets, row);
    setTimers(row, ctx);
  }
  return { ARN: secret.arn, Name: secret.name, DeletionDate: at };
};

function liveOrGone({ SecretId, ForceDeleteWithoutRecovery }: InputOf<'secrets-manager', 'DeleteSecret'>, ctx: Ctx) {
  return ForceDeleteWithoutRecovery === true ? findSecret(SecretId, ctx) : liveSecret(SecretId, ctx);
}

/** Removes a secret for good. In a transaction. */
export function erase(secret: SecretRow, view: StoreView, ctx: Ctx): void {
  tellOfVersions('EndSecretVersionDelete', secret, view, ctx);
  dropRows(secret, view);
  ctx.disarm('erase', secret.name);
  ctx.disarm('rotate', secret.name);
}

export const restoreSecret: Handler<'secrets-manager', 'RestoreSecret'> = (input, ctx) => {
  const { secret, store: view } = findSecret(input.SecretId, ctx);
  if (secret.deletedAt === undefined) throw notDeleted();
  const { deletedAt: _, ...row } = secret;
  view.put(secrets, row);
  setTimers(row, ctx);
  tellOfVersions('CancelSecretVersionDelete', row, view, ctx);
  return { ARN: secret.arn, Name: secret.name };
};

export const updateSecretVersionStage: Handler<'secrets-manager', 'UpdateSecretVersionStage'> = (input, ctx) => {
  const { secret, store: view } = ownSecret(input.SecretId, ctx);
  const { VersionStage: stage, MoveToVersionId: to, RemoveFromVersionId: from } = input;
  const holder = labelled(secret, stage, view);
  if (holder !== undefined && (to === undefined ? from === undefined : holder.id !== to && from !== holder.id))
    throw invalidParameter(
      from === undefined
        ? `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`
        : `Staging label ${stage} is not attached to version ${from}.`,
    );
  if (from !== undefined && holder?.id !== from)
    throw invalidParameter(`Staging label ${stage} is not attached to version ${from}.`);
  if (to === undefined && from !== undefined) {
    if (stage === CURRENT)
      throw invalidParameter(
        `You can only move staging label ${CURRENT} to a different secret version. It can’t be completely removed.`,
      );
    if (holder !== undefined) view.put(versions, { ...holder, stages: holder.stages.filter((one) => one !== stage) });
  } else if (to !== undefined) {
    const target = view.get(versions, { name: secret.name, id: to });
    if (target === undefined) throw invalidParameter(`The version ${to} does not exist.`);
    moveStages(secret, target, [stage], view);
  }
  keepSecret({ ...secret, changedAt: ctx.now }, view, ctx);
  return { ARN: secret.arn, Name: secret.name };
};
