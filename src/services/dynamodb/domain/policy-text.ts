/**
 * What is wrong with a policy, in DynamoDB's words, and whether it lets anybody in.
 *
 * Source of texts: findings of ack-api-quirks, measured against AWS.
 *
 * @see Developer Guide, "Blocking public access with resource-based policies in DynamoDB"
 */
import { isPublicPolicy, policyFault } from '#kernel/contract';
import { badPolicy, invalid, noSuchPrincipal } from '../errors.ts';
import { type Carrier, scopeFault } from './policy-scope.ts';

type Statement = { Sid?: string; Effect?: string; Resource?: unknown; NotResource?: unknown };

/** @throws {ServiceError} ValidationException */
export function checkPolicy(text: string, carrier: Carrier): void {
  const own = shapeFault(text);
  if (own !== undefined) throw badPolicy(own);
  const fault = policyFault(text, 'resource');
  if (fault?.startsWith('Invalid principal') === true) throw noSuchPrincipal();
  const about = fault ?? scopeFault(statementsOf(JSON.parse(text)), carrier);
  if (about !== undefined) throw badPolicy(about);
  if (isPublicPolicy(text))
    throw invalid(
      'Resource-based policy grants unbounded access in one or more elements. Please revise the policy to ensure least-privilege form of access',
    );
}

function shapeFault(text: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return 'This policy contains invalid Json';
  }
  if (document === null) return 'This text appears not to be a policy';
  if (typeof document !== 'object' || Array.isArray(document)) return 'This policy contains invalid Json';
  // Of what else says so the place is not known.
  if (Object.keys(document).length === 0 && !text.includes('\n'))
    return `Syntax error at position (1,${text.length + 1})`;
  const { Statement: given } = document as { Statement?: unknown };
  if (Array.isArray(given) && given.length === 0) return 'Could not parse the policy: Statement is empty!';
  const statements = statementsOf(document);
  if (statements.some((one) => typeof one === 'object' && one !== null && one.Effect === undefined))
    return 'Missing required field Effect';
  if (
    statements.some((one) => one?.Effect !== undefined && one.Resource === undefined && one.NotResource === undefined)
  )
    return 'Missing required field Resource';
  const ids = statements.flatMap((one) => one?.Sid || []);
  return new Set(ids).size < ids.length ? 'The Statement Ids in the policy are not unique' : undefined;
}

/** None where a document has no statements. */
function statementsOf(document: unknown): Statement[] {
  const { Statement: given } = document as { Statement?: Statement | Statement[] };
  return given === undefined ? [] : [given].flat();
}

const MEMBERS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource'];

/**
 * A policy in the one form that all have that say the same: lists of one, accounts by their ids and the order of members count for nothing.
 *
 * Source: findings of ack-api-quirks, DDB-TABLE-351 to 355, measured against AWS.
 */
export function canonicalForm(text: string, partition: string): string {
  const { Version, Id, Statement } = JSON.parse(text) as { Version?: string; Id?: string; Statement: unknown };
  const statements = [Statement].flat().map((one) => {
    const statement = one as Record<string, unknown>;
    const ordered = MEMBERS.map((member) => [member, formOf(member, statement[member], partition)]);
    return { ...Object.fromEntries(ordered), Condition: conditionForm(statement.Condition) };
  });
  return JSON.stringify({ Version, Id, Statement: statements });
}

/** A policy as it is read, which has a version even if none was put. */
export function readForm(text: string, partition: string): string {
  const { Version = '2008-10-17', ...rest } = JSON.parse(canonicalForm(text, partition)) as { Version?: string };
  return JSON.stringify({ Version, ...rest });
}

function formOf(member: string, value: unknown, partition: string): unknown {
  if (!member.endsWith('Principal') || typeof value !== 'object' || value === null) return single([value].flat());
  const kinds = Object.entries(value).map(([kind, named]) => {
    const names = [named].flat().map((one) => (/^\d{12}$/.test(one) ? `arn:${partition}:iam::${one}:root` : one));
    return [kind, single([...new Set(names)])];
  });
  return Object.fromEntries(kinds);
}

function conditionForm(condition: unknown): unknown {
  if (typeof condition !== 'object' || condition === null) return condition;
  const operators = Object.entries(condition).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys ?? {}).map(([key, values]) => [key, single([values].flat())])),
  ]);
  return Object.fromEntries(operators);
}

const single = (values: readonly unknown[]) => (values.length === 1 ? values[0] : values);
