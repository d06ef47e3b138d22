/** Principal and NotPrincipal: who a resource-based statement means, and how directly it names the caller. */

import { type Principal, principalArn } from '../principal.ts';
import { type Context, PolicyError, type PrincipalSet } from './document.ts';

/** The statement doesn't mean the caller. */
export const UNNAMED = 0;
/** It names the caller's account, which delegates: the account's own policies decide. */
export const BY_ACCOUNT = 1;
/** It names the role of the caller's session, or the user who issued it; what limits them limits the caller. */
export const BY_IDENTITY = 2;
/** It names the caller itself, or everyone. */
export const DIRECTLY = 3;

export type Naming = typeof UNNAMED | typeof BY_ACCOUNT | typeof BY_IDENTITY | typeof DIRECTLY;

export type RawPrincipals = '*' | ReadonlyMap<string, readonly string[]>;

export const PRINCIPAL_TYPES: readonly string[] = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

const ACCOUNT_ID = /^\d{12}$/;
/** Accounts of AWS itself, such as `cloudfront` in an origin access identity, have names. */
const PRINCIPAL_ARN =
  /^arn:aws[a-z-]*:(?:iam::(?:\d{12}|[a-z-]+):(?:root|(?:user|role)\/.+)|sts::\d{12}:(?:assumed-role\/[^/]+\/.+|federated-user\/.+))$/;
const ROOT_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):root$/;
const UNIQUE_ID = /^A[A-Z0-9]{15,127}$/;

/**
 * Compiles the Principal element.
 *
 * @param trust of a role's trust policy
 * @throws {PolicyError} for a value that names nothing; whether what it names exists is the service's to check
 * @see IAM User Guide, "AWS JSON policy elements: Principal"
 */
export function compilePrincipals(raw: RawPrincipals, trust: boolean): PrincipalSet {
  const accounts = new Set<string>();
  const arns = new Set<string>();
  const ids = new Set<string>();
  if (raw === '*') return { ...emptySet(['*']), everyone: true };
  const aws = raw.get('AWS') ?? [];
  for (const value of aws) {
    const account = ACCOUNT_ID.test(value) ? value : ROOT_ARN.exec(value)?.[1];
    if (account !== undefined) accounts.add(account);
    else if (PRINCIPAL_ARN.test(value) && !value.includes('*')) arns.add(value);
    else if (UNIQUE_ID.test(value)) ids.add(value);
    else if (value !== '*') throw invalidPrincipal('AWS', value);
  }
  for (const type of ['Service', 'Federated']) {
    for (const value of raw.get(type) ?? [])
      if (value === '' || value.includes('*')) throw invalidPrincipal(type, value);
  }
  const source = [...raw].flatMap(([type, values]) => values.map((value) => `${type}:${value}`));
  return {
    everyone: aws.includes('*'),
    signedOnly: trust,
    accounts,
    arns,
    ids,
    services: new Set(raw.get('Service')),
    federated: new Set(raw.get('Federated')),
    canonicalUsers: new Set(raw.get('CanonicalUser')),
    source,
  };
}

/**
 * How directly the set names the caller.
 *
 * The Federated type is compared with `aws:FederatedProvider`, which a caller of AssumeRoleWithSAML or
 * AssumeRoleWithWebIdentity has in its context, being otherwise anonymous.
 *
 * @param canonicalUser S3's canonical user id of the caller's account, where the service knows it
 */
export function namingOf(set: PrincipalSet, principal: Principal, context: Context, canonicalUser?: string): Naming {
  // Source: radkawar/stackd, measured in 2026 with AssumeRoleWithSAML.
  const isSkipped = set.signedOnly && principal.kind === 'anonymous' && context.has('aws:federatedprovider');
  if (set.everyone && !isSkipped) return DIRECTLY;
  if (set.federated.size > 0) {
    const provider = context.get('aws:federatedprovider');
    if (typeof provider === 'string' && set.federated.has(provider)) return DIRECTLY;
  }
  if (principal.kind === 'service') return set.services.has(principal.service) ? DIRECTLY : UNNAMED;
  if (principal.kind === 'anonymous') return UNNAMED;
  if (set.arns.has(principal.arn) || set.ids.has(principal.id)) return DIRECTLY;
  // An origin access identity's id is its canonical user id.
  if (principal.account === 'cloudfront' && set.canonicalUsers.has(principal.id)) return DIRECTLY;
  const account =
    set.accounts.has(principal.account) || (canonicalUser !== undefined && set.canonicalUsers.has(canonicalUser));
  if (principal.kind === 'root') return account ? DIRECTLY : UNNAMED;
  if (principal.kind !== 'user' && set.arns.has(identityArn(principal))) return BY_IDENTITY;
  if (principal.kind === 'session' && set.ids.size > 0 && set.ids.has(roleIdOf(principal.id))) return BY_IDENTITY;
  return account ? BY_ACCOUNT : UNNAMED;
}

/**
 * Whether a NotPrincipal exempts the caller from a Deny: only when it lists the caller and everything the caller is
 * part of, which for a role session is the session, the role and the account.
 *
 * @see IAM User Guide, "AWS JSON policy elements: NotPrincipal", on including the account's and the role's ARN
 */
export function exempts(set: PrincipalSet, principal: Principal, context: Context, canonicalUser?: string): boolean {
  if (set.everyone) return true;
  if (principal.kind === 'service' || principal.kind === 'anonymous' || principal.kind === 'root') {
    return namingOf(set, principal, context, canonicalUser) === DIRECTLY;
  }
  const account =
    set.accounts.has(principal.account) || (canonicalUser !== undefined && set.canonicalUsers.has(canonicalUser));
  const itself = set.arns.has(principal.arn) || set.ids.has(principal.id);
  if (!account || !itself) return false;
  return principal.kind !== 'session' || set.arns.has(principal.roleArn) || set.ids.has(roleIdOf(principal.id));
}

function identityArn(principal: Principal): string {
  return principal.kind === 'federated' ? principal.issuerArn : principalArn(principal);
}

function roleIdOf(sessionId: string): string {
  const colon = sessionId.indexOf(':');
  return colon < 0 ? sessionId : sessionId.slice(0, colon);
}

function emptySet(source: readonly string[]): PrincipalSet {
  const none: ReadonlySet<string> = new Set();
  return {
    everyone: false,
    signedOnly: false,
    accounts: none,
    arns: none,
    ids: none,
    services: none,
    federated: none,
    canonicalUsers: none,
    source,
  };
}

/** IAM's text when a trust policy names nobody it can find (IAM User Guide, "Troubleshoot IAM policies"). */
function invalidPrincipal(type: string, value: string): PolicyError {
  return new PolicyError(`Invalid principal in policy: "${type.toUpperCase()}":"${value}"`);
}
