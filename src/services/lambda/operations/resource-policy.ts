/** The policy of a function, a version or an alias as one document: the newer way to write what AddPermission adds to. */
import { utf8Length } from '#kernel/base';
import { type Ctx, type Handler, policyFault } from '#kernel/contract';
import { findFunction, policyDocument } from '../domain/find.ts';
import { invalid, invalidPrincipal, noPolicy, policyTooLong, revisionChanged } from '../errors.ts';
import { POLICY_BYTES_MAX } from '../limits.ts';
import { policies, type Statement } from '../state.ts';

export const putResourcePolicy: Handler<'lambda', 'PutResourcePolicy'> = (input, ctx) => {
  const { key, store, row } = find(input.ResourceArn, ctx);
  if (input.RevisionId !== undefined && input.RevisionId !== row?.revisionId) throw revisionChanged();
  if (policyFault(input.Policy, 'resource') !== undefined) throw invalidPrincipal();
  if (utf8Length(input.Policy) > POLICY_BYTES_MAX) throw policyTooLong(utf8Length(input.Policy));
  const revisionId = ctx.uuid();
  store.put(policies, { ...key, statements: statementsOf(input.Policy), revisionId });
  return { Policy: input.Policy, RevisionId: revisionId };
};

export const getResourcePolicy: Handler<'lambda', 'GetResourcePolicy'> = (input, ctx) => {
  const { row } = find(input.ResourceArn, ctx);
  if (row === undefined) throw noPolicy();
  return { Policy: JSON.stringify(policyDocument(row.statements)), RevisionId: row.revisionId };
};

export const deleteResourcePolicy: Handler<'lambda', 'DeleteResourcePolicy'> = (input, ctx) => {
  const { key, store, row } = find(input.ResourceArn, ctx);
  if (row === undefined) throw noPolicy();
  if (input.RevisionId !== undefined && input.RevisionId !== row.revisionId) throw revisionChanged();
  store.delete(policies, key);
  return {};
};

function find(arn: string, ctx: Ctx) {
  const { named, store } = findFunction(arn, undefined, ctx);
  const key = { name: named.name, qualifier: named.qualifier ?? '' };
  return { key, store, row: store.get(policies, key) };
}

/** Each with an id, by which RemovePermission finds it. @throws {ServiceError} InvalidParameterValueException */
function statementsOf(text: string): Statement[] {
  const { Statement: given } = JSON.parse(text) as { Statement: object | object[] };
  const all = Array.isArray(given) ? given : [given];
  const statements = all.map((one, index) => ({ Sid: String(index), ...one }) as Statement);
  if (new Set(statements.map(({ Sid }) => Sid)).size < statements.length)
    throw invalid('Statement IDs (SID) in a single policy must be unique.');
  return statements;
}
