/** Deployments and stages, and where domain names lead. */
import { isGone, type Properties, type ResourceScope, type ResourceTypes, tagsOf } from '#kernel/contract';
import type { CacheClusterSize, SecurityPolicy } from '#models/api-gateway';
import { compact } from '../domain/noun.ts';
import {
  endpointOf,
  escaped,
  flag,
  ifThere,
  madeOnce,
  madeWith,
  mapPatches,
  type Patch,
  patchesOf,
  refuse,
  shownAs,
  text,
  texts,
} from './values.ts';

const apiOf = ({ RestApiId }: Properties) => String(RestApiId);

/** Patches of settings of methods: those of CloudFormation name a path and a method each. */
const SETTINGS: { readonly [property: string]: string } = {
  MetricsEnabled: 'metrics/enabled',
  DataTraceEnabled: 'logging/dataTrace',
  LoggingLevel: 'logging/loglevel',
  ThrottlingBurstLimit: 'throttling/burstLimit',
  ThrottlingRateLimit: 'throttling/rateLimit',
  CachingEnabled: 'caching/enabled',
  CacheTtlInSeconds: 'caching/ttlInSeconds',
  CacheDataEncrypted: 'caching/dataEncrypted',
};

type Setting = { [name: string]: unknown };

const settingKey = ({ ResourcePath = '/*', HttpMethod = '*' }: Setting) => {
  const path = String(ResourcePath);
  return `/${path === '/*' ? '*' : escaped(path)}/${HttpMethod}`;
};

function settingPatches(before: unknown, after: unknown): Patch[] {
  const [old, now] = [before ?? [], after ?? []] as [Setting[], Setting[]];
  const kept = new Set(now.map(settingKey));
  const gone = old.map(settingKey).filter((key) => !kept.has(key));
  return [
    ...gone.map((path): Patch => ({ op: 'remove', path })),
    ...now.flatMap((one) =>
      Object.entries(SETTINGS)
        .filter(([name]) => one[name] !== undefined)
        .map(
          ([name, path]): Patch => ({ op: 'replace', path: `${settingKey(one)}/${path}`, value: String(one[name]) }),
        ),
    ),
  ];
}

function stagePatches(before: Properties, after: Properties): Patch[] {
  const log = (given: Properties) => (given.AccessLogSetting ?? {}) as Properties;
  return [
    ...patchesOf(before, after, {
      DeploymentId: '/deploymentId',
      Description: '/description',
      CacheClusterEnabled: '/cacheClusterEnabled',
      CacheClusterSize: '/cacheClusterSize',
      DocumentationVersion: '/documentationVersion',
      TracingEnabled: '/tracingEnabled',
    }),
    ...patchesOf(log(before), log(after), {
      DestinationArn: '/accessLogSettings/destinationArn',
      Format: '/accessLogSettings/format',
    }),
    ...mapPatches(before.Variables, after.Variables, '/variables'),
    ...settingPatches(before.MethodSettings, after.MethodSettings),
  ];
}

async function createStage(properties: Properties, scope: ResourceScope): Promise<string> {
  refuse(properties, ['ClientCertificateId', 'CanarySetting'], 'AWS::ApiGateway::Stage');
  const restApiId = apiOf(properties);
  const stageName = text(properties.StageName) ?? scope.name(64).replaceAll('-', '_');
  const gateway = scope.aws['api-gateway'];
  const input = compact<Parameters<typeof gateway.CreateStage>[0]>({
    restApiId,
    stageName,
    deploymentId: String(properties.DeploymentId),
    description: text(properties.Description),
    cacheClusterEnabled: flag(properties.CacheClusterEnabled),
    cacheClusterSize: text(properties.CacheClusterSize) as CacheClusterSize | undefined,
    variables: texts(properties.Variables),
    documentationVersion: text(properties.DocumentationVersion),
    tracingEnabled: flag(properties.TracingEnabled),
    tags: tagsOf(properties, scope),
  });
  await madeOnce(
    scope,
    () => gateway.CreateStage(input),
    () => ifThere('NotFoundException', gateway.GetStage({ restApiId, stageName })),
  );
  const { MethodSettings, AccessLogSetting } = properties;
  const patchOperations = stagePatches({}, { MethodSettings, AccessLogSetting });
  if (patchOperations.length > 0) await gateway.UpdateStage({ restApiId, stageName, patchOperations });
  return stageName;
}

