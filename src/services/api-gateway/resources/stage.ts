/** Deployments and stages. */
import { isGone, type Properties, type ResourceScope, type ResourceTypes, tagsOf } from '#kernel/contract';
import type { CacheClusterSize, CanarySettings } from '#models/api-gateway';
import { compact } from '../domain/noun.ts';
import {
  flag,
  ifThere,
  largeNames,
  madeOnce,
  madeWith,
  mapPatches,
  number,
  type Patch,
  patchesOf,
  retag,
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

/** A path's slashes are written as `~1` already, behind a first one that stays; the root is one slash. Source: CloudFormation, MethodSetting. */
const settingKey = ({ ResourcePath = '/*', HttpMethod = '*' }: Setting) =>
  `${ResourcePath === '/' ? '/~1' : ResourcePath}/${HttpMethod}`;

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
      ClientCertificateId: '/clientCertificateId',
      DeploymentId: '/deploymentId',
      Description: '/description',
      CacheClusterEnabled: ['/cacheClusterEnabled', 'false'],
      CacheClusterSize: '/cacheClusterSize',
      DocumentationVersion: '/documentationVersion',
      TracingEnabled: ['/tracingEnabled', 'false'],
    }),
    ...patchesOf(log(before), log(after), {
      DestinationArn: '/accessLogSettings/destinationArn',
      Format: '/accessLogSettings/format',
    }),
    ...mapPatches(before.Variables, after.Variables, '/variables'),
    ...settingPatches(before.MethodSettings, after.MethodSettings),
    ...canaryPatches(before, after),
  ];
}

/** A stage's canary, or a deployment's. */
function canaryOf(given: unknown): CanarySettings | undefined {
  if (given === undefined) return undefined;
  const { DeploymentId, PercentTraffic, StageVariableOverrides, UseStageCache } = given as Properties;
  return compact<CanarySettings>({
    deploymentId: text(DeploymentId),
    percentTraffic: number(PercentTraffic) ?? 0,
    stageVariableOverrides: texts(StageVariableOverrides),
    useStageCache: flag(UseStageCache) ?? false,
  });
}

function canaryPatches(before: Properties, after: Properties): Patch[] {
  const path = '/canarySettings';
  const [old, now] = [canaryOf(before.CanarySetting), canaryOf(after.CanarySetting)];
  if (now === undefined) return old === undefined ? [] : [{ op: 'remove', path }];
  return [
    ...patchesOf(
      { ...old },
      { ...now },
      {
        percentTraffic: `${path}/percentTraffic`,
        useStageCache: `${path}/useStageCache`,
        deploymentId: [`${path}/deploymentId`, String(after.DeploymentId)],
      },
    ),
    ...mapPatches(old?.stageVariableOverrides, now.stageVariableOverrides, `${path}/stageVariableOverrides`),
  ];
}

async function createStage(properties: Properties, scope: ResourceScope): Promise<string> {
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
    canarySettings: canaryOf(properties.CanarySetting),
    tags: tagsOf(properties, scope),
  });
  await madeOnce(
    scope,
    () => gateway.CreateStage(input),
    () => ifThere('NotFoundException', gateway.GetStage({ restApiId, stageName })),
  );
  scope.begun(stageName);
  const { MethodSettings, AccessLogSetting, ClientCertificateId } = properties;
  const patchOperations = stagePatches({}, { MethodSettings, AccessLogSetting, ClientCertificateId });
  if (patchOperations.length > 0) await gateway.UpdateStage({ restApiId, stageName, patchOperations });
  return stageName;
}

export const stageTypes: ResourceTypes = {
  'AWS::ApiGateway::Deployment': {
    async create(properties, { aws, begun }) {
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
          canarySettings: canaryOf(properties.DeploymentCanarySettings),
        }),
      );
      begun(id);
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
      const patchOperations = stagePatches(before, properties);
      if (patchOperations.length > 0)
        await scope.aws['api-gateway'].UpdateStage({ restApiId: apiOf(properties), stageName, patchOperations });
      await retag(`restapis/${apiOf(properties)}/stages/${stageName}`, properties, before, scope);
      return { id: stageName, attributes: {} };
    },
    delete: (stageName, properties, { aws }) =>
      isGone('NotFoundException', aws['api-gateway'].DeleteStage({ restApiId: apiOf(properties), stageName })),
    async read(stageName, properties, { aws }) {
      const shown = await ifThere(
        'NotFoundException',
        aws['api-gateway'].GetStage({ restApiId: apiOf(properties), stageName }),
      );
      if (shown === undefined) return undefined;
      const { accessLogSettings = {}, canarySettings = {}, methodSettings = {} } = shown;
      return shownAs(properties, {
        ...shown,
        accessLogSetting: largeNames(accessLogSettings),
        canarySetting: largeNames(canarySettings),
        methodSettings: Object.entries(methodSettings).map(([key, one]) => settingShown(key, one ?? {})),
      });
    },
  },
};

/** A method's settings as a template has them: `*\/*` of the API is `/*` and `*`. */
function settingShown(key: string, setting: object): Properties {
  const at = key.lastIndexOf('/');
  const path = key.slice(0, at);
  return { ResourcePath: path === '~1' ? '/' : `/${path}`, HttpMethod: key.slice(at + 1), ...largeNames(setting) };
}
