/** Custom domain names and their mappings to APIs; tags. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type {
  ApiMapping,
  CreateDomainNameRequest,
  DomainName,
  DomainNameConfiguration,
  MutualTlsAuthentication,
  MutualTlsAuthenticationInput,
  UpdateDomainNameRequest,
} from '#models/apigatewayv2';
import {
  compact,
  type KeptTable,
  newId,
  ownershipFault,
  readTruststore,
  routingRules,
  showOnDomain,
  type Truststore,
} from '../../api-gateway/port.ts';
import { all, find, findApi, page, updated } from '../domain/part.ts';
import { badRequest, conflict, notFound } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { apis, domains, mappings, stages, truststores } from '../state.ts';

type V2 = 'apigatewayv2';

const NAME = /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/;

export const createDomainName: Handler<V2, 'CreateDomainName'> = async (input, ctx) => {
  const mutual = await mutualOf(input.MutualTlsAuthentication, ctx);
  return ctx.transact(() => made(input, mutual, ctx));
};

function made(input: CreateDomainNameRequest, mutual: Mutual, ctx: Ctx): DomainName {
  const name = input.DomainName.toLowerCase();
  if (!NAME.test(name)) throw badRequest('Invalid domain name identifier specified');
  const isKnown = ctx.store.get(domains, { owner: '', id: name }) !== undefined;
  if (isKnown || !ctx.claim('host', name, `domain/${name}`))
    throw conflict('The domain name you provided already exists.');
  const value = compact<DomainName>({
    DomainName: name,
    DomainNameArn: `arn:${ctx.partition}:apigateway:${ctx.region}::/domainnames/${name}`,
    ApiMappingSelectionExpression: '$request.basepath',
    DomainNameConfigurations: (input.DomainNameConfigurations ?? []).map((one) => configured(one, ctx)),
    RoutingMode: input.RoutingMode ?? 'API_MAPPING_ONLY',
    Tags: input.Tags ?? {},
    MutualTlsAuthentication: mutual?.shown,
  });
  showCertificate(value, undefined, ctx);
  checkMutual(value, ctx);
  keepTruststore(name, mutual, ctx);
  ctx.store.put(domains, { owner: '', id: name, value });
  return value;
}

type Mutual = { shown: MutualTlsAuthentication; store: Truststore } | undefined;

/** What a domain name asks of clients: nothing where no truststore is named. */
async function mutualOf(given: MutualTlsAuthenticationInput | undefined, ctx: Ctx): Promise<Mutual> {
  const { TruststoreUri: uri = '', TruststoreVersion } = given ?? {};
  if (uri === '') return undefined;
  const version = TruststoreVersion || undefined;
  const { pem, warnings } = await readTruststore({ uri, version }, ctx, badRequest);
  const TruststoreWarnings = warnings.length === 0 ? undefined : warnings;
  const shown = compact<MutualTlsAuthentication>({
    TruststoreUri: uri,
    TruststoreVersion: version,
    TruststoreWarnings,
  });
  return { shown, store: { pem } };
}

function checkMutual(value: DomainName, ctx: Ctx): void {
  if (value.MutualTlsAuthentication === undefined) return;
  const { DomainName: name = '', DomainNameArn: arn = '', DomainNameConfigurations: [first] = [] } = value;
  const shown = { name, arn, certificate: certificateOf(value) };
  const fault = ownershipFault(shown, first?.OwnershipVerificationCertificateArn, ctx);
  if (fault !== undefined) throw badRequest(fault);
}

/** In a transaction. */
function keepTruststore(id: string, mutual: Mutual, ctx: Ctx): void {
  if (mutual === undefined) ctx.store.delete(truststores, { owner: '', id });
  else ctx.store.put(truststores, { owner: '', id, value: mutual.store });
}

const certificateOf = (value: DomainName | undefined) => value?.DomainNameConfigurations?.[0]?.CertificateArn;

