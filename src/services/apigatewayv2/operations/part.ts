/** Authorizers and models. */
import type { Ctx, Handler } from '#kernel/contract';
import type { Authorizer, Model } from '#models/apigatewayv2';
import { checkCredentials, compact, newId, schemaFault } from '../../api-gateway/port.ts';
import { checkCaching, checkSettings } from '../domain/authorizer-rules.ts';
import { all, drop, find, findApi, keep, page, updated } from '../domain/part.ts';
import { badRequest, conflict, tooMany } from '../errors.ts';
import { AUTHORIZERS_MAX } from '../limits.ts';
import { authorizers, models, routes } from '../state.ts';

type V2 = 'apigatewayv2';

export const createAuthorizer: Handler<V2, 'CreateAuthorizer'> = ({ ApiId, ...input }, ctx) => {
  const id = newId(ctx, 6);
  const isHttp = findApi(ctx, ApiId).ProtocolType === 'HTTP';
  const value = compact<Authorizer>({
    ...input,
    AuthorizerId: id,
    ...(isHttp &&
      input.AuthorizerType === 'REQUEST' && {
        AuthorizerResultTtlInSeconds: input.AuthorizerResultTtlInSeconds ?? 300,
      }),
  });
  checkCaching(input.AuthorizerResultTtlInSeconds, value);
  checkAuthorizer(ctx, ApiId, value);
  return keep(authorizers, ctx, ApiId, id, value);
};

/** @throws {ServiceError} for one that can't work */
export function checkAuthorizer(ctx: Ctx, api: string, value: Authorizer): void {
  const isHttp = findApi(ctx, api).ProtocolType === 'HTTP';
  const others = all(authorizers, ctx, api).filter(({ AuthorizerId: id }) => id !== value.AuthorizerId);
  if (others.length >= AUTHORIZERS_MAX) throw tooMany('Authorizers');
  if (others.some(({ Name }) => Name === value.Name))
    throw conflict(`Authorizer name must be unique. Authorizer ${value.Name} already exists in this API.`);
  checkSettings(value, isHttp);
  if (value.AuthorizerType === 'JWT') return;
  const { AuthorizerCredentialsArn: credentials } = value;
  const before = ctx.store.get(authorizers, { owner: api, id: value.AuthorizerId ?? '' })?.value;
  if (credentials !== before?.AuthorizerCredentialsArn) checkCredentials(credentials, ctx);
}

const findAuthorizer = (ctx: Ctx, api: string, id: string) => {
  findApi(ctx, api);
  return find(authorizers, 'Authorizer', ctx, api, id);
};
export const getAuthorizer: Handler<V2, 'GetAuthorizer'> = ({ ApiId, AuthorizerId }, ctx) =>
  findAuthorizer(ctx, ApiId, AuthorizerId);
export const getAuthorizers: Handler<V2, 'GetAuthorizers'> = (input, ctx) => {
  findApi(ctx, input.ApiId);
  return page(authorizers, ctx, input.ApiId, input);
};
export const updateAuthorizer: Handler<V2, 'UpdateAuthorizer'> = (input, ctx) => {
  const value = updated(findAuthorizer(ctx, input.ApiId, input.AuthorizerId), input, ['ApiId', 'AuthorizerId']);
  checkCaching(input.AuthorizerResultTtlInSeconds, value);
  checkAuthorizer(ctx, input.ApiId, value);
  return keep(authorizers, ctx, input.ApiId, input.AuthorizerId, value);
};
export const deleteAuthorizer: Handler<V2, 'DeleteAuthorizer'> = ({ ApiId, AuthorizerId }, ctx) => {
  findAuthorizer(ctx, ApiId, AuthorizerId);
  const user = all(routes, ctx, ApiId).find((route) => route.AuthorizerId === AuthorizerId);
  if (user !== undefined)
    throw conflict(
      `Cannot delete Authorizer '${AuthorizerId}'. It is referenced by route with key '${user.RouteKey}'.`,
    );
  drop(authorizers, ctx, ApiId, AuthorizerId);
  return {};
};

export const createModel: Handler<V2, 'CreateModel'> = ({ ApiId, ...input }, ctx) => {
  if (findApi(ctx, ApiId).ProtocolType === 'HTTP')
    throw badRequest('Currently, Models are not permitted for APIs with a protocol type of HTTP');
  const id = newId(ctx, 6);
  const value = compact<Model>({ ContentType: 'application/json', ...compact<object>(input), ModelId: id });
  checkModel(ctx, ApiId, value);
  return keep(models, ctx, ApiId, id, value);
};
/** Source of the texts: badmintoncryer/cdk-preflight. */
function checkModel(ctx: Ctx, api: string, { Name = '', Schema, ModelId }: Model): void {
  if (!/^[a-zA-Z0-9]+$/.test(Name)) throw badRequest(`Model name must be alphanumeric: ${Name}`);
  if (all(models, ctx, api).some((one) => one.Name === Name && one.ModelId !== ModelId))
    throw conflict(`Model with name ${Name} already exists for this API`);
  const fault = schemaFault(Schema ?? '{}');
  if (fault !== undefined) throw badRequest(`Invalid model schema specified: ${fault}`);
}
const findModel = (ctx: Ctx, api: string, id: string) => {
  findApi(ctx, api);
  return find(models, 'Model', ctx, api, id);
};
export const getModel: Handler<V2, 'GetModel'> = ({ ApiId, ModelId }, ctx) => findModel(ctx, ApiId, ModelId);
export const getModels: Handler<V2, 'GetModels'> = (input, ctx) => {
  findApi(ctx, input.ApiId);
  return page(models, ctx, input.ApiId, input);
};
export const updateModel: Handler<V2, 'UpdateModel'> = (input, ctx) => {
  const value = updated(findModel(ctx, input.ApiId, input.ModelId), input, ['ApiId', 'ModelId']);
  checkModel(ctx, input.ApiId, value);
  return keep(models, ctx, input.ApiId, input.ModelId, value);
};
export const deleteModel: Handler<V2, 'DeleteModel'> = ({ ApiId, ModelId }, ctx) => {
  findModel(ctx, ApiId, ModelId);
  drop(models, ctx, ApiId, ModelId);
  return {};
};
