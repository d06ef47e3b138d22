/** Deployments of HTTP and WebSocket APIs: what an API was at a moment. */
import { wholeSecond } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { Api, Deployment } from '#models/apigatewayv2';
import { type KeptTable, newId } from '../../api-gateway/port.ts';
import {
  apis,
  authorizers,
  deployments,
  integrationResponses,
  integrations,
  models,
  routeResponses,
  routes,
  type Snapshot,
  snapshots,
  stages,
} from '../state.ts';

function all<Value extends object>(table: KeptTable<Value>, ctx: Ctx, owner: string): Value[] {
  return ctx.store.list(table, { where: { owner } as never }).map(({ value }) => value);
}

/** An API as it is now. */
export function snapshotOf(ctx: Ctx, value: Api): Snapshot {
  const api = value.ApiId ?? '';
  return {
    api: value,
    routes: all(routes, ctx, api).map((route) => ({
      ...route,
      responses: all(routeResponses, ctx, `${api}/${route.RouteId}`),
    })),
    integrations: all(integrations, ctx, api).map((one) => ({
      ...one,
      responses: all(integrationResponses, ctx, `${api}/${one.IntegrationId}`),
    })),
    authorizers: all(authorizers, ctx, api),
    models: all(models, ctx, api),
  };
}

/** Makes a deployment of an API as it is. In a transaction. */
export function deploy(ctx: Ctx, api: string, fields: Partial<Deployment>): Deployment {
  const id = newId(ctx, 6);
  const row = ctx.store.get(apis, { owner: '', id: api });
  const deployment: Deployment = {
    DeploymentId: id,
    CreatedDate: wholeSecond(ctx.now),
    DeploymentStatus: 'DEPLOYED',
    AutoDeployed: false,
    ...fields,
  };
  ctx.store.put(deployments, { owner: api, id, value: deployment });
  if (row === undefined) return deployment;
  ctx.store.put(snapshots, { owner: api, id, value: snapshotOf(ctx, row.value) });
  return deployment;
}

/** Removes a deployment. In a transaction. */
export function undeploy(ctx: Ctx, api: string, id: string): void {
  ctx.store.delete(deployments, { owner: api, id });
  ctx.store.delete(snapshots, { owner: api, id });
}

/**
 * Deploys an API to those of its stages that deploy by themselves. In a transaction.
 *
 * Deviation: AWS does it some seconds later, and keeps the deployments before.
 */
export function deployChanges(ctx: Ctx, api: string): void {
  const automatic = all(stages, ctx, api).filter(({ AutoDeploy }) => AutoDeploy === true);
  if (automatic.length === 0) return;
  const Description = 'Automatic deployment triggered by changes to the Api configuration';
  const { DeploymentId } = deploy(ctx, api, { AutoDeployed: true, Description });
  const before = new Set<string>();
  for (const stage of automatic) {
    if (stage.DeploymentId !== undefined) before.add(stage.DeploymentId);
    const LastDeploymentStatusMessage = `Successfully deployed stage with deployment ID '${DeploymentId}'`;
    const value = { ...stage, DeploymentId, LastDeploymentStatusMessage, LastUpdatedDate: wholeSecond(ctx.now) };
    ctx.store.put(stages, { owner: api, id: stage.StageName, value });
  }
  const used = new Set(all(stages, ctx, api).map((stage) => stage.DeploymentId));
  for (const id of before) {
    const old = ctx.store.get(deployments, { owner: api, id })?.value;
    if (old?.AutoDeployed === true && !used.has(id)) undeploy(ctx, api, id);
  }
}
