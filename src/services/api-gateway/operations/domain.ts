/** Custom domain names, and the paths under which they lead to APIs. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type {
  BasePathMapping,
  CreateDomainNameRequest,
  DomainName,
  MutualTlsAuthentication,
} from '#models/api-gateway';
import { ownershipFault, showOnDomain } from '../domain/certificate.ts';
import { all, compact, find, findApi, newId, page, save } from '../domain/noun.ts';
import { type Patchable, patched } from '../domain/patch.ts';
import { checkSecurity } from '../domain/security.ts';
import { readTruststore, type Truststore } from '../domain/truststore.ts';
import { badPatchValue, badRequest, conflict, notBuilt, notFound } from '../errors.ts';
import { domains, mappings, routingRules, stages, truststores } from '../state.ts';

type Api = 'api-gateway';

/** Stands for the empty path. */
const NONE = '(none)';
const NAME = /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/;

export const createDomainName: Handler<Api, 'CreateDomainName'> = async (input, ctx) => {
  const mutual = await mutualOf(input, ctx);
  return ctx.transact(() => made(input, mutual, ctx));
};

function made(input: CreateDomainNameRequest, mutual: Mutual, ctx: Ctx): DomainName {
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
  if (arn === undefined) throw badRequest('Invalid certificate ARN: a certificate must be given');
  const isKnown = ctx.store.get(domains, { owner: '', id: domainName }) !== undefined;
  if (isKnown || !ctx.claim('host', domainName, `domain/${domainName}`))
    throw conflict('The domain name you provided already exists.');
  const target = `d-${newId(ctx)}`;
  const value = compact<DomainName>({
    domainName,
    domainNameArn: `arn:${ctx.partition}:apigateway:${ctx.region}::/domainnames/${domainName}`,
    certificateName: input.certificateName,
    certificateArn: isRegional ? undefined : input.certificateArn,
    certificateUploadDate: ctx.now,
    ...(isRegional
      ? {
          regionalDomainName: `${target}.execute-api.${ctx.region}.amazonaws.com`,
          regionalHostedZoneId: 'Z1UJRXOUMOOFQ8',
        }
      : { distributionDomainName: `${target}.cloudfront.net`, distributionHostedZoneId: 'Z2FDTNDATAQYW2' }),
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

type Mutual = { shown: MutualTlsAuthentication; store: Truststore } | undefined;

/** What a domain name asks of clients: nothing where no truststore is named. */
async function mutualOf({ mutualTlsAuthentication: given }: Partial<DomainName>, ctx: Ctx): Promise<Mutual> {
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

/** Deviation: AWS's texts are not known. */
function checkMutual(value: DomainName, ctx: Ctx): void {
  if (value.mutualTlsAuthentication === undefined) return;
  const { domainName: name = '', domainNameArn: arn = '', endpointConfiguration, securityPolicy } = value;
  if (endpointConfiguration?.types?.includes('REGIONAL') !== true)
    throw badRequest('Mutual TLS authentication is only supported for REGIONAL domain names');
  if (securityPolicy !== 'TLS_1_2') throw badRequest('Mutual TLS authentication needs the security policy TLS_1_2');
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

function findDomain(ctx: Ctx, name: string): DomainName {
  return (
    ctx.store.get(domains, { owner: '', id: name.toLowerCase() })?.value ??
    raise(notFound('Invalid domain name identifier specified'))
  );
}

export const getDomainName: Handler<Api, 'GetDomainName'> = ({ domainName }, ctx) => findDomain(ctx, domainName);
export const getDomainNames: Handler<Api, 'GetDomainNames'> = (input, ctx) => page(domains, ctx, '', input);

const ROUTING_MODES = ['BASE_PATH_MAPPING_ONLY', 'ROUTING_RULE_ONLY', 'ROUTING_RULE_THEN_BASE_PATH_MAPPING'];

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
  const mutual = isNamed ? await mutualOf(planned, ctx) : undefined;
  return ctx.transact(() => {
    const id = domainName.toLowerCase();
    const before = findDomain(ctx, id);
    const { mutualTlsAuthentication: old, ...rest } = patched(before, patchOperations, PATCHABLE);
    const value = compact<DomainName>({ ...rest, mutualTlsAuthentication: isNamed ? mutual?.shown : old });
    checkPolicies(value);
    checkMutual(value, ctx);
    if (certificateOf(value) !== certificateOf(before)) showCertificate(value, before, ctx);
    if (isNamed) keepTruststore(id, mutual, ctx);
    return save(domains, ctx, '', id, value);
  });
};

export const deleteDomainName: Handler<Api, 'DeleteDomainName'> = ({ domainName }, ctx) => {
  const id = domainName.toLowerCase();
  const { domainNameArn: arn = '', ...value } = findDomain(ctx, id);
  showOnDomain({ name: id, arn, certificate: undefined, before: certificateOf(value) }, ctx.region, ctx);
  for (const { basePath = '' } of all(mappings, ctx, id)) ctx.store.delete(mappings, { owner: id, id: basePath });
  for (const rule of all(routingRules, ctx, id))
    ctx.store.delete(routingRules, { owner: id, id: rule.RoutingRuleId ?? '' });
  ctx.store.delete(domains, { owner: '', id });
  ctx.store.delete(truststores, { owner: '', id });
  ctx.release('host', id);
  return {};
};

function checkMapping(ctx: Ctx, { restApiId = '', stage }: BasePathMapping): void {
  findApi(ctx, restApiId);
  if (stage !== undefined && stage !== '' && ctx.store.get(stages, { owner: restApiId, id: stage }) === undefined)
    throw badRequest('Invalid stage identifier specified');
}

/** @throws {ServiceError} BadRequestException */
function basePathOf(given: string | undefined): string {
  const path = given === undefined || given === '' ? NONE : given;
  if (path === NONE || /^[\w$.+!*'(),-]+(\/[\w$.+!*'(),-]+)*$/.test(path)) return path;
  throw badRequest("Base path must contain only letters, numbers, and one of $-_.+!*'(),");
}

function checkFree(ctx: Ctx, owner: string, id: string): void {
  if (ctx.store.get(mappings, { owner, id }) !== undefined)
    throw conflict('Base path already exists for this domain name');
}

export const createBasePathMapping: Handler<Api, 'CreateBasePathMapping'> = (
  { domainName, basePath, restApiId, stage },
  ctx,
) => {
  const owner = domainName.toLowerCase();
  findDomain(ctx, owner);
  const id = basePathOf(basePath);
  checkFree(ctx, owner, id);
  const mapping = compact<BasePathMapping>({ basePath: id, restApiId, stage });
  checkMapping(ctx, mapping);
  return save(mappings, ctx, owner, id, mapping);
};

const findMapping = (ctx: Ctx, domain: string, path: string): BasePathMapping => {
  findDomain(ctx, domain);
  return find(mappings, 'base path mapping', ctx, domain.toLowerCase(), path === '' ? NONE : path);
};

export const getBasePathMapping: Handler<Api, 'GetBasePathMapping'> = ({ domainName, basePath }, ctx) =>
  findMapping(ctx, domainName, basePath);
export const getBasePathMappings: Handler<Api, 'GetBasePathMappings'> = (input, ctx) => {
  findDomain(ctx, input.domainName);
  return page(mappings, ctx, input.domainName.toLowerCase(), input);
};

export const updateBasePathMapping: Handler<Api, 'UpdateBasePathMapping'> = (
  { domainName, basePath, patchOperations },
  ctx,
) => {
  const before = findMapping(ctx, domainName, basePath);
  const { restapiId, ...rest } = patched(before as BasePathMapping & { restapiId?: string }, patchOperations, {
    '/basePath': 'text',
    '/stage': 'text',
    '/restapiId': 'text',
  });
  const owner = domainName.toLowerCase();
  const id = basePathOf(rest.basePath);
  const mapping = { ...rest, basePath: id, ...(restapiId !== undefined && { restApiId: restapiId }) };
  checkMapping(ctx, mapping);
  if (id !== before.basePath) checkFree(ctx, owner, id);
  ctx.store.delete(mappings, { owner, id: before.basePath ?? NONE });
  return save(mappings, ctx, owner, id, mapping);
};

export const deleteBasePathMapping: Handler<Api, 'DeleteBasePathMapping'> = ({ domainName, basePath }, ctx) => {
  findMapping(ctx, domainName, basePath);
  ctx.store.delete(mappings, { owner: domainName.toLowerCase(), id: basePath === '' ? NONE : basePath });
  return {};
};
