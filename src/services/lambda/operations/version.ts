/** Versions of functions. */
import { type Ctx, type Handler, type InputOf, notBuilt } from '#kernel/contract';
import { describe, summarize } from '../domain/describe.ts';
import { findFunction, findWhole } from '../domain/find.ts';
import { markedNumber } from '../domain/names.ts';
import { showVariables } from '../domain/variables.ts';
import { publish } from '../domain/versions.ts';
import { codeChanged, revisionChanged } from '../errors.ts';
import { LIST_DEFAULT } from '../limits.ts';
import { versions } from '../state.ts';

export const publishVersion: Handler<'lambda', 'PublishVersion'> = async (input, ctx) => {
  const { told, made, account } = ctx.transact(() => published(input, ctx));
  return showVariables(told, made, account, ctx);
};

function published(input: InputOf<'lambda', 'PublishVersion'>, ctx: Ctx) {
  const { function: row, version, named, store } = findWhole(input.FunctionName, ctx);
  if (input.RevisionId !== undefined && input.RevisionId !== version.revisionId) throw revisionChanged();
  if (input.CodeSha256 !== undefined && input.CodeSha256 !== '' && input.CodeSha256 !== version.codeSha256)
    throw codeChanged(input.CodeSha256, version.codeSha256);
  if (input.PublishTo !== undefined) throw notBuilt('PublishTo');
  const made = publish(row, version, input.Description, store, ctx);
  return { told: describe(made, named.account, true, ctx), made, account: named.account };
}

export const listVersionsByFunction: Handler<'lambda', 'ListVersionsByFunction'> = async (input, ctx) => {
  const { named, store } = findFunction(input.FunctionName, undefined, ctx);
  const limit = Math.min(input.MaxItems ?? LIST_DEFAULT, LIST_DEFAULT);
  const after = input.Marker === undefined ? undefined : { number: markedNumber(input.Marker) };
  const rows = store.list(versions, { where: { name: named.name }, after, limit: limit + 1 });
  return {
    Versions: await Promise.all(
      rows
        .slice(0, limit)
        .map((row) => showVariables(summarize(row, named.account, true, ctx), row, named.account, ctx)),
    ),
    ...(rows.length > limit && { NextMarker: String(rows[limit - 1]?.number) }),
  };
};
