/** Policy documents: what is wrong with one, how large it is, and how replies write it. */

import { parseArn } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { idOfArn, isOutside, type Policy, PolicyError, parsePolicy, roles } from '#kernel/identity';
import type { StoreView } from '#kernel/store';
import { malformedPolicy, quotaExceeded } from '../errors.ts';
import { TRUST_CHARACTERS_MAX } from '../limits.ts';
import { checkValues } from './condition-values.ts';
import { checkSharedProviders } from './oidc-controls.ts';
import { checkScope, checkTrustActions, writtenIn } from './scope.ts';

/**
 * @param kind an inline policy (`identity`) may be of the old version, and is where it says none
 * @throws {ServiceError} MalformedPolicyDocument
 */
export function checkDocument(text: string, kind: 'identity' | 'managed'): void {
  const { statements } = compiled(text, kind);
  checkScope(writtenIn(text));
  checkValues(statements);
}

/** @throws {ServiceError} MalformedPolicyDocument */
function compiled(text: string, kind: 'identity' | 'managed' | 'trust'): Policy {
  try {
    return parsePolicy(text, kind);
  } catch (error) {
    throw error instanceof PolicyError ? malformedPolicy(error.message) : error;
  }
}

/**
 * Checks a role's trust policy, and that the users and roles it names exist. Deviation: those of accounts outside this cloud are taken as they are, and unique ids (`AIDA…`) are refused, where AWS takes those that exist.
 *
 * @param ctx account of the role
 * @returns the unique ids of those it names, by ARN
 * @throws {ServiceError} MalformedPolicyDocument, LimitExceeded
 */
export function checkTrust(text: string, ctx: Ctx): { [arn: string]: string } {
  const { account: own, store } = ctx;
  if (!isJson(text)) throw malformedPolicy('This policy contains invalid Json');
  const { statements } = compiled(text, 'trust');
  const written = writtenIn(text);
  checkTrustActions(written);
  // Everyone is `{"AWS": "*"}` in a trust policy. Source: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight).
  if (written.some(({ Principal }) => Principal === '*'))
    throw malformedPolicy('AssumeRolepolicy contained an invalid principal: "STAR":"*".');
  const most = ctx.quota(TRUST_CHARACTERS_MAX);
  if (documentSize(text) > most) throw quotaExceeded('ACLSizePerRole', most);
  checkValues(statements);
  for (const { principals, conditions } of statements) {
    checkOthers(principals?.services, principals?.federated);
    // Source: badmintoncryer/cdk-preflight.
    if (conditions.length === 0 && principals?.federated.has('cognito-identity.amazonaws.com'))
      throw malformedPolicy('A condition block must be present for the Cognito provider');
  }
  checkSharedProviders(statements);
  const named = statements.flatMap(({ principals }) => [...(principals?.arns ?? []), ...(principals?.ids ?? [])]);
  const ids: { [arn: string]: string } = {};
  for (const one of named) {
    const id = idOfArn(one, store);
    if (id !== undefined) ids[one] = id;
    else if (!isSessionThere(one, store) && !isOutside(one, own, store))
      throw malformedPolicy(`Invalid principal in policy: "AWS":"${one}"`);
  }
  return ids;
}

/** Whether an ARN is that of a session of a role that is there, or of a federated user, of whom nothing is known. Source: badmintoncryer/cdk-preflight. */
function isSessionThere(text: string, store: StoreView): boolean {
  const { service, account = '', resource = '' } = parseArn(text) ?? {};
  const [kind, name = ''] = resource.split('/');
  return service === 'sts' && (kind !== 'assumed-role' || store.in({ account }).get(roles, { name }) !== undefined);
}

const SERVICE = /^[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)$/;
const FEDERATED = /^(arn:aws[a-z-]*:iam::\d{12}:(saml|oidc)-provider\/.+|[a-z0-9-]+(\.[a-z0-9-]+)+)$/i;

/**
 * Sees that services and identity providers are called as such are; which services there are is not known here.
 *
 * @throws {ServiceError} MalformedPolicyDocument. Source: aws-samples/aws-cdk-examples#801, terraform-aws-modules/terraform-aws-eks#2594
 */
function checkOthers(services: Iterable<string> = [], federated: Iterable<string> = []): void {
  for (const one of services)
    if (!SERVICE.test(one)) throw malformedPolicy(`Invalid principal in policy: "SERVICE":"${one}"`);
  for (const one of federated)
    if (!FEDERATED.test(one))
      throw malformedPolicy('Federated principals must be valid domain names or SAML metadata ARNs');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Characters that count against a quota: white space doesn't. */
export function documentSize(text: string): number {
  return text.replace(/\s/g, '').length;
}

/** As IAM replies with it: percent-encoded after RFC 3986. */
export function encodeDocument(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
