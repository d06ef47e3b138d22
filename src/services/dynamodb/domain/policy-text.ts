/**
 * What is wrong with a policy, in DynamoDB's words, and whether it lets anybody in.
 *
 * Source of texts: findings of ack-api-quirks, measured against AWS.
 *
 * @see Developer Guide, "Blocking public access with resource-based policies in DynamoDB"
 */
import { isPublicPolicy, policyFault } from '#kernel/contract';
import { badPolicy, invalid, noSuchPrincipal } from '../errors.ts';

type Statement = { Sid?: string; Effect?: string; Resource?: unknown; NotResource?: unknown };

/** @throws {ServiceError} ValidationException */
export function checkPolicy(text: string): void {
  const own = shapeFault(text);
  if (own !== undefined) throw badPolicy(own);
  const fault = policyFault(text, 'resource');
  if (fault?.startsWith('Invalid principal') === true) throw noSuchPrincipal();
  if (fault !== undefined) throw badPolicy(fault);
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

/** A policy in the one form that all have that say the same: lists of one, accounts by their ids and the order of members count for nothing. */
export function canonicalForm(text: string): string {
  const { Version, Id, Statement } = JSON.parse(text) as { Version?: string; Id?: string; Statement: unknown };
  const statements = [Statement].flat().map((one) => {
    const { Condition, ...rest } = one as Record<string, unknown>;
    const ordered = MEMBERS.map((member) => [member, formOf(member, rest[member])]);
    return { ...Object.fromEntries(ordered), Condition };
  });
  return JSON.stringify({ Version, Id, Statement: statements });
}

function formOf(member: string, value: unknown): unknown {
  if (!member.endsWith('Principal') || typeof value !== 'object' || value === null) return single([value].flat());
  const kinds = Object.entries(value).map(([kind, named]) => {
    const names = [named].flat().map((one) => /^arn:[^:]+:iam::(\d{12}):root$/.exec(one)?.[1] ?? one);
    return [kind, single([...new Set(names)])];
  });
  return Object.fromEntries(kinds);
}

const single = (values: readonly unknown[]) => (values.length === 1 ? values[0] : values);
