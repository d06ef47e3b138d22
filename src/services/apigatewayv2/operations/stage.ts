/** Stages and deployments. */
import { wholeSecond } from '#kernel/base';
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import type { AccessLogSettings, Stage, UpdateStageRequest } from '#models/apigatewayv2';
import { checkUnmapped, compact, isGroup, isStream, logsRole } from '../../api-gateway/port.ts';
import { openAccessLog } from '../domain/access-log.ts';
import { deploy, deployChanges, undeploy } from '../domain/deploy.ts';
import { all, find, findApi, page, updated } from '../domain/part.ts';
import { badRequest, conflict, notFound, tooMany } from '../errors.ts';
import { STAGES_MAX, VARIABLE_NAME_MAX, VARIABLE_VALUE_MAX, VARIABLES_MAX } from '../limits.ts';
import { deployments, resets, routes, stages } from '../state.ts';

type V2 = 'apigatewayv2';
type Given = { [Name in keyof Stage]?: Stage[Name] | undefined } & Pick<Stage, 'StageName'>;

export const createStage: Handler<V2, 'CreateStage'> = async ({ ApiId, ...input }, ctx) => {
  await openAccessLog(ctx, ApiId, planned(ctx, ApiId, input));
  return ctx.transact(() => newStage(ctx, ApiId, input));
};

/** Adds a stage. In a transaction. */
export function newStage(ctx: Ctx, api: string, given: Given): Stage {
  const value = planned(ctx, api, given);
  ctx.store.put(stages, { owner: api, id: value.StageName, value });
  if (value.AutoDeploy === true) deployChanges(ctx, api);
  return find(stages, 'stage', ctx, api, value.StageName);
}

/** A stage as it would be made. @throws {ServiceError} for one that can't be */
function planned(ctx: Ctx, api: string, given: Given): Stage {
  findApi(ctx, api);
  const others = all(stages, ctx, api);
  if (!/^(\$default|[\w-]+)$/.test(given.StageName)) throw badRequest('Stage name only allows a-zA-Z0-9_');
  if (others.some(({ StageName }) => StageName === given.StageName)) throw conflict('Stage already exists');
  if (others.length >= STAGES_MAX) throw tooMany('Stages');
  const value = compact<Stage>({
    RouteSettings: {},
    DefaultRouteSettings: { DetailedMetricsEnabled: false },
    StageVariables: {},
    Tags: {},
    ...compact<object>(given),
    AutoDeploy: given.AutoDeploy === true ? true : undefined,
    CreatedDate: wholeSecond(ctx.now),
    LastUpdatedDate: wholeSecond(ctx.now),
  });
  checkSettings(ctx, api, given.RouteSettings);
  checkStage(ctx, api, value);
  return value;
}

function checkVariables(variables: { [name: string]: string }): void {
  const all = Object.entries(variables);
  if (all.length > VARIABLES_MAX) throw badRequest(`A stage can have at most ${VARIABLES_MAX} stage variables`);
  if (all.some(([name, value]) => name.length > VARIABLE_NAME_MAX || value.length > VARIABLE_VALUE_MAX))
    throw badRequest(
      `Stage variable names have at most ${VARIABLE_NAME_MAX} characters, and their values ${VARIABLE_VALUE_MAX}`,
    );
}

function checkStage(
  ctx: Ctx,
  api: string,
  {
    DeploymentId,
    AccessLogSettings: log,
    ClientCertificateId,
    DefaultRouteSettings,
    RouteSettings,
    StageVariables = {},
  }: Stage,
): void {
  if (DeploymentId !== undefined && ctx.store.get(deployments, { owner: api, id: DeploymentId }) === undefined)
    throw notFound(`Invalid Deployment identifier specified ${DeploymentId}`);
  checkVariables(StageVariables);
  if (ClientCertificateId !== undefined) throw notBuilt('certificates of WebSocket APIs (ClientCertificateId)');
  const { DestinationArn: arn } = log ?? {};
  const { ProtocolType } = findApi(ctx, api);
  checkAccessLog(log);
  const levels = [DefaultRouteSettings, ...Object.values(RouteSettings ?? {})];
  const tells = levels.some((one) => (one?.LoggingLevel ?? 'OFF') !== 'OFF' || one?.DataTraceEnabled === true);
  if (ProtocolType === 'HTTP' && tells) throw badRequest('Execution logs are not supported on protocolType HTTP');
  if (ProtocolType === 'WEBSOCKET' && (tells || isGroup(arn)) && logsRole(ctx) === undefined)
    throw badRequest('CloudWatch Logs role ARN must be set in account settings to enable logging');
}

/** Source of the text: badmintoncryer/cdk-preflight. Deviation: a format without the request's id is taken, and a stream; AWS refuses them. */
function checkAccessLog({ DestinationArn: arn }: AccessLogSettings = {}): void {
  const place = arn?.split(':').slice(5).join(':');
  if (arn !== undefined && !isGroup(arn) && !isStream(arn))
    throw badRequest(
      `Access log destination must only contain characters a-z, A-Z, 0-9, '_', '-', '/', '.': '${place}'`,
    );
}

/** Routes of which settings are named must be there. Source: badmintoncryer/cdk-preflight; the code: terraform-aws-modules/terraform-aws-apigateway-v2, pull request 80. */
function checkSettings(ctx: Ctx, api: string, given: Stage['RouteSettings'] = {}): void {
  const known = new Set(all(routes, ctx, api).map(({ RouteKey }) => RouteKey));
  const missing = Object.keys(given).find((key) => !known.has(key));
  if (missing !== undefined) throw noRoute(missing);
}

const noRoute = (key: string) => notFound(`Unable to find Route by key ${key} within the provided RouteSettings`);

