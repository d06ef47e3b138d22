/** Templates and experiments by their ids, client tokens, and new ids. */
import { digestOfRequest } from '#kernel/base';
import { type Ctx, raise } from '#kernel/contract';
import type { Reads } from '#kernel/store';
import { noExperiment, noTemplate, tokenReused } from '../errors.ts';
import { TOKEN_RETENTION } from '../limits.ts';
import { type ExperimentRow, experiments, type TemplateRow, templates, tokens } from '../state.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** @throws {ServiceError} ResourceNotFoundException */
export function findTemplate(id: string, store: Reads): TemplateRow {
  return store.get(templates, { id }) ?? raise(noTemplate(id));
}

/** @throws {ServiceError} ResourceNotFoundException */
export function findExperiment(id: string, store: Reads): ExperimentRow {
  return store.get(experiments, { id }) ?? raise(noExperiment(id));
}

/** `EXT` and 14 characters, or `EXP` and 15, as AWS's are. */
export function newId(kind: 'EXT' | 'EXP', ctx: Ctx): string {
  return kind + ctx.random.text(kind === 'EXT' ? 14 : 15, ALPHABET);
}

/** ARN of what belongs to FIS in the caller's account and Region. */
export function arnOf(
  kind: 'experiment-template' | 'experiment' | 'action' | 'safety-lever',
  id: string,
  ctx: Ctx,
): string {
  return `arn:${ctx.partition}:fis:${ctx.region}:${ctx.account}:${kind}/${id}`;
}

/**
 * What a request with a client token made before. In a transaction.
 *
 * @returns the id; undefined for a token that is new
 * @throws  {ServiceError} ConflictException when it was another request
 */
export function madeBefore(operation: string, input: { clientToken?: string }, ctx: Ctx): string | undefined {
  const { clientToken: token, ...rest } = input;
  if (token === undefined) return undefined;
  const row = ctx.store.get(tokens, { operation, token });
  if (row !== undefined && row.digest !== digestOfRequest(rest)) throw tokenReused();
  return row?.id;
}

/** Remembers what a request made. In a transaction. */
export function remember(operation: string, input: { clientToken?: string }, id: string, ctx: Ctx): void {
  const { clientToken: token, ...rest } = input;
  if (token === undefined) return;
  ctx.store.put(tokens, { operation, token, digest: digestOfRequest(rest), id });
  ctx.arm('forgetToken', `${operation} ${token}`, ctx.now + TOKEN_RETENTION, { operation, token });
}
