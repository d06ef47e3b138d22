/** AssumeRoleWithSAML: a role for whom a SAML provider vouches, in an assertion that it signed. */
import { parseArn } from '#kernel/base';
import type { Handler } from '#kernel/contract';
import { type SamlProviderRow, samlProviders } from '#kernel/identity';
import { findRole, openRoleSession } from '../domain/role-session.ts';
import { type Assertion, nameQualifier, readAssertion } from '../domain/saml-assertion.ts';
import { readResponse, signedAssertion } from '../domain/saml-response.ts';
import { invalidRequestArn, noSuchSamlProvider, notAuthorized } from '../errors.ts';
import { authorizeFederated } from '../federation.ts';

const ACTION = 'sts:AssumeRoleWithSAML';

/** What later requests of the session still have. Source: IAM User Guide, "IAM and AWS STS condition context keys", "Cross-service SAML-based AWS STS federation context keys". */
const LASTING = new Set(['aws:FederatedProvider', 'saml:namequalifier', 'saml:sub', 'saml:sub_type']);

export const assumeRoleWithSAML: Handler<'sts', 'AssumeRoleWithSAML'> = (input, ctx) => {
  const { RoleArn, PrincipalArn } = input;
  const account = parseArn(RoleArn)?.account;
  if (account === undefined) throw invalidRequestArn();
  const response = readResponse(input.SAMLAssertion);
  const provider = ctx.store.in({ account }).get(samlProviders, { arn: PrincipalArn });
  if (provider === undefined) throw noSuchSamlProvider();
  const assertion = readAssertion(signedAssertion(response, provider), ctx.now);
  // Source: IAM User Guide, "Troubleshoot SAML federation with IAM", for one that names no subject.
  if (
    assertion.subject === '' ||
    !assertion.roles.some((pair) => pair.role === RoleArn && pair.provider === PrincipalArn)
  )
    throw notAuthorized(ACTION);
  const role = findRole(RoleArn, ctx);
  const { tags, transitive, sourceIdentity, sessionName } = assertion;
  const context = keysOf(assertion, provider, account);
  authorizeFederated(ACTION, role, sessionName, { tags, transitive, sourceIdentity, context }, ctx);
  const lasting = Object.fromEntries(Object.entries(context).filter(([key]) => LASTING.has(key)));
  const opening = { tags, transitiveTagKeys: transitive, context: lasting, ...(sourceIdentity && { sourceIdentity }) };
  return {
    ...openRoleSession(ctx, role, sessionName, input, opening, assertion.endsAt),
    Subject: assertion.subject,
    SubjectType: assertion.subjectType,
    Issuer: assertion.issuer,
    Audience: assertion.recipient,
    NameQualifier: String(context['saml:namequalifier']),
  };
};

/** Condition keys of the assertion. Source: IAM User Guide, "IAM and AWS STS condition context keys", "Available keys for SAML-based AWS STS federation". */
function keysOf(
  assertion: Assertion,
  provider: SamlProviderRow,
  account: string,
): { [key: string]: string | string[] } {
  return {
    ...assertion.keys,
    'aws:FederatedProvider': provider.arn,
    'saml:aud': assertion.recipient,
    'saml:iss': assertion.issuer,
    'saml:sub': assertion.subject,
    'saml:sub_type': assertion.subjectType,
    'saml:doc': `${account}/${provider.name}`,
    'saml:namequalifier': nameQualifier(assertion.issuer, account, provider.name),
  };
}
