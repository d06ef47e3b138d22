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

type Said = { principalId?: unknown; policyDocument?: unknown; context?: unknown; usageIdentifierKey?: unknown };

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
    throw badAuthorizer();
  }
  const { principalId, policyDocument, context, usageIdentifierKey } = said ?? {};
  if (typeof principalId !== 'string' || policyDocument === null || typeof policyDocument !== 'object')
    throw badAuthorizer();
  const { Version = '2012-10-17', Statement } = policyDocument as { Version?: string; Statement?: unknown };
  if (Statement === undefined || Statement === null) throw badAuthorizer();
  const statements = (Array.isArray(Statement) ? Statement : [Statement]).map((one) => ({ ...one, Principal: '*' }));
  const entries = context !== null && typeof context === 'object' ? Object.entries(context) : [];
  if (entries.some(([, value]) => value !== null && typeof value === 'object')) throw badAuthorizer();
  const policy = JSON.stringify({ Version, Statement: statements });
  if (policyFault(policy, 'resource') !== undefined) throw badAuthorizer();
  return {
    principalId,
    // Whatever an authorizer says, functions get it as texts.
    context: Object.fromEntries(entries.map(([name, value]) => [name, value === null ? null : String(value)])),
    ...(typeof usageIdentifierKey === 'string' && { usageKey: usageIdentifierKey }),
    policy,
  };
}
