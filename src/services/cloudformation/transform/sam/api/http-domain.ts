/** Domains of HTTP and WebSocket APIs. */
import type { JsonObject } from '../../../domain/parse.ts';
import { resourceFault } from '../faults.ts';
import { hashOf, type Made, made } from '../made.ts';
import type { Declared, Setting } from '../setting.ts';
import { getAtt, isGiven, isMap, listOf, type Maybe, mapOf, ref } from '../values.ts';
import { TLS_FIELDS } from './domain.ts';
import { recordSetsOf } from './record-sets.ts';

/** The domain, its mappings, and the records that lead to it. */
export function httpDomainOf(declared: Declared, tag: string, setting: Setting): Made[] {
  const { id, given, passed } = declared;
  if (given.Domain === undefined || given.Domain === null) return [];
  const domain = mapOf(given.Domain);
  const { DomainName, CertificateArn, OwnershipVerificationCertificateArn, SecurityPolicy } = domain;
  if (DomainName === undefined || DomainName === null || CertificateArn === undefined || CertificateArn === null)
    throw resourceFault(id, 'Custom Domains only works if both DomainName and CertificateArn are provided.');
  if ((domain.EndpointConfiguration ?? 'REGIONAL') !== 'REGIONAL')
    throw resourceFault(id, "EndpointConfiguration for Custom Domains must be one of ['REGIONAL'].");
  const logical = `ApiGatewayDomainNameV2${hashOf(DomainName)}`;
  const config = {
    CertificateArn,
    EndpointType: 'REGIONAL',
    ...(isGiven(OwnershipVerificationCertificateArn) && { OwnershipVerificationCertificateArn }),
    ...(isGiven(SecurityPolicy) && { SecurityPolicy }),
  };
  const name = made(
    logical,
    'AWS::ApiGatewayV2::DomainName',
    {
      DomainName,
      DomainNameConfigurations: [config],
      MutualTlsAuthentication: mutualTls(id, domain.MutualTlsAuthentication),
      Tags: { [tag]: 'SAM' },
    },
    { attributes: passed },
  );
  const records = recordSetsOf(declared, domain, setting, () => ({
    HostedZoneId: getAtt(logical, 'RegionalHostedZoneId'),
    DNSName: getAtt(logical, 'RegionalDomainName'),
  }));
  return [name, ...mappingsOf(declared, domain, logical), ...(records === undefined ? [] : [records])];
}

function mutualTls(id: string, value: Maybe): JsonObject | undefined {
  if (!isGiven(value)) return undefined;
  if (!isMap(value))
    throw resourceFault(
      id,
      "MutualTlsAuthentication must be a map with at least one of the following fields ['TruststoreUri', 'TruststoreVersion'].",
    );
  const unknown = Object.keys(value).filter((key) => !TLS_FIELDS.includes(key));
  if (unknown.length > 0)
    throw resourceFault(
      unknown.toSorted().join(','),
      "Available MutualTlsAuthentication fields are ['TruststoreUri', 'TruststoreVersion'].",
    );
  return Object.fromEntries(Object.entries(value).filter(([, one]) => isGiven(one)));
}

function mappingsOf({ id, passed }: Declared, { BasePath }: JsonObject, logical: string): Made[] {
  const mapping = (name: string, more: JsonObject) =>
    made(
      `${id}${name}ApiMapping`,
      'AWS::ApiGatewayV2::ApiMapping',
      { DomainName: ref(logical), ApiId: ref(id), Stage: ref(`${id}.Stage`), ...more },
      { attributes: passed },
    );
  if (!isGiven(BasePath) || (typeof BasePath !== 'string' && !Array.isArray(BasePath))) return [mapping('', {})];
  return listOf(BasePath).map((path) => {
    if (typeof path !== 'string') throw resourceFault(id, 'Basepath must be a string.');
    if (/[^0-9a-zA-Z/\-_]/.test(path)) throw resourceFault(id, 'Invalid Basepath name provided.');
    return mapping(path.replace(/[-_/]+/g, ''), { ApiMappingKey: path.replace(/^\/+|\/+$/g, '') });
  });
}
