/** Domain names in the form of this API; they are kept in that of the first one. */
import type * as one from '#models/api-gateway';
import type {
  DomainName,
  DomainNameConfiguration,
  MutualTlsAuthentication,
  MutualTlsAuthenticationInput,
  RoutingMode,
} from '#models/apigatewayv2';
import { compact } from '../../api-gateway/port.ts';
import { badRequest } from '../errors.ts';

const MODES: { readonly [mode in RoutingMode]: one.RoutingMode } = {
  API_MAPPING_ONLY: 'BASE_PATH_MAPPING_ONLY',
  ROUTING_RULE_ONLY: 'ROUTING_RULE_ONLY',
  ROUTING_RULE_THEN_API_MAPPING: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING',
};

/** What the first API calls a routing mode. */
export const oldMode = (mode: RoutingMode | undefined) => mode && MODES[mode];

/** As this API shows it. */
export function shownDomain(domain: one.DomainName): DomainName {
  const { endpointConfiguration: { ipAddressType } = {}, mutualTlsAuthentication: mutual } = domain;
  const mode = Object.entries(MODES).find(([, old]) => old === domain.routingMode)?.[0] as RoutingMode | undefined;
  return compact<DomainName>({
    DomainName: domain.domainName ?? '',
    DomainNameArn: domain.domainNameArn,
    ApiMappingSelectionExpression: '$request.basepath',
    DomainNameConfigurations: [
      compact<DomainNameConfiguration>({
        ApiGatewayDomainName: domain.regionalDomainName ?? domain.distributionDomainName,
        CertificateArn: domain.regionalCertificateArn ?? domain.certificateArn,
        CertificateName: domain.regionalCertificateName ?? domain.certificateName,
        DomainNameStatus: domain.domainNameStatus as DomainNameConfiguration['DomainNameStatus'],
        EndpointType: domain.regionalDomainName === undefined ? 'EDGE' : 'REGIONAL',
        HostedZoneId: domain.regionalHostedZoneId ?? domain.distributionHostedZoneId,
        IpAddressType: ipAddressType,
        SecurityPolicy: domain.securityPolicy as DomainNameConfiguration['SecurityPolicy'],
        OwnershipVerificationCertificateArn: domain.ownershipVerificationCertificateArn,
      }),
    ],
    MutualTlsAuthentication:
      mutual &&
      compact<MutualTlsAuthentication>({
        TruststoreUri: mutual.truststoreUri,
        TruststoreVersion: mutual.truststoreVersion,
        TruststoreWarnings: mutual.truststoreWarnings,
      }),
    RoutingMode: mode,
    Tags: domain.tags ?? {},
  });
}

/** What a configuration says, as the first API says it. @throws {ServiceError} BadRequestException */
export function oldConfiguration(given: DomainNameConfiguration): Partial<one.DomainName> {
  const { CertificateArn: arn, CertificateName: name, EndpointType: type = 'REGIONAL', IpAddressType } = given;
  // Source of the text: badmintoncryer/cdk-preflight.
  if (type === 'EDGE') throw badRequest('EDGE endpoint type is not supported for APIGatewayV2 domainName');
  if (arn === undefined) throw badRequest('A certificate ARN must be given');
  return compact<Partial<one.DomainName>>({
    regionalCertificateArn: arn,
    regionalCertificateName: name,
    endpointConfiguration: { types: [type], ipAddressType: IpAddressType ?? 'ipv4' },
    securityPolicy: given.SecurityPolicy ?? 'TLS_1_2',
    ownershipVerificationCertificateArn: given.OwnershipVerificationCertificateArn,
  });
}

/** What is asked of clients, as the first API says it. */
export function oldMutual(
  given: MutualTlsAuthenticationInput | undefined,
): one.MutualTlsAuthenticationInput | undefined {
  if (given === undefined) return undefined;
  return compact<one.MutualTlsAuthenticationInput>({
    truststoreUri: given.TruststoreUri,
    truststoreVersion: given.TruststoreVersion,
  });
}
