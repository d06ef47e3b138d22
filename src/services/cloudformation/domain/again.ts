/** Requests that come again, by their tokens. Source: CloudFormation API Reference, CreateStack, ClientRequestToken. */
import { isDeepStrictEqual } from 'node:util';
import { sha256Hex } from '#kernel/base';
import { tokenExists } from '../errors.ts';
import type { OperationEntry, StackRow } from '../state.ts';

type Asked = { ClientRequestToken?: string | undefined };

/** By which a request is known again; undefined without a token. */
export type Mark = { token: string; request: string };

/** The mark of a request. */
export function markOf(input: Asked): Mark | undefined {
  const { ClientRequestToken: token } = input;
  return token === undefined ? undefined : { token, request: sha256Hex(JSON.stringify(input)) };
}

/**
 * The operation that the same request has begun before, where nothing else has happened to the stack since.
 *
 * @throws {ServiceError} TokenAlreadyExistsException for a token of another request, among the last operations that the stack tells of
 */
export function begunBefore(stack: StackRow | undefined, input: Asked): OperationEntry | undefined {
  const mark = markOf(input);
  const entries = stack?.lastOperations ?? [];
  const known = mark && entries.find((entry) => entry.mark?.token === mark.token);
  if (known === undefined) return undefined;
  // What went back did so by itself.
  const last = entries.find(({ OperationType, mark: asked }) => OperationType !== 'ROLLBACK' || asked !== undefined);
  if (known !== last || !isDeepStrictEqual(known.mark, mark)) throw tokenExists();
  return known;
}
