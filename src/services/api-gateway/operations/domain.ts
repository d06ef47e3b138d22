/** Custom domain names. */
import type { Handler } from '#kernel/contract';
import { changeDomain, findDomain, makeDomain, mutualOf, removeDomain } from '../domain/custom-domain.ts';
import { page } from '../domain/noun.ts';
import { type Patchable, patched } from '../domain/patch.ts';
import { domains } from '../state.ts';

type Api = 'api-gateway';

export const createDomainName: Handler<Api, 'CreateDomainName'> = async (input, ctx) => {
  const mutual = await mutualOf(input.mutualTlsAuthentication, ctx);
  return ctx.transact(() => makeDomain(input, mutual, ctx));
};

export const getDomainName: Handler<Api, 'GetDomainName'> = ({ domainName }, ctx) => findDomain(ctx, domainName);
/** Of other accounts there are none: only private domain names are shared. */
export const getDomainNames: Handler<Api, 'GetDomainNames'> = (input, ctx) =>
  page(domains, ctx, input.resourceOwner === 'OTHER_ACCOUNTS' ? 'others' : '', input);

const PATCHABLE: Patchable = {
  '/certificateName': 'text',
  '/certificateArn': 'text',
  '/regionalCertificateName': 'text',
  '/regionalCertificateArn': 'text',
  '/ownershipVerificationCertificateArn': 'text',
  '/mutualTlsAuthentication/truststoreUri': 'text',
  '/mutualTlsAuthentication/truststoreVersion': 'text',
  '/securityPolicy': 'text',
  '/routingMode': 'text',
  '/endpointConfiguration/types': 'list',
  '/endpointConfiguration/types/*': ['list', 'add', 'remove', 'replace'],
  '/endpointAccessMode': 'text',
  '/endpointConfiguration/ipAddressType': 'text',
};

/** A truststore is read again only where a patch names it: what lies in S3 may have changed since. */
export const updateDomainName: Handler<Api, 'UpdateDomainName'> = async ({ domainName, patchOperations }, ctx) => {
  const isNamed = patchOperations?.some(({ path }) => path?.startsWith('/mutualTlsAuthentication')) === true;
  const planned = patched(findDomain(ctx, domainName), patchOperations, PATCHABLE);
  const mutual = isNamed ? { to: await mutualOf(planned.mutualTlsAuthentication, ctx) } : undefined;
  return ctx.transact(() => {
    const before = findDomain(ctx, domainName);
    return changeDomain(before, patched(before, patchOperations, PATCHABLE), mutual, ctx);
  });
};

export const deleteDomainName: Handler<Api, 'DeleteDomainName'> = ({ domainName }, ctx) => {
  removeDomain(domainName, ctx);
  return {};
};
