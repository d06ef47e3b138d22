/** What others may see of Lambda: functions, as they are FIS's targets, and layers that are brought here. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { describe } from './domain/describe.ts';
import { versionOf } from './domain/find.ts';
import { layers, layerVersions } from './layer-state.ts';
import { functions, versions } from './state.ts';

/** Functions of an account, as ListFunctions shows them, with their tags. */
export function describeFunctions(store: StoreView, account: string, ctx: Ctx, name?: string) {
  const found =
    name === undefined ? store.list(functions) : [store.get(functions, { name })].filter((row) => row !== undefined);
  return found.flatMap((row) => {
    const version = store.get(versions, { name: row.name, number: 0 });
    if (version === undefined) return [];
    const described = describe(version, account, false, ctx);
    return [{ arn: described.FunctionArn ?? '', tags: row.tags, described }];
  });
}

/** Whether a function has such a version or alias. */
export function hasVersion(store: StoreView, name: string, qualifier: string): boolean {
  return versionOf(store, name, qualifier) !== undefined;
}

/** In a transaction: the next version of a layer gets this number; without one, that which it would have anyway. @returns whether it is free */
export function expectLayer(store: StoreView, name: string, number?: number): boolean {
  if (number !== undefined && store.get(layerVersions, { name, number }) !== undefined) return false;
  const { published = 0 } = store.get(layers, { name }) ?? {};
  store.put(layers, { name, published, ...(number !== undefined && { next: number }) });
  return true;
}
