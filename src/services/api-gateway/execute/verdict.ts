/** What Lambda authorizers answer. Source: API Gateway Developer Guide, "Output from an API Gateway Lambda authorizer". */
import { policyFault } from '#kernel/contract';
import { badAuthorizer } from './errors.ts';

/** What an authorizer said of the caller. */
export type Authorized = {
  principalId: string;
  context: Record<string, unknown>;
  usageKey?: string;
  claims?: Record<string, unknown>;
};

export type Verdict = Authorized & { policy: string };

const MEMBERS = new Set(['principalId', 'policyDocument', 'context', 'usageIdentifierKey']);

type Said = { principalId?: unknown; policyDocument?: unknown; context?: unknown; usageIdentifierKey?: unknown };

/** How AWS's log says it. Source: logs that users report. */
const UNPARSED = 'Could not parse policy';

/**
 * Knows an answer with members that are none of an authorizer's; so it is with functions that failed.
 *
 * @throws {GatewayFault} AUTHORIZER_CONFIGURATION_ERROR, as logs that users report say it
 */
export function checkMembers(text: string): void {
  const stranger = /^\s*\{/.test(text) && Object.keys(JSON.parse(text)).find((name) => !MEMBERS.has(name));
  if (stranger)
    throw badAuthorizer(`Invalid JSON in response: Unrecognized field "${stranger}" , not marked as ignorable`);
}

/**
 * What an authorizer's answer says, its policy as one of a resource.
 *
 * @throws {GatewayFault} AUTHORIZER_CONFIGURATION_ERROR for what is none
 */
export function verdictOf(text: string): Verdict {
  let said: Said;
  try {
    said = JSON.parse(text) as Said;
  } catch {
    throw badAuthorizer('Invalid JSON in response');
  }
  const { principalId, policyDocument, context, usageIdentifierKey } = said ?? {};
  if (typeof principalId !== 'string' || policyDocument === null || typeof policyDocument !== 'object')
    throw badAuthorizer(UNPARSED);
  const { Version = '2012-10-17', Statement } = policyDocument as { Version?: string; Statement?: unknown };
  if (Statement === undefined || Statement === null) throw badAuthorizer(UNPARSED);
  const statements = (Array.isArray(Statement) ? Statement : [Statement]).map((one) => ({ ...one, Principal: '*' }));
  const entries = context !== null && typeof context === 'object' ? Object.entries(context) : [];
  const nested = entries.map(([, value]) => value).find((value) => value !== null && typeof value === 'object');
  if (nested !== undefined)
    throw badAuthorizer(
      `Invalid JSON in response: Can not deserialize instance of java.lang.String out of ${Array.isArray(nested) ? 'START_ARRAY' : 'START_OBJECT'} token`,
    );
  const policy = JSON.stringify({ Version, Statement: statements });
  if (policyFault(policy, 'resource') !== undefined) throw badAuthorizer(UNPARSED);
  return {
    principalId,
    // Whatever an authorizer says, functions get it as texts.
    context: Object.fromEntries(entries.map(([name, value]) => [name, value === null ? null : String(value)])),
    ...(typeof usageIdentifierKey === 'string' && { usageKey: usageIdentifierKey }),
    policy,
  };
}
