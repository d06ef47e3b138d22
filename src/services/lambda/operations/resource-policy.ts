/** The policy of a function, a version or an alias as one document: the newer way to write what AddPermission adds to. */
import { utf8Length } from '#kernel/base';
import { type Ctx, type Handler, policyFault } from '#kernel/contract';
import { findFunction, policyDocument } from '../domain/find.ts';
import { revise, revisionOf } from '../domain/revision.ts';
import { invalid, invalidPrincipal, noPolicy, policyTooLong, revisionChanged } from '../errors.ts';
import { POLICY_BYTES_MAX } from '../limits.ts';
import { policies, type Statement } from '../state.ts';

export const putResourcePolicy: Handler<'lambda', 'PutResourcePolicy'> = (input, ctx) => {
  const { key, found } = find(input.ResourceArn, ctx);
  if (input.RevisionId !== undefined && input.RevisionId !== revisionOf(found)) throw revisionChanged('GetPolicy');
  if (policyFault(input.Policy, 'resource') !== undefined) throw invalidPrincipal();
  if (utf8Length(input.Policy) > POLICY_BYTES_MAX) throw policyTooLong(utf8Length(input.Policy));
  found.store.put(policies, { ...key, statements: statementsOf(input.Policy) });
  return { Policy: input.Policy, RevisionId: revise(found, ctx) };
};

export const getResourcePolicy: Handler<'lambda', 'GetResourcePolicy'> = (input, ctx) => {
  const { row, found } = find(input.ResourceArn, ctx);
  if (row === undefined) throw noPolicy();
  return { Policy: JSON.stringify(policyDocument(row.statements)), RevisionId: revisionOf(found) };
};

export const deleteResourcePolicy: Handler<'lambda', 'DeleteResourcePolicy'> = (input, ctx) => {
  const { key, row, found } = find(input.ResourceArn, ctx);
  if (row === undefined) throw noPolicy();
  if (input.RevisionId !== undefined && input.RevisionId !== revisionOf(found)) throw revisionChanged('GetPolicy');
  found.store.delete(policies, key);
  revise(found, ctx);
  return {};
};

function find(arn: string, ctx: Ctx) {
  const found = findFunction(arn, undefined, ctx);
  const { named, store } = found;
  const key = { name: named.name, qualifier: named.qualifier ?? '' };
  return { key, found, row: store.get(policies, key) };
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
