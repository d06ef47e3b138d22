/** Models, validators, authorizers and answers of the gateway. */
import { isGone, type Properties, type ResourceTypes } from '#kernel/contract';
import type { AuthorizerType, GatewayResponseType } from '#models/api-gateway';
import { compact } from '../domain/noun.ts';
import { AUTHORIZER_TTL_DEFAULT } from '../limits.ts';
import { flag, ifThere, madeOnce, madeWith, number, patchesOf, shownAs, text, texts } from './values.ts';

const apiOf = ({ RestApiId }: Properties) => String(RestApiId);

export const partTypes: ResourceTypes = {
  'AWS::ApiGateway::Model': {
    async create(properties, scope) {
      const restApiId = apiOf(properties);
      const name = text(properties.Name) ?? scope.name(64).replace(/[^A-Za-z0-9]/g, '');
      const gateway = scope.aws['api-gateway'];
      const input = compact({
        restApiId,
        name,
        contentType: text(properties.ContentType) ?? 'application/json',
        description: text(properties.Description),
        schema: text(properties.Schema),
      });
      await madeOnce(
        scope,
        () => gateway.CreateModel(input as Parameters<typeof gateway.CreateModel>[0]),
        () => ifThere('NotFoundException', gateway.GetModel({ restApiId, modelName: name })),
      );
      return { id: name, attributes: {} };
    },
    async update(modelName, properties, before, { aws }) {
      const patchOperations = patchesOf(before, properties, { Description: '/description', Schema: '/schema' });
      await aws['api-gateway'].UpdateModel({ restApiId: apiOf(properties), modelName, patchOperations });
      return { id: modelName, attributes: {} };
    },
    delete: (modelName, properties, { aws }) =>
      isGone('NotFoundException', aws['api-gateway'].DeleteModel({ restApiId: apiOf(properties), modelName })),
    async read(modelName, properties, { aws }) {
      const shown = await ifThere(
        'NotFoundException',
        aws['api-gateway'].GetModel({ restApiId: apiOf(properties), modelName }),
      );
      return (
        shown &&
        shownAs(properties, {
          ...shown,
          schema: typeof properties.Schema === 'object' ? JSON.parse(shown.schema ?? '{}') : shown.schema,
        })
      );
    },
  },
  'AWS::ApiGateway::RequestValidator': {
    async create(properties, scope) {
      const { id = '' } = await scope.aws['api-gateway'].CreateRequestValidator({
        restApiId: apiOf(properties),
        name: text(properties.Name) ?? scope.name(64),
        validateRequestBody: flag(properties.ValidateRequestBody),
        validateRequestParameters: flag(properties.ValidateRequestParameters),
      });
      return madeWith(id, 'RequestValidatorId');
    },
    async update(id, properties, before, { aws }) {
      const patchOperations = patchesOf(before, properties, {
        ValidateRequestBody: ['/validateRequestBody', 'false'],
        ValidateRequestParameters: ['/validateRequestParameters', 'false'],
      });
      await aws['api-gateway'].UpdateRequestValidator({
        restApiId: apiOf(properties),
        requestValidatorId: id,
        patchOperations,
      });
      return madeWith(id, 'RequestValidatorId');
    },
    delete: (requestValidatorId, properties, { aws }) =>
      isGone(
        'NotFoundException',
        aws['api-gateway'].DeleteRequestValidator({ restApiId: apiOf(properties), requestValidatorId }),
      ),
    async read(requestValidatorId, properties, { aws }) {
      const input = { restApiId: apiOf(properties), requestValidatorId };
      const shown = await ifThere('NotFoundException', aws['api-gateway'].GetRequestValidator(input));
      return shown && shownAs(properties, shown);
    },
  },
  'AWS::ApiGateway::Authorizer': {
    async create(properties, scope) {
      const gateway = scope.aws['api-gateway'];
      const restApiId = apiOf(properties);
      const input = compact<Parameters<typeof gateway.CreateAuthorizer>[0]>({
        restApiId,
        name: String(properties.Name),
        type: String(properties.Type) as AuthorizerType,
        providerARNs: properties.ProviderARNs as string[] | undefined,
        authType: text(properties.AuthType),
        authorizerUri: text(properties.AuthorizerUri),
        authorizerCredentials: text(properties.AuthorizerCredentials),
        identitySource: text(properties.IdentitySource),
        identityValidationExpression: text(properties.IdentityValidationExpression),
        authorizerResultTtlInSeconds: number(properties.AuthorizerResultTtlInSeconds),
      });
      const { id = '' } = await madeOnce(
        scope,
        () => gateway.CreateAuthorizer(input),
        async () =>
          (await gateway.GetAuthorizers({ restApiId, limit: 500 })).items?.find(({ name }) => name === input.name),
      );
      return madeWith(id, 'AuthorizerId');
    },
    async update(authorizerId, properties, before, { aws }) {
      const patchOperations = patchesOf(before, properties, {
        Name: '/name',
        Type: '/type',
        AuthType: '/authType',
        AuthorizerUri: '/authorizerUri',
        AuthorizerCredentials: '/authorizerCredentials',
        IdentitySource: '/identitySource',
        IdentityValidationExpression: '/identityValidationExpression',
        AuthorizerResultTtlInSeconds: ['/authorizerResultTtlInSeconds', String(AUTHORIZER_TTL_DEFAULT)],
      });
      await aws['api-gateway'].UpdateAuthorizer({ restApiId: apiOf(properties), authorizerId, patchOperations });
      return madeWith(authorizerId, 'AuthorizerId');
    },
    delete: (authorizerId, properties, { aws }) =>
      isGone('NotFoundException', aws['api-gateway'].DeleteAuthorizer({ restApiId: apiOf(properties), authorizerId })),
    async read(authorizerId, properties, { aws }) {
      const shown = await ifThere(
        'NotFoundException',
        aws['api-gateway'].GetAuthorizer({ restApiId: apiOf(properties), authorizerId }),
      );
      return shown && shownAs(properties, shown);
    },
  },
  'AWS::ApiGateway::GatewayResponse': {
    async create(properties, { aws }) {
      await aws['api-gateway'].PutGatewayResponse(responseOf(properties));
      return madeWith(`${apiOf(properties)}|${properties.ResponseType}`, 'Id');
    },
    async update(id, properties, _, { aws }) {
      await aws['api-gateway'].PutGatewayResponse(responseOf(properties));
      return madeWith(id, 'Id');
    },
    delete: (_, properties, { aws }) => {
      const { restApiId, responseType } = responseOf(properties);
      return isGone('NotFoundException', aws['api-gateway'].DeleteGatewayResponse({ restApiId, responseType }));
    },
    async read(_, properties, { aws }) {
      const { restApiId, responseType } = responseOf(properties);
      const shown = await ifThere(
        'NotFoundException',
        aws['api-gateway'].GetGatewayResponse({ restApiId, responseType }),
      );
      return shown?.defaultResponse === true ? undefined : shown && shownAs(properties, shown);
    },
  },
};

function responseOf(properties: Properties) {
  return compact<{
    restApiId: string;
    responseType: GatewayResponseType;
    statusCode?: string;
    responseParameters?: { [name: string]: string };
    responseTemplates?: { [name: string]: string };
  }>({
    restApiId: apiOf(properties),
    responseType: String(properties.ResponseType) as GatewayResponseType,
    statusCode: text(properties.StatusCode),
    responseParameters: texts(properties.ResponseParameters),
    responseTemplates: texts(properties.ResponseTemplates),
  });
}
