/** The condition keys every request has. Source: IAM User Guide, "AWS global condition context keys". */
import { SECOND } from '#kernel/base';
import type { Access, ConditionKeys, Signing } from '#kernel/contract';
import { principalArn, signedAt } from '#kernel/identity';
import type { Exchange } from './exchange.ts';
import type { Kernel } from './kernel.ts';
import { tagKeys } from './tags.ts';

/** Those of the services here that `aws:CalledVia` names; of others only `aws:ViaAWSService` tells. */
const CALLED_VIA = new Set(['cloudformation.amazonaws.com', 'dynamodb.amazonaws.com', 'kms.amazonaws.com']);

/** The values that a policy's conditions see: global keys of the call, its principal and session, then the service's own. Names in lower case. */
export function conditionContext(
  x: Exchange,
  kernel: Kernel,
  access: Access,
): ReadonlyMap<string, string | readonly string[]> {
  const { caller, session } = x;
  const context = new Map<string, string | readonly string[]>();
  if (caller === undefined) return context;
  const { principal } = caller;
  context.set('aws:sourceip', caller.sourceIp);
  context.set('aws:useragent', caller.userAgent);
  context.set('aws:securetransport', String(caller.secure));
  context.set('aws:currenttime', new Date(x.now).toISOString());
  context.set('aws:epochtime', String(Math.floor(x.now / 1_000)));
  context.set('aws:requestedregion', x.region);
  context.set('aws:resourceaccount', access.account ?? x.account);
  context.set('aws:viaawsservice', String(caller.via !== undefined));
  const chain = (caller.via ?? []).filter((service) => CALLED_VIA.has(service));
  const [first] = chain;
  if (first !== undefined) {
    context.set('aws:calledvia', chain);
    context.set('aws:calledviafirst', first);
    context.set('aws:calledvialast', chain.at(-1) ?? first);
  }
  if (caller.source !== undefined) {
    context.set('aws:sourcearn', caller.source.arn);
    context.set('aws:sourceaccount', caller.source.account);
  }
  if (principal.kind === 'service') {
    context.set('aws:principalservicename', principal.service);
    context.set('aws:principalservicenameslist', [principal.service, inRegion(principal.service, x.region)]);
  }
  if (principal.kind !== 'anonymous') {
    context.set('aws:principalisawsservice', String(principal.kind === 'service'));
    context.set('aws:principalarn', principalArn(principal));
  }
  context.set('aws:principalaccount', principal.account);
  context.set('aws:userid', principal.id);
  // Deviation: where a SAML provider vouches for the caller, AWS tells a trust policy `User`, and the provider's ARN as `aws:userid`.
  context.set('aws:principaltype', PRINCIPAL_TYPES[principal.kind]);
  if (principal.kind === 'user') context.set('aws:username', principal.name);
  // Services pass on the calls of long-term keys with temporary ones, without MFA.
  if (session === undefined && caller.via !== undefined) context.set('aws:multifactorauthpresent', 'false');
  if (session !== undefined) {
    context.set('aws:tokenissuetime', new Date(session.createdAt).toISOString());
    context.set('aws:multifactorauthpresent', String(session.mfaAt !== undefined));
    if (session.mfaAt !== undefined)
      context.set('aws:multifactorauthage', String(Math.floor((x.now - session.mfaAt) / 1_000)));
    if (session.sourceIdentity !== undefined) context.set('aws:sourceidentity', session.sourceIdentity);
    for (const [key, value] of Object.entries(session.context ?? {})) context.set(key.toLowerCase(), value);
  }
  for (const [key, value] of Object.entries(kernel.directory.tagsOf(principal, session)))
    context.set(`aws:principaltag/${key.toLowerCase()}`, value);
  const referer = x.request.headers.referer;
  if (referer !== undefined) context.set('aws:referer', referer);
  for (const [key, value] of tagKeys(x, access)) context.set(key, value);
  for (const [key, value] of Object.entries(serviceKeys(x, kernel, access))) context.set(key.toLowerCase(), value);
  const own = typeof access.context === 'function' ? access.context() : (access.context ?? {});
  for (const [key, value] of Object.entries(own)) context.set(key.toLowerCase(), value);
  return context;
}

/** The name of a service in a Region: `sns.us-east-1.amazonaws.com`. */
const inRegion = (service: string, region: string) => service.replace('.', `.${region}.`);

/** Those that the service has for all of its actions; an action of another service that the call needs besides has none. */
function serviceKeys(x: Exchange, kernel: Kernel, access: Access): ConditionKeys {
  const { ctx, loaded } = x;
  const service = loaded?.service;
  if (ctx === undefined || service?.conditionKeys === undefined) return {};
  const prefix = access.action.slice(0, access.action.indexOf(':'));
  if (prefix !== service.prefix && !(service.otherPrefixes ?? []).includes(prefix)) return {};
  return service.conditionKeys({ prefix, account: access.account ?? x.account, signing: signingOf(x, kernel), ctx });
}

/** Calls that came over no wire are what a service would sign in headers. */
function signingOf({ caller, form, oldClaim, claim, now }: Exchange, { clock }: Kernel): Signing | undefined {
  if (caller?.principal.kind === 'anonymous') return undefined;
  if (form !== undefined) return { from: 'form', algorithm: 'v4', age: 0 };
  if (oldClaim !== undefined)
    return { from: oldClaim.expires === undefined ? 'header' : 'query', algorithm: 'v2', age: 0 };
  if (claim === undefined) return { from: 'header', algorithm: 'v4', age: 0 };
  const at = signedAt(claim);
  // Clients sign by the machine's clock or by the cloud's; the younger reading is the right one.
  const ages = [now - clock.shownAt(at, SECOND - 1), now - at].filter((age) => age >= 0);
  return { from: claim.from, algorithm: claim.algorithm, age: ages.length === 0 ? 0 : Math.min(...ages) };
}

const PRINCIPAL_TYPES = {
  root: 'Account',
  user: 'User',
  session: 'AssumedRole',
  federated: 'FederatedUser',
  service: 'Service',
  anonymous: 'Anonymous',
} as const;
