/** Policy documents: what is wrong with one, how large it is, and how replies write it. */

import { parseArn } from '#kernel/base';
import { policyFault } from '#kernel/contract';
import { parsePolicy, roles, users } from '#kernel/identity';
import type { StoreView } from '#kernel/store';
import { malformedPolicy, quotaExceeded } from '../errors.ts';
import { TRUST_CHARACTERS_MAX } from '../limits.ts';

/** @throws {ServiceError} MalformedPolicyDocument */
export function checkDocument(text: string): void {
  const fault = policyFault(text, 'identity');
  if (fault !== undefined) throw malformedPolicy(fault);
}

/**
 * Checks a role's trust policy, and that the users and roles it names exist.
 *
 * Deviation: AWS stores the unique id of a principal, so that one who is renamed stays trusted and one who is deleted and
 * made again is not; here the ARN stays.
 *
 * @throws {ServiceError} MalformedPolicyDocument, LimitExceeded
 */
export function checkTrust(text: string, store: StoreView): void {
  const fault = policyFault(text, 'trust');
  if (fault !== undefined) throw malformedPolicy(fault);
  if (documentSize(text) > TRUST_CHARACTERS_MAX) throw quotaExceeded('ACLSizePerRole', TRUST_CHARACTERS_MAX);
  for (const { principals } of parsePolicy(text, 'trust').statements) {
    for (const arn of principals?.arns ?? [])
      if (!exists(arn, store)) throw malformedPolicy(`Invalid principal in policy: "AWS":"${arn}"`);
  }
}

function exists(text: string, store: StoreView): boolean {
  const arn = parseArn(text);
  if (arn?.service !== 'iam') return true;
  const name = arn.resource.split('/').at(-1) ?? '';
  const at = store.in({ account: arn.account });
  const found = arn.resource.startsWith('user/') ? at.get(users, { name }) : at.get(roles, { name });
  return found?.arn === text;
}

/** Characters that count against a quota: white space doesn't. */
export function documentSize(text: string): number {
  return text.replace(/\s/g, '').length;
}

/** As IAM replies with it: percent-encoded after RFC 3986. */
export function encodeDocument(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
