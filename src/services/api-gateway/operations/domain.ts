/** Custom domain names. */
import type { Handler } from '#kernel/contract';
import type { PatchOperation } from '#models/api-gateway';
import { changeDomain, findDomain, makeDomain, mutualOf, removeDomain } from '../domain/custom-domain.ts';
import { page } from '../domain/noun.ts';
import { type Patchable, patched } from '../domain/patch.ts';
import { badRequest } from '../errors.ts';
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
  '/certificateName': ['text', 'add', 'remove', 'replace'],
  '/certificateArn': ['text', 'add', 'remove', 'replace'],
  '/regionalCertificateName': ['text', 'add', 'remove', 'replace'],
  '/regionalCertificateArn': ['text', 'add', 'remove', 'replace'],
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

/** Endpoints have no places, only names. Source: hashicorp/terraform-provider-aws, issue 28059. */
function checkTypes(operations: readonly PatchOperation[] = []): void {
  const wrong = operations.find(({ path = '' }) => /^\/endpointConfiguration\/types\/(?!EDGE$|REGIONAL$)/.test(path));
  if (wrong !== undefined) throw badRequest(`${wrong.path} Invalid request input`);
}

/** A truststore is read again only where a patch names it: what lies in S3 may have changed since. */
export const updateDomainName: Handler<Api, 'UpdateDomainName'> = async ({ domainName, patchOperations }, ctx) => {
  checkTypes(patchOperations);
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
