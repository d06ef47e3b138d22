/** Stages: where a deployment answers, and how. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { CreateStageRequest, MethodSetting, PatchOperation, Stage } from '#models/api-gateway';
import { all, compact, find, findApi, save } from '../domain/noun.ts';
import { namesOf, patched } from '../domain/patch.ts';
import { badPatchValue, badRequest, conflict, limitExceeded } from '../errors.ts';
import { isGroup, isStream } from '../execute/access-log.ts';
import { logsRole } from '../execute/logs.ts';
import { CACHE_TTL_DEFAULT, STAGES_MAX } from '../limits.ts';
import { clientCertificates, deployments, flushes, stages } from '../state.ts';

type Api = 'api-gateway';

const PATCHABLE = {
  '/deploymentId': 'text',
  '/description': 'text',
  '/cacheClusterEnabled': 'boolean',
  '/cacheClusterSize': 'text',
  '/clientCertificateId': 'text',
  '/documentationVersion': 'text',
  '/tracingEnabled': 'boolean',
  '/variables/*': 'text',
  '/variables': 'json',
  '/accessLogSettings': 'json',
  '/accessLogSettings/destinationArn': 'text',
  '/accessLogSettings/format': 'text',
  '/canarySettings': 'json',
  '/canarySettings/percentTraffic': 'number',
  '/canarySettings/deploymentId': 'text',
  '/canarySettings/useStageCache': 'boolean',
  '/canarySettings/stageVariableOverrides': 'json',
  '/canarySettings/stageVariableOverrides/*': 'text',
} as const;

/** Source: API Gateway API Reference, UpdateStage: paths of method settings. */
const SETTINGS: { readonly [path: string]: readonly [keyof MethodSetting, 'text' | 'number' | 'boolean'] } = {
  'metrics/enabled': ['metricsEnabled', 'boolean'],
  'logging/dataTrace': ['dataTraceEnabled', 'boolean'],
  'logging/loglevel': ['loggingLevel', 'text'],
  'throttling/burstLimit': ['throttlingBurstLimit', 'number'],
  'throttling/rateLimit': ['throttlingRateLimit', 'number'],
  'caching/enabled': ['cachingEnabled', 'boolean'],
  'caching/ttlInSeconds': ['cacheTtlInSeconds', 'number'],
  'caching/dataEncrypted': ['cacheDataEncrypted', 'boolean'],
  'caching/requireAuthorizationForCacheControl': ['requireAuthorizationForCacheControl', 'boolean'],
  'caching/unauthorizedCacheControlHeaderStrategy': ['unauthorizedCacheControlHeaderStrategy', 'text'],
};
const SETTINGS_DEFAULT: MethodSetting = {
  metricsEnabled: false,
  dataTraceEnabled: false,
  throttlingBurstLimit: -1,
  throttlingRateLimit: -1,
  cachingEnabled: false,
  cacheTtlInSeconds: CACHE_TTL_DEFAULT,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
};

export const createStage: Handler<Api, 'CreateStage'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  return newStage(ctx, input);
};

/** Makes a stage. In a transaction. */
export function newStage(ctx: Ctx, input: CreateStageRequest): Stage {
  const { restApiId, stageName, deploymentId } = input;
  if (!/^\w[\w-]{0,127}$/.test(stageName)) throw badRequest('Stage name only allows a-zA-Z0-9_-');
  const others = all(stages, ctx, restApiId);
  if (others.some((one) => one.stageName === stageName)) throw conflict('Stage already exists');
  if (others.length >= STAGES_MAX) throw limitExceeded('Maximum number of stages for this API has been reached.');
  const stage = compact<Stage>({
    deploymentId,
    stageName,
    description: input.description,
    cacheClusterEnabled: input.cacheClusterEnabled ?? false,
    cacheClusterSize: input.cacheClusterSize ?? (input.cacheClusterEnabled === true ? '0.5' : undefined),
    cacheClusterStatus: input.cacheClusterEnabled === true ? 'AVAILABLE' : 'NOT_AVAILABLE',
    methodSettings: {},
    variables: input.variables,
    documentationVersion: input.documentationVersion,
    canarySettings: input.canarySettings,
    // Deviation: requests carry the id of a trace, but none is kept anywhere: X-Ray is not here.
    tracingEnabled: input.tracingEnabled ?? false,
    tags: input.tags,
    createdDate: ctx.now,
    lastUpdatedDate: ctx.now,
  });
  checkStage(ctx, restApiId, stage);
  return save(stages, ctx, restApiId, stageName, stage);
}

