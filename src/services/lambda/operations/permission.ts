/** The policies of functions, statement by statement. */
import { parseArn, utf8Length } from '#kernel/base';
import { type ConditionKeys, type Ctx, type Handler, type InputOf, policyFault } from '#kernel/contract';
import { mayBeThere } from '#services/iam/port';
import { findFunction, policyDocument } from '../domain/find.ts';
import { arnOf, parseName } from '../domain/names.ts';
import { revise, revisionOf } from '../domain/revision.ts';
import {
  aliasNotFound,
  invalidPrincipal,
  latestPolicy,
  noPolicy,
  noPolicyFor,
  noStatements,
  onlyForUrls,
  policyTooLong,
  revisionChanged,
  statementExists,
  statementNotFound,
} from '../errors.ts';
import { POLICY_BYTES_MAX } from '../limits.ts';
import { functions, LATEST, policies, type Statement } from '../state.ts';

/** Services of AWS, and of Alexa. */
const SERVICE = /^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)$/;

export const addPermission: Handler<'lambda', 'AddPermission'> = (input, ctx) => {
  const found = findFunction(input.FunctionName, input.Qualifier, ctx, aliasNotFound);
  const { named, arn, store } = found;
  if (named.qualifier === LATEST) throw latestPolicy();
  const key = { name: named.name, qualifier: named.qualifier ?? '' };
  const row = store.get(policies, key);
  // In this order. Source: radkawar/stackd, measured in 2026.
  if (row?.statements.some(({ Sid }) => Sid === input.StatementId) === true) throw statementExists(input.StatementId);
  if (input.RevisionId !== undefined && input.RevisionId !== revisionOf(found)) throw revisionChanged('GetPolicy');
  if (!namesSomebody(input.Principal, ctx)) throw invalidPrincipal();
  if (input.FunctionUrlAuthType !== undefined && input.Action !== 'lambda:InvokeFunctionUrl') throw onlyForUrls();
  const statement = statementOf(input, arn, ctx.partition);
  const statements = [...(row?.statements ?? []), statement];
  const text = JSON.stringify(policyDocument(statements));
  if (policyFault(text, 'resource') !== undefined) throw invalidPrincipal();
  if (utf8Length(text) > POLICY_BYTES_MAX) throw policyTooLong(utf8Length(text));
  store.put(policies, { ...key, statements });
  revise(found, ctx);
  return { Statement: JSON.stringify(statement) };
};

export const removePermission: Handler<'lambda', 'RemovePermission'> = (input, ctx) => {
  const { account, name } = parseName(input.FunctionName, input.Qualifier, ctx);
  if (ctx.store.in({ account }).get(functions, { name }) === undefined) throw noPolicyFor(arnOf(ctx, account, name));
  const found = findFunction(input.FunctionName, input.Qualifier, ctx, aliasNotFound);
  const { named, store } = found;
  const key = { name: named.name, qualifier: named.qualifier ?? '' };
  const row = store.get(policies, key);
  if (row === undefined) throw noStatements();
  const statements = row.statements.filter(({ Sid }) => Sid !== input.StatementId);
  if (statements.length === row.statements.length) throw statementNotFound(input.StatementId);
  if (input.RevisionId !== undefined && input.RevisionId !== revisionOf(found)) throw revisionChanged();
  if (statements.length === 0) store.delete(policies, key);
  else store.put(policies, { ...key, statements });
  revise(found, ctx);
  return {};
};

export const getPolicy: Handler<'lambda', 'GetPolicy'> = (input, ctx) => {
  const found = findFunction(input.FunctionName, input.Qualifier, ctx);
  const { named, store } = found;
  const row = store.get(policies, { name: named.name, qualifier: named.qualifier ?? '' });
  if (row === undefined) throw noPolicy();
  return { Policy: JSON.stringify(policyDocument(row.statements)), RevisionId: revisionOf(found) };
};

/** Whether a principal is an account, everybody, a service, or a user or role that is there. */
function namesSomebody(principal: string, ctx: Ctx): boolean {
  const arn = parseArn(principal);
  if (arn?.service === 'iam' && arn.resource !== 'root') return mayBeThere(principal, ctx.account, ctx.store);
  return /^(\d{12}|\*|arn:.+)$/.test(principal) || SERVICE.test(principal);
}

/** Source: Lambda API Reference, AddPermission; the form of statements as GetPolicy shows them. */
function statementOf(input: InputOf<'lambda', 'AddPermission'>, arn: string, partition: string): Statement {
  const { Principal: who } = input;
  const equal: Record<string, string> = {
    ...(input.SourceAccount !== undefined && { 'AWS:SourceAccount': input.SourceAccount }),
    ...(input.PrincipalOrgID !== undefined && { 'aws:PrincipalOrgID': input.PrincipalOrgID }),
    ...(input.EventSourceToken !== undefined && { 'lambda:EventSourceToken': input.EventSourceToken }),
    ...(input.FunctionUrlAuthType !== undefined && { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType }),
  };
  const condition: Record<string, ConditionKeys> = {
    ...(Object.keys(equal).length > 0 && { StringEquals: equal }),
    ...(input.SourceArn !== undefined && { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
    ...(input.InvokedViaFunctionUrl === true && { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }),
  };
  return {
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: /^\d{12}$/.test(who)
      ? { AWS: `arn:${partition}:iam::${who}:root` }
      : who === '*'
        ? '*'
        : who.startsWith('arn:')
          ? { AWS: who }
          : { Service: who },
    Action: input.Action,
    Resource: arn,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}
