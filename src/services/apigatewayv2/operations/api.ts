/** HTTP and WebSocket APIs. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { Api, Cors } from '#models/apigatewayv2';
import { checkCredentials, compact, functionOf, isMapped, newId } from '../../api-gateway/port.ts';
import { deployChanges } from '../domain/deploy.ts';
import { all, find, findApi, keep, page, updated } from '../domain/part.ts';
import { badRequest } from '../errors.ts';
import {
  apis,
  deployments,
  integrationResponses,
  integrations,
  PARTS,
  resets,
  routeResponses,
  routes,
  snapshots,
} from '../state.ts';
import { newIntegration } from './integration.ts';
import { newRoute } from './route.ts';
import { newStage } from './stage.ts';

type V2 = 'apigatewayv2';

/** Of HTTP APIs there is one, which is told so. */
export const HTTP_SELECTION = '$request.method $request.path';
// biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own way to write it
const HTTP_SELECTION_IN_BRACES = '${request.method} ${request.path}';

const NO_CORS = () => badRequest('Cors is not supported for WEBSOCKET protocolType');

/** Source of the texts: badmintoncryer/cdk-preflight. */
export const createApi: Handler<V2, 'CreateApi'> = (input, ctx) => {
  const isHttp = input.ProtocolType === 'HTTP';
  if (!isHttp && input.RouteSelectionExpression === undefined) throw badRequest('Invalid routeSelectionExpression');
  if (input.Name === '') throw badRequest('Invalid API name specified');
  const selection = input.RouteSelectionExpression ?? HTTP_SELECTION;
  if (isHttp && selection !== HTTP_SELECTION && selection !== HTTP_SELECTION_IN_BRACES)
    throw badRequest(`Route selection expression is currently limited to "${HTTP_SELECTION_IN_BRACES}"`);
  if (!isHttp && input.CorsConfiguration !== undefined) throw NO_CORS();
  if (!isHttp && input.Target !== undefined) throw badRequest('Targets are only supported for HTTP APIs');
  if ((input.Target === undefined) !== (input.RouteKey === undefined) && input.RouteKey !== undefined)
    throw badRequest('Route key requires a target');
  const id = newId(ctx);
  const api = newApi(
    {
      Name: input.Name,
      ProtocolType: input.ProtocolType,
      RouteSelectionExpression: isHttp ? HTTP_SELECTION : selection,
      ApiKeySelectionExpression: input.ApiKeySelectionExpression,
      CorsConfiguration: corsOf(input.CorsConfiguration),
      Description: input.Description,
      DisableSchemaValidation: input.DisableSchemaValidation,
      DisableExecuteApiEndpoint: input.DisableExecuteApiEndpoint,
      IpAddressType: input.IpAddressType,
      Tags: input.Tags,
      Version: input.Version,
    },
    id,
    ctx,
  );
  if (input.Target !== undefined)
    quickCreate(ctx, id, input.Target, input.RouteKey ?? '$default', input.CredentialsArn);
  return api;
};

type Given = { [Name in keyof Api]?: Api[Name] | undefined } & Pick<
  Api,
  'Name' | 'ProtocolType' | 'RouteSelectionExpression'
>;

/** A new API with its address. In a transaction. */
export function newApi(given: Given, id: string, ctx: Ctx): Api {
  const isHttp = given.ProtocolType === 'HTTP';
  const { protocol, port } = new URL(ctx.endpoint);
  const secure = protocol === 'https:' ? 's' : '';
  const host = `${id}.execute-api.${ctx.region}.localhost${port === '' ? '' : `:${port}`}`;
  const value = compact<Api>({
    ...given,
    ApiId: id,
    ApiEndpoint: `${isHttp ? 'http' : 'ws'}${secure}://${host}`,
    ApiKeySelectionExpression: given.ApiKeySelectionExpression ?? '$request.header.x-api-key',
    CreatedDate: wholeSecond(ctx.now),
    DisableExecuteApiEndpoint: given.DisableExecuteApiEndpoint ?? false,
    IpAddressType: given.IpAddressType ?? 'ipv4',
    Tags: given.Tags ?? {},
  });
  checkCors(value.CorsConfiguration);
  ctx.store.put(apis, { owner: '', id, value });
  ctx.claim('execute-api', id, `api/${id}`);
  return value;
}

/** Whether credentials are allowed is always told. Source: AWS CLI, example of `update-api`. */
function corsOf<Given extends Cors | undefined>(given: Given): Given {
  return given && { ...given, AllowCredentials: given.AllowCredentials ?? false };
}

/** Source of the text: aws-cdk #9076. */
function checkCors(cors: Cors | undefined): void {
  if (cors?.AllowCredentials === true && cors.AllowOrigins?.includes('*') === true)
    throw badRequest("allow-credentials is not supported if 'allow-origin' is *");
}