function checkStage(ctx: Ctx, api: string, stage: Stage): void {
  const { deploymentId = '', variables = {}, canarySettings: canary, accessLogSettings: log } = stage;
  const { clientCertificateId: certificate = '' } = stage;
  if (certificate !== '' && ctx.store.get(clientCertificates, { owner: '', id: certificate }) === undefined)
    throw badRequest('Invalid Client Certificate Id specified');
  const hasDeployment = (id: string) => ctx.store.get(deployments, { owner: api, id }) !== undefined;
  if (!hasDeployment(deploymentId)) throw badRequest('Deployment id does not exist');
  if (canary?.deploymentId !== undefined && !hasDeployment(canary.deploymentId))
    throw badRequest('Deployment id does not exist');
  const percent = canary?.percentTraffic ?? 0;
  if (percent < 0 || percent > 100) throw badRequest('Invalid value for percentTraffic, must be between 0.0 and 100.0');
  for (const [name, value = ''] of Object.entries(variables)) {
    if (!/^\w+$/.test(name)) throw badRequest('Stage variable name must be alphanumeric and underscore');
    if (!/^[A-Za-z0-9-._~:/?#&=,]+$/.test(value))
      throw badRequest('Stage variable values must match [A-Za-z0-9-._~:/?#&=,]+');
  }
  const levels = Object.values(stage.methodSettings ?? {}).map((one) => one?.loggingLevel ?? 'OFF');
  if (levels.some((level) => !['OFF', 'ERROR', 'INFO'].includes(level)))
    throw badRequest('Logging level must be one of: OFF, ERROR, INFO');
  const isLogging = levels.some((level) => level !== 'OFF') || isGroup(log?.destinationArn);
  if (isLogging && logsRole(ctx) === undefined)
    throw badRequest('CloudWatch Logs role ARN must be set in account settings to enable logging');
  const { destinationArn: arn } = log ?? {};
  if (arn !== undefined && !isGroup(arn) && !isStream(arn))
    throw badRequest(
      'Invalid ARN specified in the request: access log destinations must be log groups or delivery streams',
    );
}

/** A stage of an API. @throws {ServiceError} NotFoundException */
export function findStage(ctx: Ctx, api: string, name: string): Stage {
  findApi(ctx, api);
  return find(stages, 'stage', ctx, api, name);
}

export const getStage: Handler<Api, 'GetStage'> = ({ restApiId, stageName }, ctx) =>
  findStage(ctx, restApiId, stageName);

export const getStages: Handler<Api, 'GetStages'> = ({ restApiId, deploymentId }, ctx) => {
  findApi(ctx, restApiId);
  const item = all(stages, ctx, restApiId);
  return { item: deploymentId === undefined ? item : item.filter((one) => one.deploymentId === deploymentId) };
};

export const updateStage: Handler<Api, 'UpdateStage'> = ({ restApiId, stageName, patchOperations = [] }, ctx) => {
  let stage = findStage(ctx, restApiId, stageName);
  for (const operation of patchOperations) stage = settingsPatched(stage, operation) ?? patchedOnce(stage, operation);
  return keepStage(ctx, restApiId, stage);
};

/** Keeps a stage as it is from now on. In a transaction. */
export function keepStage(ctx: Ctx, api: string, changed: Stage): Stage {
  const { cacheClusterEnabled: isCached, cacheClusterSize = '0.5', stageName = '' } = changed;
  const stage: Stage = {
    ...changed,
    lastUpdatedDate: ctx.now,
    cacheClusterStatus: isCached === true ? 'AVAILABLE' : 'NOT_AVAILABLE',
    ...(isCached === true && { cacheClusterSize }),
  };
  checkStage(ctx, api, stage);
  return save(stages, ctx, api, stageName, stage);
}

function patchedOnce(stage: Stage, operation: PatchOperation): Stage {
  // A canary is promoted by copying what it has to the stage.
  return patched(stage, [operation], PATCHABLE);
}

/** `/~1pets/GET/throttling/rateLimit`: undefined for a path that is no method's setting. */
function settingsPatched(stage: Stage, { op, path = '', value }: PatchOperation): Stage | undefined {
  const names = namesOf(path);
  const setting = SETTINGS[names.slice(-2).join('/')];
  const methodSettings = { ...stage.methodSettings };
  const [resource = '', method = ''] = names;
  const key = `${resource.replace(/^\//, '')}/${method}`;
  if (op === 'remove' && names.length === 2 && key in methodSettings) {
    delete methodSettings[key];
    return { ...stage, methodSettings };
  }
  if (setting === undefined || names.length !== 4) return undefined;
  const [field, kind] = setting;
  const read =
    kind === 'number' ? Number(value) : kind === 'boolean' ? value === 'true' : value === undefined ? undefined : value;
  if (kind === 'number' && !Number.isFinite(read)) throw badPatchValue(path);
  methodSettings[key] = { ...SETTINGS_DEFAULT, ...methodSettings[key], [field]: read };
  return { ...stage, methodSettings };
}

export const deleteStage: Handler<Api, 'DeleteStage'> = ({ restApiId, stageName }, ctx) => {
  findStage(ctx, restApiId, stageName);
  ctx.store.delete(stages, { owner: restApiId, id: stageName });
  return {};
};

const flush = (what: 'responses' | 'authorizers') => (input: { restApiId: string; stageName: string }, ctx: Ctx) => {
  const { restApiId: api, stageName: stage } = input;
  findStage(ctx, api, stage);
  const row = ctx.store.get(flushes, { api, stage }) ?? { api, stage, responses: 0, authorizers: 0 };
  ctx.store.put(flushes, { ...row, [what]: row[what] + 1 });
  return {};
};

export const flushStageCache: Handler<Api, 'FlushStageCache'> = flush('responses');
export const flushStageAuthorizersCache: Handler<Api, 'FlushStageAuthorizersCache'> = flush('authorizers');

/** @throws {ServiceError} NotFoundException */
export function stageOf(ctx: Ctx, api: string, name: string): Stage {
  return ctx.store.get(stages, { owner: api, id: name })?.value ?? raise(badRequest('API Stage not found'));
}
