/** Custom domain names, by whichever of the two APIs they are made, changed and deleted: there is one kind of them. */
import { wholeSecond } from '#kernel/base';
import { type Ctx, notBuilt, raise } from '#kernel/contract';
import type {
  CreateDomainNameRequest,
  DomainName,
  MutualTlsAuthentication,
  MutualTlsAuthenticationInput,
} from '#models/api-gateway';
import { badPatchValue, badRequest, conflict, notFound } from '../errors.ts';
import { domains, mappings, routingRules, truststores } from '../state.ts';
import { ownershipFault, showOnDomain } from './certificate.ts';
import { changeEndpoints, namesOf } from './endpoints.ts';
import { checkHttpMappings } from './mapping.ts';
import { all, compact, save } from './noun.ts';
import { checkSecurity } from './security.ts';
import { readTruststore, type Truststore } from './truststore.ts';

const NAME = /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/;
const ROUTING_MODES = ['BASE_PATH_MAPPING_ONLY', 'ROUTING_RULE_ONLY', 'ROUTING_RULE_THEN_BASE_PATH_MAPPING'];

/** Makes a domain name. In a transaction. @throws {ServiceError} */
export function makeDomain(input: CreateDomainNameRequest, mutual: Mutual, ctx: Ctx): DomainName {
  const domainName = input.domainName.toLowerCase();
  if (!NAME.test(domainName)) throw badRequest('Invalid domain name identifier specified');
  checkPolicies(input);
  const types = input.endpointConfiguration?.types ?? ['EDGE'];
  if (types.includes('PRIVATE'))
    throw notBuilt('private domain names (endpointConfiguration.types): VPC endpoints are not here');
  const isRegional = types.includes('REGIONAL');
  const arn = isRegional ? input.regionalCertificateArn : input.certificateArn;
  if (input.certificateBody !== undefined)
    throw notBuilt('certificates given as a text (certificateBody): Certificate Manager imports them');
  // Source of the text: badmintoncryer/cdk-preflight.
  const [active, other] = isRegional ? ['REGIONAL', 'EDGE'] : ['EDGE', 'REGIONAL'];
  if ((isRegional ? input.certificateArn : input.regionalCertificateArn) !== undefined)
    throw badRequest(`Cannot import certificates for ${other} while ${active} is active.`);
  if (arn === undefined) throw badRequest('Invalid certificate ARN: a certificate must be given');
  const isKnown = ctx.store.get(domains, { owner: '', id: domainName }) !== undefined;
  if (isKnown || !ctx.claim('host', domainName, `domain/${domainName}`))
    throw conflict('The domain name you provided already exists.');
  const value = compact<DomainName>({
    domainName,
    domainNameArn: `arn:${ctx.partition}:apigateway:${ctx.region}::/domainnames/${domainName}`,
    certificateName: input.certificateName,
    certificateArn: isRegional ? undefined : input.certificateArn,
    certificateUploadDate: wholeSecond(ctx.now),
    ...namesOf(isRegional ? 'REGIONAL' : 'EDGE', ctx),
    regionalCertificateName: input.regionalCertificateName,
    regionalCertificateArn: isRegional ? input.regionalCertificateArn : undefined,
    endpointConfiguration: { types, ipAddressType: input.endpointConfiguration?.ipAddressType ?? 'ipv4' },
    domainNameStatus: 'AVAILABLE',
    securityPolicy: input.securityPolicy ?? 'TLS_1_2',
    endpointAccessMode: input.endpointAccessMode,
    tags: input.tags,
    routingMode: input.routingMode ?? 'BASE_PATH_MAPPING_ONLY',
    ownershipVerificationCertificateArn: input.ownershipVerificationCertificateArn,
    mutualTlsAuthentication: mutual?.shown,
  });
  showCertificate(value, undefined, ctx);
  checkMutual(value, ctx);
  keepTruststore(domainName, mutual, ctx);
  return save(domains, ctx, '', domainName, value);
}

/** What a domain name asks of clients: nothing where it is undefined. */
export type Mutual = { shown: MutualTlsAuthentication; store: Truststore } | undefined;

/** Reads the truststore that is named, if any is. @throws {ServiceError} */
export async function mutualOf(given: MutualTlsAuthenticationInput | undefined, ctx: Ctx): Promise<Mutual> {
  const { truststoreUri: uri = '', truststoreVersion } = given ?? {};
  if (uri === '') return undefined;
  const version = truststoreVersion || undefined;
  const { pem, warnings } = await readTruststore({ uri, version }, ctx, badRequest);
  const truststoreWarnings = warnings.length === 0 ? undefined : warnings;
  const shown = compact<MutualTlsAuthentication>({
    truststoreUri: uri,
    truststoreVersion: version,
    truststoreWarnings,
  });
  return { shown, store: { pem } };
}