function showCertificate(value: DomainName, before: DomainName | undefined, ctx: Ctx): void {
  const { DomainName: name = '', DomainNameArn: arn = '' } = value;
  const shown = { name, arn, certificate: certificateOf(value), before: certificateOf(before) };
  const fault = showOnDomain(shown, ctx.region, ctx);
  if (fault !== undefined) throw badRequest(fault);
}

function configured(given: DomainNameConfiguration, ctx: Ctx): DomainNameConfiguration {
  if (given.CertificateArn === undefined) throw badRequest('A certificate ARN must be given');
  return {
    EndpointType: 'REGIONAL',
    SecurityPolicy: 'TLS_1_2',
    IpAddressType: 'ipv4',
    ...given,
    ApiGatewayDomainName: given.ApiGatewayDomainName ?? `d-${newId(ctx)}.execute-api.${ctx.region}.amazonaws.com`,
    HostedZoneId: 'Z1UJRXOUMOOFQ8',
    DomainNameStatus: 'AVAILABLE',
  };
}

function findDomain(ctx: Ctx, name: string): DomainName {
  return (
    ctx.store.get(domains, { owner: '', id: name.toLowerCase() })?.value ??
    raise(notFound('Invalid domain name identifier specified'))
  );
}

export const getDomainName: Handler<V2, 'GetDomainName'> = (input, ctx) => findDomain(ctx, input.DomainName);
export const getDomainNames: Handler<V2, 'GetDomainNames'> = (input, ctx) => page(domains, ctx, '', input);
export const updateDomainName: Handler<V2, 'UpdateDomainName'> = async (input, ctx) => {
  const given = input.MutualTlsAuthentication;
  const { MutualTlsAuthentication: old } = findDomain(ctx, input.DomainName);
  // A version alone is one of the truststore that is there.
  const isVersion = given !== undefined && given.TruststoreUri === undefined;
  const mutual = await mutualOf(isVersion ? { ...old, ...given } : given, ctx);
  return ctx.transact(() => changed(input, mutual, ctx));
};

function changed(input: UpdateDomainNameRequest, mutual: Mutual, ctx: Ctx): DomainName {
  const before = findDomain(ctx, input.DomainName);
  const [first] = before.DomainNameConfigurations ?? [];
  const DomainNameConfigurations = input.DomainNameConfigurations?.map((one) => configured({ ...first, ...one }, ctx));
  const { MutualTlsAuthentication: old, ...rest } = updated(
    before,
    { DomainNameConfigurations, RoutingMode: input.RoutingMode },
    [],
  );
  const isAsked = input.MutualTlsAuthentication !== undefined;
  const value = compact<DomainName>({ ...rest, MutualTlsAuthentication: isAsked ? mutual?.shown : old });
  if (certificateOf(value) !== certificateOf(before)) showCertificate(value, before, ctx);
  checkMutual(value, ctx);
  if (isAsked) keepTruststore(before.DomainName, mutual, ctx);
  ctx.store.put(domains, { owner: '', id: before.DomainName, value });
  return value;
}

export const deleteDomainName: Handler<V2, 'DeleteDomainName'> = (input, ctx) => {
  const before = findDomain(ctx, input.DomainName);
  const { DomainName: owner = '', DomainNameArn: arn = '' } = before;
  showOnDomain({ name: owner, arn, certificate: undefined, before: certificateOf(before) }, ctx.region, ctx);
  for (const { ApiMappingId: id = '' } of all(mappings, ctx, owner)) ctx.store.delete(mappings, { owner, id });
  for (const { RoutingRuleId: id = '' } of all(routingRules, ctx, owner)) ctx.store.delete(routingRules, { owner, id });
  ctx.store.delete(domains, { owner: '', id: owner });
  ctx.store.delete(truststores, { owner: '', id: owner });
  ctx.release('host', owner);
  return {};
};

