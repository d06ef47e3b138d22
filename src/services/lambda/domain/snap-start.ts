/**
 * SnapStart: a version that is published is started once, and may be called when that went well.
 * Source: Lambda Developer Guide, "Improving startup performance with Lambda SnapStart".
 *
 * Deviation: processes can't be copied here. What was started ahead takes the first call; environments after it are started like it, and are restored at once.
 */
import { type Millis, SECOND } from '#kernel/base';
import { type Ctx, notBuilt, ServiceError, type TaskHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { notActive, notForSnapStart, snapStartStorage } from '../errors.ts';
import { STORAGE_DEFAULT } from '../limits.ts';
import { type VersionRow, versions } from '../state.ts';
import { type Found, targetOf } from './find.ts';
import { credentialsOf, specOf } from './spec.ts';
import { opened } from './variables.ts';

/** Source: "Supported features and limitations". */
const RUNTIMES = /^(java(11|17|21|25)|python3\.1[2-9])$/;
/** Who asks how a version is waits for its start so long. */
const LINGER_MAX: Millis = 5 * SECOND;

/** @throws {ServiceError} InvalidParameterValueException */
export function checkSnapStart(runtime: string, storage: number): void {
  // Its hooks are not built.
  if (/^dotnet(8|10)$/.test(runtime)) throw notBuilt(`SnapStart for ${runtime}`);
  if (!RUNTIMES.test(runtime)) throw notForSnapStart(runtime);
  if (storage > STORAGE_DEFAULT) throw snapStartStorage(STORAGE_DEFAULT);
}

/** Has a version started that is new. In a transaction. */
export function startSnapshot({ name, version }: VersionRow, account: string, ctx: Ctx): void {
  ctx.start('snapshot', `${name}:${version}`, { name, version }, { account, region: ctx.region });
}

/** Starts a version that is new: afterwards it is active, or has failed. */
export const takeSnapshot: TaskHandler = async ({ name, version }, ctx) => {
  const target = targetOf(String(name), String(version), ctx);
  if (target?.version.state !== 'Pending') return;
  const hasStarted = await hasBegun(target, ctx);
  ctx.transact((store) => {
    const row = store.get(versions, { name: target.version.name, number: target.version.number });
    if (row?.state !== 'Pending') return;
    const { state: _, ...active } = row;
    store.put(versions, hasStarted ? active : { ...active, state: 'Failed' });
    ctx.signal(startedSignal(row));
  });
};

async function hasBegun(target: NonNullable<ReturnType<typeof targetOf>>, ctx: Ctx): Promise<boolean> {
  try {
    const role = await credentialsOf(target.account, target.version, ctx);
    return await ctx.engines.function.start(specOf(await opened(target, role, ctx), role, ctx));
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

const startedSignal = ({ name, version }: VersionRow) => `lambda.snapshot.${name}:${version}`;

/** The version, once it has started or failed; not for long. */
export async function settled({ version, store }: Pick<Found, 'version' | 'store'>, ctx: Ctx): Promise<VersionRow> {
  if (version.state !== 'Pending') return version;
  await ctx.linger(startedSignal(version), LINGER_MAX);
  return now(version, store);
}

function now(version: VersionRow, store: StoreView): VersionRow {
  return store.get(versions, { name: version.name, number: version.number }) ?? version;
}

/** @throws {ServiceError} ResourceConflictException for a version that can't be called yet, or ever */
export function checkActive({ state }: VersionRow): void {
  if (state !== undefined) throw notActive(state);
}
