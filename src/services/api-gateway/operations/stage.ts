/** Stages: where a deployment answers, and how. */
import { wholeSecond } from '#kernel/base';
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { AccessLogSettings, CanarySettings, CreateStageRequest, Stage } from '#models/api-gateway';
import { checkUnmapped } from '../domain/mapping.ts';
import { all, compact, find, findApi, save } from '../domain/noun.ts';
import { stagePatched } from '../domain/stage-patch.ts';
import { badRequest, conflict, notFound, tooMany } from '../errors.ts';
import { isGroup, isStream } from '../execute/access-log.ts';
import { logsRole } from '../execute/logs.ts';
import { STAGES_MAX, VARIABLE_NAME_MAX, VARIABLE_VALUE_MAX, VARIABLES_MAX } from '../limits.ts';
import { clientCertificates, deployments, documentationVersions, flushes, stages } from '../state.ts';

type Api = 'api-gateway';

/** Gigabytes. Source: API Gateway API Reference, CacheClusterSize. */
const CACHE_SIZES: readonly string[] = ['0.5', '1.6', '6.1', '13.5', '28.4', '58.2', '118', '237'];

export const createStage: Handler<Api, 'CreateStage'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  return newStage(ctx, input);
};

/** Makes a stage. In a transaction. */
export function newStage(ctx: Ctx, input: CreateStageRequest): Stage {
  const { restApiId, stageName, deploymentId } = input;
  if (!/^\w[\w-]{0,127}$/.test(stageName)) throw badRequest('Stage name only allows a-zA-Z0-9_');
  const others = all(stages, ctx, restApiId);
  if (others.some((one) => one.stageName === stageName)) throw conflict('Stage already exists');
  if (others.length >= STAGES_MAX) throw tooMany('stages');
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
    canarySettings: input.canarySettings && canaryOf(input.canarySettings, deploymentId),
    // Deviation: requests carry the id of a trace, but none is kept anywhere: X-Ray is not here.
    tracingEnabled: input.tracingEnabled ?? false,
    tags: input.tags,
    createdDate: wholeSecond(ctx.now),
    lastUpdatedDate: wholeSecond(ctx.now),
  });
  checkStage(ctx, restApiId, stage);
  return save(stages, ctx, restApiId, stageName, stage);
}

/** Whether a change switches logs on. Those that were on stay, and can be switched off, when the account's role for them goes. */
function enablesLogs({ methodSettings = {}, accessLogSettings: log }: Stage, before?: Stage): boolean {
  const isNew = Object.entries(methodSettings).some(([path, { loggingLevel: level = 'OFF' } = {}]) => {
    return level !== 'OFF' && before?.methodSettings?.[path]?.loggingLevel !== level;
  });
  return isNew || (isGroup(log?.destinationArn) && before?.accessLogSettings?.destinationArn !== log?.destinationArn);
}

const canaryOf = (given: CanarySettings, deploymentId: string): CanarySettings => ({
  percentTraffic: 0,
  deploymentId,
  useStageCache: false,
  ...given,
});