function checkMapping(
  ctx: Ctx,
  owner: string,
  { ApiId, Stage, ApiMappingKey: key = '', ApiMappingId }: ApiMapping,
): void {
  findApi(ctx, ApiId);
  if (ctx.store.get(stages, { owner: ApiId, id: Stage }) === undefined)
    throw badRequest(`Invalid stage identifier specified`);
  if (key !== '' && !/^[\w$.+!*'(),-]+(\/[\w$.+!*'(),-]+)*$/.test(key))
    throw badRequest('API mapping key should not start or end with a /, nor have empty parts');
  if (all(mappings, ctx, owner).some((one) => (one.ApiMappingKey ?? '') === key && one.ApiMappingId !== ApiMappingId))
    throw conflict('ApiMapping key already exists for this domain name');
}

export const createApiMapping: Handler<V2, 'CreateApiMapping'> = (input, ctx) => {
  const { DomainName: owner } = findDomain(ctx, input.DomainName);
  const id = newId(ctx, 6);
  const value: ApiMapping = {
    ApiId: input.ApiId,
    Stage: input.Stage,
    ApiMappingKey: input.ApiMappingKey ?? '',
    ApiMappingId: id,
  };
  checkMapping(ctx, owner, value);
  ctx.store.put(mappings, { owner, id, value });
  return value;
};
const findMapping = (ctx: Ctx, domain: string, id: string) =>
  find(mappings, 'ApiMapping', ctx, findDomain(ctx, domain).DomainName, id);
export const getApiMapping: Handler<V2, 'GetApiMapping'> = (input, ctx) =>
  findMapping(ctx, input.DomainName, input.ApiMappingId);
export const getApiMappings: Handler<V2, 'GetApiMappings'> = (input, ctx) =>
  page(mappings, ctx, findDomain(ctx, input.DomainName).DomainName, input);
export const updateApiMapping: Handler<V2, 'UpdateApiMapping'> = (input, ctx) => {
  const value = updated(findMapping(ctx, input.DomainName, input.ApiMappingId), input, ['DomainName', 'ApiMappingId']);
  const owner = input.DomainName.toLowerCase();
  checkMapping(ctx, owner, value);
  ctx.store.put(mappings, { owner, id: input.ApiMappingId, value });
  return value;
};
export const deleteApiMapping: Handler<V2, 'DeleteApiMapping'> = (input, ctx) => {
  findMapping(ctx, input.DomainName, input.ApiMappingId);
  ctx.store.delete(mappings, { owner: input.DomainName.toLowerCase(), id: input.ApiMappingId });
  return {};
};

type Tagged = { Tags?: { [key: string]: string } };

function findTagged(ctx: Ctx, arn: string) {
  const [, noun, id = '', stage] =
    /^arn:[\w-]+:apigateway:[\w-]*::\/(apis|domainnames)\/([^/]+)(?:\/stages\/([^/]+))?$/.exec(arn) ?? [];
  if (noun === undefined) throw badRequest('Invalid resource ARN specified');
  const table = (stage !== undefined ? stages : noun === 'apis' ? apis : domains) as KeptTable<Tagged>;
  const row = ctx.store.get(table, stage === undefined ? { owner: '', id } : { owner: id, id: stage });
  return { table, row: row ?? raise(notFound('Invalid resource identifier specified')) };
}

export const getTags: Handler<V2, 'GetTags'> = ({ ResourceArn }, ctx) => ({
  Tags: findTagged(ctx, ResourceArn).row.value.Tags ?? {},
});
export const tagResource: Handler<V2, 'TagResource'> = ({ ResourceArn, Tags = {} }, ctx) => {
  const { table, row } = findTagged(ctx, ResourceArn);
  const all = { ...row.value.Tags, ...Tags };
  if (Object.keys(all).length > TAGS_MAX) throw badRequest(`A resource can have at most ${TAGS_MAX} tags`);
  ctx.store.put(table, { ...row, value: { ...row.value, Tags: all } });
  return {};
};
export const untagResource: Handler<V2, 'UntagResource'> = ({ ResourceArn, TagKeys }, ctx) => {
  const { table, row } = findTagged(ctx, ResourceArn);
  const Tags = Object.fromEntries(Object.entries(row.value.Tags ?? {}).filter(([key]) => !TagKeys.includes(key)));
  ctx.store.put(table, { ...row, value: { ...row.value, Tags } });
  return {};
};
