/** Templates that are too long for a request's body: a stack set's accounts fetch them where it has laid them. */
import type { Ctx } from '#kernel/contract';
import { textOf } from '../domain/texts.ts';
import { invalid } from '../errors.ts';
import { BODY_BYTES_MAX } from '../limits.ts';
import { handed, type SetRow, type UnitRow } from './state.ts';

const SCHEME = 'stackset:';

/** Gives `call` the template as a request may carry it. */
export async function withTemplate<T>(
  { source: { template }, id }: SetRow,
  { account, region }: UnitRow,
  ctx: Ctx,
  call: (given: { TemplateBody: string } | { TemplateURL: string }) => Promise<T>,
): Promise<T> {
  if (template.size <= BODY_BYTES_MAX) return call({ TemplateBody: await textOf(template, ctx) });
  const token = `${id}/${account}/${region}`;
  ctx.transact((store) => {
    if (store.get(handed, { token }) !== undefined) return;
    ctx.blobs.keep(template);
    store.put(handed, { token, account, template });
  });
  try {
    return await call({ TemplateURL: `${SCHEME}${token}` });
  } finally {
    ctx.transact((store) => {
      if (store.delete(handed, { token })) ctx.blobs.drop(template);
    });
  }
}

/** A template that was laid there for the caller's account; undefined for any other address. @throws {ServiceError} ValidationError */
export async function handedText(url: string, ctx: Ctx): Promise<string | undefined> {
  if (!url.startsWith(SCHEME)) return undefined;
  const row = ctx.store.get(handed, { token: url.slice(SCHEME.length) });
  if (row === undefined || row.account !== ctx.account) throw invalid('TemplateURL must be a supported URL.');
  return textOf(row.template, ctx);
}