/** Source of the texts: badmintoncryer/cdk-preflight. */
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
  if (Object.keys(variables).length > VARIABLES_MAX)
    throw badRequest(`A stage can have at most ${VARIABLES_MAX} stage variables`);
  for (const [name, value = ''] of Object.entries(variables)) {
    if (name.length > VARIABLE_NAME_MAX || value.length > VARIABLE_VALUE_MAX)
      throw badRequest(
        `Stage variable names have at most ${VARIABLE_NAME_MAX} characters, and their values ${VARIABLE_VALUE_MAX}`,
      );
    if (!/^\w+$/.test(name))
      throw badRequest(`Invalid stage variable name: ${name}. Please use names with only word characters.`);
    if (!/^[A-Za-z0-9-._~:/?#&=, ]+$/.test(value))
      throw badRequest(
        `Invalid stage variable value of key ${name}.  Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.`,
      );
  }
  if (stage.cacheClusterSize !== undefined && !CACHE_SIZES.includes(stage.cacheClusterSize))
    throw badRequest(`Invalid cache cluster size. Valid options are ${CACHE_SIZES.join(', ')}`);
  const before = ctx.store.get(stages, { owner: api, id: stage.stageName ?? '' })?.value;
  if (enablesLogs(stage, before) && logsRole(ctx) === undefined)
    throw badRequest('CloudWatch Logs role ARN must be set in account settings to enable logging');
  const { documentationVersion: version } = stage;
  if (version !== undefined && ctx.store.get(documentationVersions, { owner: api, id: version }) === undefined)
    throw notFound('Invalid Documentation version specified');
  checkAccessLog(log);
}

/** Deviation: a format without `$context.requestId` and `$context.extendedRequestId` is taken; AWS refuses it. */
function checkAccessLog({ destinationArn: arn }: AccessLogSettings = {}): void {
  const stream = /^arn:[\w-]+:firehose:[^:]*:[^:]*:(deliverystream\/.*)$/.exec(arn ?? '')?.[1];
  if (stream !== undefined && !stream.startsWith('deliverystream/amazon-apigateway-'))
    throw badRequest(
      `Kinesis Firehose delivery stream name must begin with the characters 'amazon-apigateway-': '${stream}'`,
    );
  if (arn !== undefined && !isGroup(arn) && !isStream(arn))
    throw badRequest(
      'Invalid ARN specified in the request. The ARN must be a valid CloudWatch Logs log group or Kinesis Data Firehose delivery stream ARN.',
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
  return keepStage(ctx, restApiId, stagePatched(findStage(ctx, restApiId, stageName), patchOperations));
};

/** Keeps a stage as it is from now on. In a transaction. */
export function keepStage(ctx: Ctx, api: string, changed: Stage): Stage {
  const { cacheClusterEnabled: isCached, cacheClusterSize = '0.5', stageName = '', canarySettings: canary } = changed;
  const { deploymentId = '' } = changed;
  const stage: Stage = {
    ...changed,
    // A canary of which only a part is named is one of the deployment that the stage has.
    ...(canary !== undefined && { canarySettings: canaryOf(canary, deploymentId) }),
    lastUpdatedDate: wholeSecond(ctx.now),
    cacheClusterStatus: isCached === true ? 'AVAILABLE' : 'NOT_AVAILABLE',
    ...(isCached === true && { cacheClusterSize }),
  };
  checkStage(ctx, api, stage);
  return save(stages, ctx, api, stageName, stage);
}

export const deleteStage: Handler<Api, 'DeleteStage'> = (input, ctx) => {
  flush(input, ctx, 'responses', 'authorizers');
  checkUnmapped(ctx, input.restApiId, input.stageName);
  ctx.store.delete(stages, { owner: input.restApiId, id: input.stageName });
  return {};
};

type Cached = 'responses' | 'authorizers';

/** What is kept of a stage counts no more, nor for one that is called the same later. */
function flush(input: { restApiId: string; stageName: string }, ctx: Ctx, ...all: Cached[]): Record<string, never> {
  const { restApiId: api, stageName: stage } = input;
  findStage(ctx, api, stage);
  const row = ctx.store.get(flushes, { api, stage }) ?? { api, stage, responses: 0, authorizers: 0 };
  ctx.store.put(flushes, { ...row, ...Object.fromEntries(all.map((what) => [what, row[what] + 1])) });
  return {};
}

export const flushStageCache: Handler<Api, 'FlushStageCache'> = (input, ctx) => flush(input, ctx, 'responses');
export const flushStageAuthorizersCache: Handler<Api, 'FlushStageAuthorizersCache'> = (input, ctx) =>
  flush(input, ctx, 'authorizers');

/** @throws {ServiceError} NotFoundException */
export function stageOf(ctx: Ctx, api: string, name: string): Stage {
  return ctx.store.get(stages, { owner: api, id: name })?.value ?? raise(badRequest('API Stage not found'));
}
