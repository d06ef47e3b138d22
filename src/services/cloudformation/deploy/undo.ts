/** Takes back what may not have come about. */
import { isDeepStrictEqual } from 'node:util';
import { type Properties, ServiceError } from '#kernel/contract';
import type { JsonObject } from '../domain/parse.ts';
import { onlyThere } from '../domain/there.ts';

/**
 * Acts on a resource with the properties that it may have; where that is refused, with those of them that are really there: what a failed change
 * has never set can't be taken away.
 *
 * @param read gives the resource as it is; undefined where that can't be told
 * @throws {ServiceError}
 */
export async function actOnWhatIsThere<Result>(
  told: JsonObject,
  read: () => Promise<Properties | undefined> | undefined,
  act: (properties: JsonObject) => Promise<Result>,
): Promise<Result> {
  try {
    return await act(told);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const actual = await Promise.resolve(read()).catch(() => undefined);
    const there = actual === undefined ? told : onlyThere(told, actual);
    if (isDeepStrictEqual(there, told)) throw error;
    return act(there);
  }
}