/** Source of the text about TLS: badmintoncryer/cdk-preflight. Deviation: AWS's text about endpoints is not known. */
function checkMutual(value: DomainName, ctx: Ctx): void {
  if (value.mutualTlsAuthentication === undefined) return;
  const { domainName: name = '', domainNameArn: arn = '', endpointConfiguration, securityPolicy } = value;
  if (endpointConfiguration?.types?.includes('REGIONAL') !== true)
    throw badRequest('Mutual TLS authentication is only supported for REGIONAL domain names');
  if (securityPolicy !== 'TLS_1_2') throw badRequest('Mutual TLS authentication is only supported with TLS 1.2.');
  const shown = { name, arn, certificate: certificateOf(value) };
  const fault = ownershipFault(shown, value.ownershipVerificationCertificateArn, ctx);
  if (fault !== undefined) throw badRequest(fault);
}

/** In a transaction. */
function keepTruststore(id: string, mutual: Mutual, ctx: Ctx): void {
  if (mutual === undefined) ctx.store.delete(truststores, { owner: '', id });
  else ctx.store.put(truststores, { owner: '', id, value: mutual.store });
}

const certificateOf = (value: DomainName | undefined) => value?.regionalCertificateArn ?? value?.certificateArn;

function showCertificate(value: DomainName, before: DomainName | undefined, ctx: Ctx): void {
  const { domainName: name = '', domainNameArn: arn = '' } = value;
  const shown = { name, arn, certificate: certificateOf(value), before: certificateOf(before) };
  const region = value.regionalCertificateArn === undefined ? 'us-east-1' : ctx.region;
  const fault = showOnDomain(shown, region, ctx);
  if (fault !== undefined) throw badRequest(fault);
}

/** Listeners here speak TLS 1.2 and 1.3. */
function checkPolicies(value: Partial<DomainName>): void {
  const { policy, routingMode = 'ROUTING_RULE_ONLY' } = value;
  if (!ROUTING_MODES.includes(routingMode)) throw badPatchValue('/routingMode');
  checkSecurity(value, 'TLS_1_2');
  if (policy !== undefined) throw notBuilt('policies of domain names (policy): they are for private ones');
}

/** @throws {ServiceError} NotFoundException */
export function findDomain(ctx: Ctx, name: string): DomainName {
  return (
    ctx.store.get(domains, { owner: '', id: name.toLowerCase() })?.value ??
    raise(notFound('Invalid domain name identifier specified'))
  );
}

/**
 * Keeps a domain name as it is now. In a transaction.
 *
 * @param mutual what it asks of clients from now on, where that changes
 * @throws {ServiceError} for what can't be
 */
export function changeDomain(
  before: DomainName,
  changed: DomainName,
  mutual: { to: Mutual } | undefined,
  ctx: Ctx,
): DomainName {
  const id = before.domainName ?? '';
  const { mutualTlsAuthentication: _, ...rest } = changed;
  const shown = mutual === undefined ? before.mutualTlsAuthentication : mutual.to?.shown;
  const value = compact<DomainName>({ ...changeEndpoints(before, rest, ctx), mutualTlsAuthentication: shown });
  checkPolicies(value);
  checkMutual(value, ctx);
  checkHttpMappings(value, ctx);
  if (certificateOf(value) !== certificateOf(before)) showCertificate(value, before, ctx);
  if (mutual !== undefined) keepTruststore(id, mutual.to, ctx);
  return save(domains, ctx, '', id, value);
}

/** Removes a domain name with all that leads on from it. In a transaction. @throws {ServiceError} NotFoundException */
export function removeDomain(name: string, ctx: Ctx): void {
  const id = name.toLowerCase();
  const { domainNameArn: arn = '', ...value } = findDomain(ctx, id);
  showOnDomain({ name: id, arn, certificate: undefined, before: certificateOf(value) }, ctx.region, ctx);
  for (const mapping of ctx.store.list(mappings, { where: { owner: id } })) ctx.store.delete(mappings, mapping);
  for (const rule of all(routingRules, ctx, id))
    ctx.store.delete(routingRules, { owner: id, id: rule.RoutingRuleId ?? '' });
  ctx.store.delete(domains, { owner: '', id });
  ctx.store.delete(truststores, { owner: '', id });
  ctx.release('host', id);
}
