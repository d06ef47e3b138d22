/** Who called, as CloudTrail writes it. Source: CloudTrail User Guide, "CloudTrail userIdentity element". */
import { isoSeconds } from '#kernel/base';
import type { KeptCall, SessionFacts } from '#kernel/events';

const lastOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** The element `userIdentity`. */
export function identityOf(call: KeptCall): object {
  const { principal, principalId, principalKind, accessKeyId, account, session, invokedBy } = call;
  if (call.from !== undefined && principalKind !== 'service')
    return { type: 'AWSAccount', principalId, accountId: call.from, ...(invokedBy !== undefined && { invokedBy }) };
  const [, , , , owner = account] = principal.split(':');
  const common = {
    principalId,
    arn: principal,
    accountId: owner,
    ...(accessKeyId !== undefined && { accessKeyId }),
  };
  const context = session === undefined ? {} : { sessionContext: contextOf(session, principalId) };
  const through = invokedBy === undefined ? {} : { invokedBy };
  switch (principalKind) {
    case 'root':
      return { type: 'Root', ...common, ...context, ...through };
    case 'user':
      return { type: 'IAMUser', ...common, userName: lastOf(principal), ...context, ...through };
    case 'session':
      return { type: 'AssumedRole', ...common, ...context, ...through };
    case 'federated':
      return { type: 'FederatedUser', ...common, ...context, ...through };
    case 'service':
      return { type: 'AWSService', invokedBy: call.sourceIp };
    default:
      return vouchedFor(call) ?? { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' };
  }
}

function contextOf({ issuerArn, provider, sourceIdentity, createdAt, mfa }: SessionFacts, principalId: string): object {
  return {
    sessionIssuer: issuerArn === undefined ? {} : issuerOf(issuerArn, principalId),
    webIdFederationData: provider === undefined ? {} : { federatedProvider: provider, attributes: {} },
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    attributes: { creationDate: isoSeconds(createdAt), mfaAuthenticated: String(mfa) },
  };
}

function issuerOf(arn: string, principalId: string): object {
  const [, , , , accountId, resource = ''] = arn.split(':');
  if (resource === 'root') return { type: 'Root', principalId: accountId, arn, accountId };
  const isRole = resource.startsWith('role/');
  return {
    type: isRole ? 'Role' : 'IAMUser',
    ...(isRole && { principalId: principalId.split(':')[0] }),
    arn,
    accountId,
    userName: lastOf(resource),
  };
}

type Vouched = {
  provider?: string;
  audience?: string;
  subjectFromWebIdentityToken?: string;
  subject?: string;
  nameQualifier?: string;
};

/** Those who have no credentials yet, but a provider that vouches for them. Source: the same, "Values for AWS STS APIs with SAML and web identity federation". */
function vouchedFor({ service, operation, response }: KeptCall): object | undefined {
  if (service !== 'sts' || response === undefined) return undefined;
  const {
    provider,
    audience,
    subjectFromWebIdentityToken: sub,
    subject,
    nameQualifier,
  } = JSON.parse(response) as Vouched;
  if (operation === 'AssumeRoleWithWebIdentity')
    return {
      type: 'WebIdentityUser',
      principalId: `${provider}:${audience}:${sub}`,
      userName: sub,
      identityProvider: provider,
    };
  if (operation !== 'AssumeRoleWithSAML') return undefined;
  return {
    type: 'SAMLUser',
    principalId: `${nameQualifier}:${subject}`,
    userName: subject,
    identityProvider: nameQualifier,
  };
}

/** Who, as LookupEvents shows it. */
export function userNameOf({ principal, principalKind }: KeptCall): string | undefined {
  if (principalKind === 'root') return 'root';
  return principal === '' ? undefined : lastOf(principal);
}
