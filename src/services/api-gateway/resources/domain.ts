/** Domain names, and the paths under which they lead to APIs. */
import { isGone, type Properties, type ResourceTypes, tagsOf } from '#kernel/contract';
import type { EndpointAccessMode, RoutingMode, SecurityPolicy } from '#models/api-gateway';
import { compact } from '../domain/noun.ts';
import { endpointOf, ifThere, largeNames, madeOnce, patchesOf, retag, shownAs, smallNames, text } from './values.ts';

const TRUSTSTORE = {
  TruststoreUri: '/mutualTlsAuthentication/truststoreUri',
  TruststoreVersion: '/mutualTlsAuthentication/truststoreVersion',
};

/** From one kind of endpoints to the other, over both: what would be both at once is refused. */
function endpointPatches(before: Properties, properties: Properties): ReturnType<typeof patchesOf> {
  const [old, now] = [before, properties].map((one) => endpointOf(one.EndpointConfiguration) ?? {});
  const [gone, come] = [old?.types ?? ['EDGE'], now?.types ?? ['EDGE']];
  const path = '/endpointConfiguration/types';
  return [
    ...come.filter((type) => !gone.includes(type)).map((value) => ({ op: 'add' as const, path, value })),
    ...gone.filter((type) => !come.includes(type)).map((value) => ({ op: 'remove' as const, path, value })),
    ...patchesOf({ ...old }, { ...now }, { ipAddressType: ['/endpointConfiguration/ipAddressType', 'ipv4'] }),
  ];
}

const mutualOf = ({ MutualTlsAuthentication: given }: Properties) => given as Properties | undefined;

export const domainTypes: ResourceTypes = {
  'AWS::ApiGateway::DomainName': {
    async create(properties, scope) {
      const gateway = scope.aws['api-gateway'];
      const domainName = String(properties.DomainName);
      const input = compact<Parameters<typeof gateway.CreateDomainName>[0]>({
        domainName,
        certificateArn: text(properties.CertificateArn),
        regionalCertificateArn: text(properties.RegionalCertificateArn),
        endpointConfiguration: endpointOf(properties.EndpointConfiguration),
        mutualTlsAuthentication: mutualOf(properties) && smallNames(mutualOf(properties)),
        ownershipVerificationCertificateArn: text(properties.OwnershipVerificationCertificateArn),
        securityPolicy: text(properties.SecurityPolicy) as SecurityPolicy | undefined,
        endpointAccessMode: text(properties.EndpointAccessMode) as EndpointAccessMode | undefined,
        routingMode: text(properties.RoutingMode) as RoutingMode | undefined,
        tags: tagsOf(properties, scope),
      });
      return domainMade(
        await madeOnce(
          scope,
          () => gateway.CreateDomainName(input),
          () => ifThere('NotFoundException', gateway.GetDomainName({ domainName })),
        ),
      );
    },
    async update(domainName, properties, before, scope) {
      const paths: Parameters<typeof patchesOf>[2] = {
        CertificateArn: '/certificateArn',
        RegionalCertificateArn: '/regionalCertificateArn',
        SecurityPolicy: ['/securityPolicy', 'TLS_1_2'],
        EndpointAccessMode: '/endpointAccessMode',
        RoutingMode: ['/routingMode', 'BASE_PATH_MAPPING_ONLY'],
        OwnershipVerificationCertificateArn: '/ownershipVerificationCertificateArn',
      };
      const patchOperations = [
        ...endpointPatches(before, properties),
        ...patchesOf(before, properties, paths),
        ...patchesOf(mutualOf(before) ?? {}, mutualOf(properties) ?? {}, TRUSTSTORE),
      ];
      await retag(`domainnames/${domainName}`, properties, before, scope);
      return domainMade(await scope.aws['api-gateway'].UpdateDomainName({ domainName, patchOperations }));
    },
    delete: (domainName, _, { aws }) =>
      isGone('NotFoundException', aws['api-gateway'].DeleteDomainName({ domainName })),
    async read(domainName, properties, { aws }) {
      const shown = await ifThere('NotFoundException', aws['api-gateway'].GetDomainName({ domainName }));
      if (shown === undefined) return undefined;
      const { mutualTlsAuthentication: { truststoreWarnings: _, ...mutual } = {}, ...rest } = shown;
      const mutualTlsAuthentication = largeNames(mutual);
      return shownAs(properties, {
        ...rest,
        mutualTlsAuthentication,
        endpointConfiguration: properties.EndpointConfiguration,
      });
    },
  },
  'AWS::ApiGateway::BasePathMapping': {
    async create(properties, scope) {
      const gateway = scope.aws['api-gateway'];
      const domainName = String(properties.DomainName);
      const basePath = text(properties.BasePath) ?? '';
      const input = {
        domainName,
        basePath,
        restApiId: String(properties.RestApiId),
        ...compact({ stage: text(properties.Stage) }),
      };
      await madeOnce(
        scope,
        () => gateway.CreateBasePathMapping(input),
        () => ifThere('NotFoundException', gateway.GetBasePathMapping({ domainName, basePath: basePath || '(none)' })),
      );
      return { id: `${domainName}|${basePath}`, attributes: {} };
    },
    async update(id, properties, before, { aws }) {
      const basePath = text(properties.BasePath) || '(none)';
      const patchOperations = patchesOf(before, properties, { RestApiId: '/restapiId', Stage: '/stage' });
      await aws['api-gateway'].UpdateBasePathMapping({
        domainName: String(properties.DomainName),
        basePath,
        patchOperations,
      });
      return { id, attributes: {} };
    },
    delete: (_, properties, { aws }) =>
      isGone(
        'NotFoundException',
        aws['api-gateway'].DeleteBasePathMapping({
          domainName: String(properties.DomainName),
          basePath: text(properties.BasePath) || '(none)',
        }),
      ),
    async read(_, properties, { aws }) {
      const basePath = text(properties.BasePath) || '(none)';
      const domainName = String(properties.DomainName);
      const shown = await ifThere('NotFoundException', aws['api-gateway'].GetBasePathMapping({ domainName, basePath }));
      return (
        shown && { ...shownAs(properties, shown), ...('BasePath' in properties && { BasePath: properties.BasePath }) }
      );
    },
  },
};

type Shown = {
  domainName?: string;
  domainNameArn?: string;
  distributionDomainName?: string;
  distributionHostedZoneId?: string;
  regionalDomainName?: string;
  regionalHostedZoneId?: string;
};

function domainMade({ domainName = '', ...shown }: Shown) {
  return {
    id: domainName,
    attributes: compact({
      DomainNameArn: shown.domainNameArn,
      DistributionDomainName: shown.distributionDomainName,
      DistributionHostedZoneId: shown.distributionHostedZoneId,
      RegionalDomainName: shown.regionalDomainName,
      RegionalHostedZoneId: shown.regionalHostedZoneId,
    }),
  };
}