function findStage(ctx: Ctx, api: string, name: string): Stage {
  findApi(ctx, api);
  return find(stages, 'stage', ctx, api, name);
}

export const getStage: Handler<V2, 'GetStage'> = ({ ApiId, StageName }, ctx) => findStage(ctx, ApiId, StageName);
export const getStages: Handler<V2, 'GetStages'> = (input, ctx) => {
  findApi(ctx, input.ApiId);
  return page(stages, ctx, input.ApiId, input);
};

export const updateStage: Handler<V2, 'UpdateStage'> = async (input, ctx) => {
  const { before: known, value: asked } = changedStage(ctx, input);
  await openAccessLog(ctx, input.ApiId, asked, known);
  return ctx.transact(() => {
    const { before, value } = changedStage(ctx, input);
    ctx.store.put(stages, { owner: input.ApiId, id: input.StageName, value });
    if (value.AutoDeploy === true && before.AutoDeploy !== true) deployChanges(ctx, input.ApiId);
    return find(stages, 'stage', ctx, input.ApiId, input.StageName);
  });
};

/** A stage before an update, and as it would be then. @throws {ServiceError} for one that can't be */
function changedStage(ctx: Ctx, input: UpdateStageRequest): { before: Stage; value: Stage } {
  const before = findStage(ctx, input.ApiId, input.StageName);
  if (input.DeploymentId !== undefined && before.AutoDeploy === true && input.AutoDeploy !== false)
    throw badRequest('Deployment ID cannot be set on stages with AutoDeploy set to true');
  const value = { ...updated(before, input, ['ApiId', 'StageName']), LastUpdatedDate: wholeSecond(ctx.now) };
  checkSettings(ctx, input.ApiId, input.RouteSettings);
  checkStage(ctx, input.ApiId, value);
  return { before, value };
}

export const deleteStage: Handler<V2, 'DeleteStage'> = ({ ApiId, StageName }, ctx) => {
  forgetAnswers(ctx, ApiId, StageName);
  checkUnmapped(ctx, ApiId, StageName);
  ctx.store.delete(stages, { owner: ApiId, id: StageName });
  return {};
};

export const deleteRouteSettings: Handler<V2, 'DeleteRouteSettings'> = ({ ApiId, StageName, RouteKey }, ctx) => {
  const stage = findStage(ctx, ApiId, StageName);
  const { [RouteKey]: found, ...RouteSettings } = stage.RouteSettings ?? {};
  if (found === undefined) throw noRoute(RouteKey);
  ctx.store.put(stages, { owner: ApiId, id: StageName, value: { ...stage, RouteSettings } });
  return {};
};

/** What authorizers said counts no more, nor for a stage that is called the same later. */
function forgetAnswers(ctx: Ctx, api: string, stage: string): void {
  findStage(ctx, api, stage);
  const count = (ctx.store.get(resets, { api, stage })?.count ?? 0) + 1;
  ctx.store.put(resets, { api, stage, count });
}

export const resetAuthorizersCache: Handler<V2, 'ResetAuthorizersCache'> = ({ ApiId, StageName }, ctx) => {
  forgetAnswers(ctx, ApiId, StageName);
  return {};
};

export const deleteAccessLogSettings: Handler<V2, 'DeleteAccessLogSettings'> = ({ ApiId, StageName }, ctx) => {
  const { AccessLogSettings: _, ...value } = findStage(ctx, ApiId, StageName);
  ctx.store.put(stages, { owner: ApiId, id: StageName, value });
  return {};
};

export const createDeployment: Handler<V2, 'CreateDeployment'> = ({ ApiId, Description, StageName }, ctx) => {
  findApi(ctx, ApiId);
  if (all(routes, ctx, ApiId).length === 0)
    throw badRequest('At least one route is required before deploying the Api.');
  const stage = StageName === undefined ? undefined : findStage(ctx, ApiId, StageName);
  if (stage?.AutoDeploy === true) throw badRequest(`Cannot deploy to stage ${StageName}: it deploys automatically`);
  const deployment = deploy(ctx, ApiId, compact({ Description }));
  if (stage !== undefined)
    ctx.store.put(stages, {
      owner: ApiId,
      id: stage.StageName,
      value: { ...stage, DeploymentId: deployment.DeploymentId, LastUpdatedDate: wholeSecond(ctx.now) },
    });
  return deployment;
};

const findDeployment = (ctx: Ctx, api: string, id: string) => {
  findApi(ctx, api);
  return find(deployments, 'Deployment', ctx, api, id);
};
export const getDeployment: Handler<V2, 'GetDeployment'> = ({ ApiId, DeploymentId }, ctx) =>
  findDeployment(ctx, ApiId, DeploymentId);
export const getDeployments: Handler<V2, 'GetDeployments'> = (input, ctx) => {
  findApi(ctx, input.ApiId);
  return page(deployments, ctx, input.ApiId, input);
};
export const updateDeployment: Handler<V2, 'UpdateDeployment'> = (input, ctx) => {
  const value = updated(findDeployment(ctx, input.ApiId, input.DeploymentId), input, ['ApiId', 'DeploymentId']);
  ctx.store.put(deployments, { owner: input.ApiId, id: input.DeploymentId, value });
  return value;
};
export const deleteDeployment: Handler<V2, 'DeleteDeployment'> = ({ ApiId, DeploymentId }, ctx) => {
  findDeployment(ctx, ApiId, DeploymentId);
  if (all(stages, ctx, ApiId).some((stage) => stage.DeploymentId === DeploymentId))
    throw badRequest('Active stages pointing to this deployment must be moved or deleted');
  undeploy(ctx, ApiId, DeploymentId);
  return {};
};
