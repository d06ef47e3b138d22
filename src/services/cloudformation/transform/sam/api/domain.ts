/** Domains of REST APIs. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { expectMap, expectPresent, expectTexts, ofResource } from '../expect.ts';
import { resourceFault } from '../faults.ts';
import { hashOf, type Made, made } from '../made.ts';
import type { Declared, Setting } from '../setting.ts';
import { getAtt, isGiven, listOf, type Maybe, ref } from '../values.ts';
import { recordSetsOf } from './record-sets.ts';

/** Every distribution's. Source: Route 53 API Reference, AliasTarget. */
const DISTRIBUTIONS_ZONE = 'Z2FDTNDATAQYW2';

/** What a REST API's domain stands for; `last` comes after all else. */
export function restDomainOf(declared: Declared, setting: Setting): { resources: Made[]; last: Made[] } {
  const { id, given } = declared;
  if (given.Domain === undefined || given.Domain === null) return { resources: [], last: [] };
  const domain = expectMap(given.Domain, ofResource(id, 'Domain'));
  const name = expectPresent(domain.DomainName, ofResource(id, 'Domain.DomainName'));
  expectPresent(domain.CertificateArn, ofResource(id, 'Domain.CertificateArn'));
  const endpoint = domain.EndpointConfiguration ?? 'REGIONAL';
  const isPrivate = endpoint === 'PRIVATE';
  const logical = `ApiGatewayDomainName${isPrivate ? 'V2' : ''}${hashOf(name)}`;
  if (!isPrivate) domain.ApiDomainName = logical;
  domain.EndpointConfiguration = endpoint;
  if (typeof endpoint !== 'string' || !['EDGE', 'REGIONAL', 'PRIVATE'].includes(endpoint))
    throw resourceFault(id, "EndpointConfiguration for Custom Domains must be one of ['EDGE', 'REGIONAL', 'PRIVATE'].");
  const named = domainName(declared, domain, logical, endpoint);
  const mappings = mappingsOf(declared, domain, logical, isPrivate);
  const access = isPrivate ? accessOf(declared, domain, logical) : [];
  const records = recordSetsOf(declared, domain, setting, (route53) =>
    aliasTarget(endpoint, isPrivate ? '' : logical, route53),
  );
  return { resources: [named, ...mappings, ...(records === undefined ? [] : [records])], last: access };
}

function domainName({ id, passed }: Declared, domain: JsonObject, logical: string, endpoint: string): Made {
  const { CertificateArn, IpAddressType } = domain;
  const optional = ['SecurityPolicy', 'EndpointAccessMode', 'OwnershipVerificationCertificateArn'];
  if (endpoint === 'PRIVATE') optional.push('Policy');
  return made(
    logical,
    endpoint === 'PRIVATE' ? 'AWS::ApiGateway::DomainNameV2' : 'AWS::ApiGateway::DomainName',
    {
      DomainName: domain.DomainName,
      [endpoint === 'REGIONAL' ? 'RegionalCertificateArn' : 'CertificateArn']: CertificateArn,
      EndpointConfiguration: { Types: [endpoint], ...(isGiven(IpAddressType) && { IpAddressType }) },
      MutualTlsAuthentication: endpoint === 'PRIVATE' ? undefined : mutualTls(id, domain.MutualTlsAuthentication),
      ...Object.fromEntries(optional.map((name) => [name, isGiven(domain[name]) ? domain[name] : undefined])),
    },
    { attributes: passed },
  );
}

export const TLS_FIELDS = ['TruststoreUri', 'TruststoreVersion'];

function mutualTls(id: string, value: Maybe): JsonObject | undefined {
  if (!isGiven(value)) return undefined;
  const given = expectMap(value, ofResource(id, 'Domain.MutualTlsAuthentication'));
  if (!Object.keys(given).every((key) => TLS_FIELDS.includes(key)))
    throw resourceFault(
      id,
      "Available Domain.MutualTlsAuthentication fields are ['TruststoreUri', 'TruststoreVersion'].",
    );
  return Object.fromEntries(Object.entries(given).filter(([, one]) => isGiven(one)));
}

function mappingsOf({ id, passed }: Declared, domain: JsonObject, logical: string, isPrivate: boolean): Made[] {
  const type = isPrivate ? 'AWS::ApiGateway::BasePathMappingV2' : 'AWS::ApiGateway::BasePathMapping';
  const common = {
    [isPrivate ? 'DomainNameArn' : 'DomainName']: ref(logical),
    RestApiId: ref(id),
    Stage: ref(`${id}.Stage`),
  };
  if (!isGiven(domain.BasePath) || (typeof domain.BasePath !== 'string' && !Array.isArray(domain.BasePath)))
    return [made(`${id}BasePathMapping`, type, common, { attributes: passed })];
  const paths = expectTexts(listOf(domain.BasePath), ofResource(id, 'Domain.BasePath'));
  return paths.map((path) => {
    const plain = path.replace(/[^\p{L}\p{N}]/gu, '');
    const BasePath = isGiven(domain.NormalizeBasePath ?? true) ? plain : path;
    return made(`${id}${plain}BasePathMapping`, type, { ...common, BasePath }, { attributes: passed });
  });
}

/** Private domains are reached through endpoints of VPCs. */
function accessOf({ id, passed }: Declared, { AccessAssociation }: JsonObject, logical: string): Made[] {
  if (AccessAssociation === undefined || AccessAssociation === null) return [];
  const { VpcEndpointId = null } = expectMap(AccessAssociation, ofResource(id, 'Domain.AccessAssociation'));
  return [
    made(
      `DomainNameAccessAssociation${hashOf([VpcEndpointId, logical])}`,
      'AWS::ApiGateway::DomainNameAccessAssociation',
      {
        DomainNameArn: ref(logical),
        AccessAssociationSourceType: 'VPCE',
        AccessAssociationSource: VpcEndpointId,
      },
      { attributes: passed },
    ),
  ];
}

function aliasTarget(endpoint: Json, logical: string, route53: JsonObject): JsonObject {
  if (endpoint === 'REGIONAL')
    return {
      HostedZoneId: getAtt(logical, 'RegionalHostedZoneId'),
      DNSName: getAtt(logical, 'RegionalDomainName'),
    };
  if (endpoint === 'EDGE')
    return {
      HostedZoneId: DISTRIBUTIONS_ZONE,
      DNSName: (route53.DistributionDomainName ??= getAtt(logical, 'DistributionDomainName')),
    };
  return { HostedZoneId: route53.VpcEndpointHostedZoneId ?? null, DNSName: route53.VpcEndpointDomainName ?? null };
}
