/** Deployments: what an API was when it was deployed. */
import { wholeSecond } from '#kernel/base';
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { CreateDeploymentRequest, Deployment, Method, Resource } from '#models/api-gateway';
import { all, compact, find, findApi, newId, page, save } from '../domain/noun.ts';
import { patched } from '../domain/patch.ts';
import { badRequest } from '../errors.ts';
import {
  authorizers,
  deployments,
  gatewayResponses,
  models,
  resources,
  snapshots,
  stages,
  validators,
} from '../state.ts';
import { keepStage, newStage } from './stage.ts';

type Api = 'api-gateway';

export const createDeployment: Handler<Api, 'CreateDeployment'> = (input, ctx) => {
  const { restApiId, stageName } = input;
  const api = findApi(ctx, restApiId);
  const paths = all(resources, ctx, restApiId);
  checkMethods(paths);
  const id = newId(ctx, 6);
  const value = compact<Deployment>({ id, description: input.description, createdDate: wholeSecond(ctx.now) });
  save(deployments, ctx, restApiId, id, value);
  save(snapshots, ctx, restApiId, id, {
    api,
    resources: paths,
    models: all(models, ctx, restApiId),
    validators: all(validators, ctx, restApiId),
    authorizers: all(authorizers, ctx, restApiId),
    gatewayResponses: all(gatewayResponses, ctx, restApiId),
  });
  if (stageName !== undefined && stageName !== '') deployTo(ctx, input, stageName, id);
  return value;
};

function checkMethods(paths: readonly Resource[]): void {
  const methods = paths.flatMap(({ resourceMethods = {} }) => Object.values(resourceMethods) as Method[]);
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods");
  if (methods.some(({ methodIntegration }) => methodIntegration === undefined))
    throw badRequest('No integration defined for method');
}

/** A stage that is there gets the deployment, or its canary; one that isn't is made. */
function deployTo(ctx: Ctx, input: CreateDeploymentRequest, stageName: string, deploymentId: string): void {
  const { restApiId, canarySettings: canary, variables, cacheClusterEnabled, cacheClusterSize, tracingEnabled } = input;
  const stage = ctx.store.get(stages, { owner: restApiId, id: stageName })?.value;
  if (canary !== undefined) {
    if (stage === undefined) throw badRequest('Canary release deployments can only be made to stages that exist');
    const percentTraffic = canary.percentTraffic ?? 0;
    const canarySettings = { ...canary, percentTraffic, deploymentId, useStageCache: canary.useStageCache ?? false };
    keepStage(ctx, restApiId, { ...stage, canarySettings });
    return;
  }
  const given = compact({ description: input.stageDescription, variables, cacheClusterSize });
  const flags = compact({ cacheClusterEnabled, tracingEnabled });
  if (stage === undefined) newStage(ctx, { restApiId, stageName, deploymentId, ...given, ...flags });
  else keepStage(ctx, restApiId, { ...stage, ...given, ...flags, deploymentId });
}

function findDeployment(ctx: Ctx, api: string, id: string): Deployment {
  findApi(ctx, api);
  return find(deployments, 'Deployment', ctx, api, id);
}

export const getDeployment: Handler<Api, 'GetDeployment'> = ({ restApiId, deploymentId, embed }, ctx) => {
  const value = findDeployment(ctx, restApiId, deploymentId);
  if (embed?.includes('apisummary') !== true) return value;
  const { value: snapshot } =
    ctx.store.get(snapshots, { owner: restApiId, id: deploymentId }) ?? raise(badRequest('gone'));
  const summary = snapshot.resources
    .filter(({ resourceMethods }) => resourceMethods !== undefined)
    .map(({ path = '/', resourceMethods = {} }) => [
      path,
      Object.fromEntries(
        Object.entries(resourceMethods).map(([name, method]) => [
          name,
          compact({ authorizationType: method?.authorizationType, apiKeyRequired: method?.apiKeyRequired }),
        ]),
      ),
    ]);
  return { ...value, apiSummary: Object.fromEntries(summary) };
};

export const getDeployments: Handler<Api, 'GetDeployments'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  return page(deployments, ctx, input.restApiId, input);
};

export const updateDeployment: Handler<Api, 'UpdateDeployment'> = (
  { restApiId, deploymentId, patchOperations },
  ctx,
) => {
  const value = patched(findDeployment(ctx, restApiId, deploymentId), patchOperations, { '/description': 'text' });
  return save(deployments, ctx, restApiId, deploymentId, value);
};

export const deleteDeployment: Handler<Api, 'DeleteDeployment'> = ({ restApiId, deploymentId }, ctx) => {
  findDeployment(ctx, restApiId, deploymentId);
  const isUsed = all(stages, ctx, restApiId).some(
    (stage) => stage.deploymentId === deploymentId || stage.canarySettings?.deploymentId === deploymentId,
  );
  if (isUsed) throw badRequest('Active stages pointing to this deployment must be moved or deleted');
  ctx.store.delete(deployments, { owner: restApiId, id: deploymentId });
  ctx.store.delete(snapshots, { owner: restApiId, id: deploymentId });
  return {};
};