export const stageTypes: ResourceTypes = {
  'AWS::ApiGateway::Deployment': {
    async create(properties, { aws }) {
      refuse(properties, ['DeploymentCanarySettings'], 'AWS::ApiGateway::Deployment');
      const { Variables, ...described } = (properties.StageDescription ?? {}) as Properties;
      const restApiId = apiOf(properties);
      const stageName = text(properties.StageName);
      const gateway = aws['api-gateway'];
      const { id = '' } = await gateway.CreateDeployment(
        compact<Parameters<typeof gateway.CreateDeployment>[0]>({
          restApiId,
          stageName,
          description: text(properties.Description),
          stageDescription: text(described.Description),
          variables: texts(Variables),
        }),
      );
      const { Description: _, ...settings } = described;
      const patchOperations = stagePatches({}, settings);
      if (stageName !== undefined && patchOperations.length > 0)
        await gateway.UpdateStage({ restApiId, stageName, patchOperations });
      return madeWith(id, 'DeploymentId');
    },
    async update(deploymentId, properties, before, { aws }) {
      const patchOperations = patchesOf(before, properties, { Description: '/description' });
      await aws['api-gateway'].UpdateDeployment({ restApiId: apiOf(properties), deploymentId, patchOperations });
      return madeWith(deploymentId, 'DeploymentId');
    },
    async delete(deploymentId, properties, { aws }) {
      const gateway = aws['api-gateway'];
      const restApiId = apiOf(properties);
      const stageName = text(properties.StageName);
      // The stage that it made goes with it, unless that has another deployment by now.
      const stage =
        stageName === undefined
          ? undefined
          : await ifThere('NotFoundException', gateway.GetStage({ restApiId, stageName }));
      if (stageName !== undefined && stage?.deploymentId === deploymentId)
        await gateway.DeleteStage({ restApiId, stageName });
      await isGone('NotFoundException', gateway.DeleteDeployment({ restApiId, deploymentId }));
    },
    async read(deploymentId, properties, { aws }) {
      const shown = await ifThere(
        'NotFoundException',
        aws['api-gateway'].GetDeployment({ restApiId: apiOf(properties), deploymentId }),
      );
      return shown && shownAs(properties, shown);
    },
  },
  'AWS::ApiGateway::Stage': {
    create: async (properties, scope) => ({ id: await createStage(properties, scope), attributes: {} }),
    async update(stageName, properties, before, scope) {
      refuse(properties, ['ClientCertificateId', 'CanarySetting'], 'AWS::ApiGateway::Stage');
      const patchOperations = stagePatches(before, properties);
      if (patchOperations.length > 0)
        await scope.aws['api-gateway'].UpdateStage({ restApiId: apiOf(properties), stageName, patchOperations });
      const resourceArn = `arn:${scope.partition}:apigateway:${scope.region}::/restapis/${apiOf(properties)}/stages/${stageName}`;
      const [tags, old] = [tagsOf(properties, scope), tagsOf(before, scope)];
      const tagKeys = Object.keys(old).filter((key) => !(key in tags));
      if (tagKeys.length > 0) await scope.aws['api-gateway'].UntagResource({ resourceArn, tagKeys });
      if (Object.keys(tags).length > 0) await scope.aws['api-gateway'].TagResource({ resourceArn, tags });
      return { id: stageName, attributes: {} };
    },
    delete: (stageName, properties, { aws }) =>
      isGone('NotFoundException', aws['api-gateway'].DeleteStage({ restApiId: apiOf(properties), stageName })),
    async read(stageName, properties, { aws }) {
      const shown = await ifThere(
        'NotFoundException',
        aws['api-gateway'].GetStage({ restApiId: apiOf(properties), stageName }),
      );
      return shown && shownAs(properties, shown);
    },
  },
  'AWS::ApiGateway::DomainName': {
    async create(properties, scope) {
      refuse(
        properties,
        ['MutualTlsAuthentication', 'OwnershipVerificationCertificateArn', 'EndpointAccessMode', 'RoutingMode'],
        'AWS::ApiGateway::DomainName',
      );
      const gateway = scope.aws['api-gateway'];
      const domainName = String(properties.DomainName);
      const input = compact<Parameters<typeof gateway.CreateDomainName>[0]>({
        domainName,
        certificateArn: text(properties.CertificateArn),
        regionalCertificateArn: text(properties.RegionalCertificateArn),
        endpointConfiguration: endpointOf(properties.EndpointConfiguration),
        securityPolicy: text(properties.SecurityPolicy) as SecurityPolicy | undefined,
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
    async update(domainName, properties, before, { aws }) {
      const paths = {
        CertificateArn: '/certificateArn',
        RegionalCertificateArn: '/regionalCertificateArn',
        SecurityPolicy: '/securityPolicy',
      };
      const patchOperations = patchesOf(before, properties, paths);
      return domainMade(await aws['api-gateway'].UpdateDomainName({ domainName, patchOperations }));
    },
    delete: (domainName, _, { aws }) =>
      isGone('NotFoundException', aws['api-gateway'].DeleteDomainName({ domainName })),
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
