/** Finding secrets: by name, by ARN, by an ARN without its last six characters. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { badName, deleted, notFound, stageNotFound, stageOfOther, versionNotFound } from '../errors.ts';
import { type SecretRow, secrets, type VersionRow, versions } from '../state.ts';

export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';
export const PENDING = 'AWSPENDING';
const ARN = /^arn:[a-z-]+:secretsmanager:([a-z0-9-]+):(\d{12}):secret:(.+)$/;

export type Found = { secret: SecretRow; store: StoreView; account: string };

/** Undefined where there is none. */
export function lookUp(id: string, ctx: Ctx): Found | undefined {
  const [, region, account = ctx.account, name = id] = ARN.exec(id) ?? [];
  // A Region knows its own secrets only.
  if (region !== undefined && region !== ctx.region) return undefined;
  const store = ctx.store.in({ account });
  const secret =
    region === undefined
      ? store.get(secrets, { name })
      : (store.first(secrets, { index: 'byArn', where: { arn: id } }) ?? store.get(secrets, { name }));
  return secret && { secret, store, account };
}

/** Whose secret an ARN names; undefined for what is no ARN. */
export const accountIn = (id: string): string | undefined => ARN.exec(id)?.[2];

/** @throws {ServiceError} ValidationException */
export function checkName(name: string): void {
  if (!/^[\w/+=.@!-]+$/.test(name)) throw badName();
}

/** @throws {ServiceError} ResourceNotFoundException, ValidationException */
export function findSecret(id: string, ctx: Ctx): Found {
  if (!id.startsWith('arn:')) checkName(id);
  const found = lookUp(id, ctx);
  if (found === undefined) throw notFound();
  return found;
}

/** One that is not marked for deletion. @throws {ServiceError} InvalidRequestException */
export function liveSecret(id: string, ctx: Ctx): Found {
  const found = findSecret(id, ctx);
  if (found.secret.deletedAt !== undefined) throw deleted();
  return found;
}

/** All versions of a secret. */
export function versionsOf({ name }: SecretRow, store: StoreView): VersionRow[] {
  return store.list(versions, { where: { name } });
}

/** The version with a label; undefined where none has it. */
export function labelled(secret: SecretRow, stage: string, store: StoreView): VersionRow | undefined {
  return versionsOf(secret, store).find(({ stages }) => stages.includes(stage));
}

/** @throws {ServiceError} ResourceNotFoundException, InvalidRequestException */
export function findVersion(
  secret: SecretRow,
  id: string | undefined,
  stage: string | undefined,
  store: StoreView,
): VersionRow {
  if (id === undefined) {
    const found = labelled(secret, stage ?? CURRENT, store);
    if (found?.sealed === undefined) throw stageNotFound(stage ?? CURRENT);
    return found;
  }
  const found = store.get(versions, { name: secret.name, id });
  if (found?.sealed === undefined) throw versionNotFound(id);
  if (stage !== undefined && !found.stages.includes(stage)) throw stageOfOther();
  return found;
}