/** An integration, a route to it and a stage that deploys by itself, all in one. Source: CreateApi, "target". */
function quickCreate(ctx: Ctx, api: string, target: string, RouteKey: string, credentials: string | undefined): void {
  const isFunction = /^arn:[\w-]+:lambda:/.test(target) || functionOf(target) !== undefined;
  const integration = newIntegration(ctx, api, {
    IntegrationType: isFunction ? 'AWS_PROXY' : 'HTTP_PROXY',
    IntegrationUri: target,
    PayloadFormatVersion: isFunction ? '2.0' : '1.0',
    IntegrationMethod: isFunction ? undefined : 'ANY',
    CredentialsArn: credentials,
    ApiGatewayManaged: true,
  });
  newRoute(ctx, api, { RouteKey, Target: `integrations/${integration.IntegrationId}`, ApiGatewayManaged: true });
  newStage(ctx, api, { StageName: '$default', AutoDeploy: true, ApiGatewayManaged: true });
}

export const getApi: Handler<V2, 'GetApi'> = ({ ApiId }, ctx) => findApi(ctx, ApiId);
export const getApis: Handler<V2, 'GetApis'> = (input, ctx) => page(apis, ctx, '', input);

export const updateApi: Handler<V2, 'UpdateApi'> = (input, ctx) => {
  const { Target, RouteKey, CredentialsArn, ...given } = input;
  const before = findApi(ctx, input.ApiId);
  const { CorsConfiguration: cors, ...rest } = updated(before, given, ['ApiId']);
  const value = { ...rest, ...(cors !== undefined && { CorsConfiguration: corsOf(cors) }) };
  if (value.ProtocolType !== 'HTTP' && value.CorsConfiguration !== undefined) throw NO_CORS();
  checkCors(value.CorsConfiguration);
  ctx.store.put(apis, { owner: '', id: input.ApiId, value });
  if (Target !== undefined || RouteKey !== undefined || CredentialsArn !== undefined) {
    const route = all(routes, ctx, input.ApiId).find(({ ApiGatewayManaged }) => ApiGatewayManaged === true);
    const id = route?.Target?.replace('integrations/', '');
    if (route === undefined || id === undefined) throw badRequest('The API was not made by quick create');
    const integration = find(integrations, 'Integration', ctx, input.ApiId, id);
    checkCredentials(CredentialsArn, ctx);
    keep(
      integrations,
      ctx,
      input.ApiId,
      id,
      compact({
        ...integration,
        IntegrationUri: Target ?? integration.IntegrationUri,
        CredentialsArn: CredentialsArn ?? integration.CredentialsArn,
      }),
    );
    keep(routes, ctx, input.ApiId, route.RouteId ?? '', { ...route, RouteKey: RouteKey ?? route.RouteKey });
  }
  deployChanges(ctx, input.ApiId);
  return value;
};

export const deleteApi: Handler<V2, 'DeleteApi'> = ({ ApiId }, ctx) => {
  findApi(ctx, ApiId);
  if (isMapped(ctx, ApiId))
    throw badRequest(
      `Deleting API ${ApiId} failed. Please remove all API mappings for the API from your custom domain names.`,
    );
  for (const { RouteId } of all(routes, ctx, ApiId)) removeAll(ctx, routeResponses, `${ApiId}/${RouteId}`);
  for (const { IntegrationId } of all(integrations, ctx, ApiId))
    removeAll(ctx, integrationResponses, `${ApiId}/${IntegrationId}`);
  for (const { DeploymentId: id = '' } of all(deployments, ctx, ApiId))
    ctx.store.delete(snapshots, { owner: ApiId, id });
  for (const table of PARTS) removeAll(ctx, table, ApiId);
  for (const row of ctx.store.list(resets, { where: { api: ApiId } })) ctx.store.delete(resets, row);
  ctx.store.delete(apis, { owner: '', id: ApiId });
  ctx.release('execute-api', ApiId);
  return {};
};

function removeAll(
  ctx: Ctx,
  table: (typeof PARTS)[number] | typeof routeResponses | typeof integrationResponses,
  owner: string,
): void {
  for (const { id } of ctx.store.list(table as (typeof PARTS)[number], { where: { owner } as never }))
    ctx.store.delete(table, { owner, id });
}

export const deleteCorsConfiguration: Handler<V2, 'DeleteCorsConfiguration'> = ({ ApiId }, ctx) => {
  const { CorsConfiguration: _, ...value } = findApi(ctx, ApiId);
  ctx.store.put(apis, { owner: '', id: ApiId, value });
  deployChanges(ctx, ApiId);
  return {};
};
