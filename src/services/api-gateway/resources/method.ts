/** Methods with their integrations and responses. */
import { isGone, type Properties, type ResourceScope, type ResourceType, refuseProperties } from '#kernel/contract';
import type { ContentHandlingStrategy, Integration, IntegrationType, ResponseTransferMode } from '#models/api-gateway';
import { compact } from '../domain/noun.ts';
import { flag, flags, ifThere, largeNames, number, text, texts } from './values.ts';

type Response = { [name: string]: unknown };

const atOf = ({ RestApiId, ResourceId, HttpMethod }: Properties) => ({
  restApiId: String(RestApiId),
  resourceId: String(ResourceId),
  httpMethod: String(HttpMethod),
});

const gone = (properties: Properties, { aws }: ResourceScope) =>
  isGone('NotFoundException', aws['api-gateway'].DeleteMethod(atOf(properties)));

async function put(properties: Properties, scope: ResourceScope): Promise<void> {
  const gateway = scope.aws['api-gateway'];
  const at = atOf(properties);
  await gateway.PutMethod(
    compact<Parameters<typeof gateway.PutMethod>[0]>({
      ...at,
      authorizationType: text(properties.AuthorizationType) ?? 'NONE',
      authorizerId: text(properties.AuthorizerId),
      authorizationScopes: properties.AuthorizationScopes as string[] | undefined,
      apiKeyRequired: flag(properties.ApiKeyRequired),
      operationName: text(properties.OperationName),
      requestModels: texts(properties.RequestModels),
      requestParameters: flags(properties.RequestParameters),
      requestValidatorId: text(properties.RequestValidatorId),
    }),
  );
  scope.begun(idOf(properties));
  for (const one of (properties.MethodResponses ?? []) as Response[])
    await gateway.PutMethodResponse(
      compact<Parameters<typeof gateway.PutMethodResponse>[0]>({
        ...at,
        statusCode: String(one.StatusCode),
        responseModels: texts(one.ResponseModels),
        responseParameters: flags(one.ResponseParameters),
      }),
    );
  if (properties.Integration !== undefined) await putIntegration(properties.Integration as Properties, at, scope);
}

async function putIntegration(given: Properties, at: ReturnType<typeof atOf>, scope: ResourceScope): Promise<void> {
  const gateway = scope.aws['api-gateway'];
  refuseProperties(given, ['ConnectionId', 'IntegrationTarget']);
  await gateway.PutIntegration(
    compact<Parameters<typeof gateway.PutIntegration>[0]>({
      ...at,
      type: text(given.Type) as IntegrationType,
      integrationHttpMethod: text(given.IntegrationHttpMethod),
      uri: text(given.Uri),
      connectionType: text(given.ConnectionType) as 'INTERNET' | undefined,
      credentials: text(given.Credentials),
      requestParameters: texts(given.RequestParameters),
      requestTemplates: texts(given.RequestTemplates),
      passthroughBehavior: text(given.PassthroughBehavior),
      cacheNamespace: text(given.CacheNamespace),
      cacheKeyParameters: given.CacheKeyParameters as string[] | undefined,
      contentHandling: text(given.ContentHandling) as ContentHandlingStrategy | undefined,
      timeoutInMillis: number(given.TimeoutInMillis),
      responseTransferMode: text(given.ResponseTransferMode) as ResponseTransferMode | undefined,
    }),
  );
  for (const one of (given.IntegrationResponses ?? []) as Response[])
    await gateway.PutIntegrationResponse(
      compact<Parameters<typeof gateway.PutIntegrationResponse>[0]>({
        ...at,
        statusCode: String(one.StatusCode),
        selectionPattern: text(one.SelectionPattern),
        responseParameters: texts(one.ResponseParameters),
        responseTemplates: texts(one.ResponseTemplates),
        contentHandling: text(one.ContentHandling) as ContentHandlingStrategy | undefined,
      }),
    );
}

/** The API tells empty templates as null. */
const textsShown = (templates: object | undefined) =>
  templates && Object.fromEntries(Object.entries(templates).map(([type, text]) => [type, text ?? '']));

const responsesOf = (responses: object = {}) =>
  Object.values(responses).map(({ responseTemplates, ...one }) =>
    largeNames({
      ...one,
      ...(responseTemplates !== undefined && { responseTemplates: textsShown(responseTemplates) }),
    }),
  );

/** An integration as its template would say it. */
function integrationOf({ httpMethod, integrationResponses, requestTemplates, ...rest }: Integration): Properties {
  return {
    ...largeNames(rest),
    ...(requestTemplates !== undefined && { RequestTemplates: textsShown(requestTemplates) }),
    IntegrationHttpMethod: httpMethod,
    IntegrationResponses: responsesOf(integrationResponses),
  };
}

const idOf = (properties: Properties) => Object.values(atOf(properties)).join('|');

export const methodType: ResourceType = {
  async create(properties, scope) {
    if (scope.again) await gone(properties, scope);
    await put(properties, scope);
    return { id: idOf(properties), attributes: {} };
  },
  /** Nobody but those who deploy sees what is there between. */
  async update(id, properties, _, scope) {
    await gone(properties, scope);
    await put(properties, scope);
    return { id, attributes: {} };
  },
  delete: (_, properties, scope) => gone(properties, scope),
  async read(_, properties, { aws }) {
    const shown = await ifThere('NotFoundException', aws['api-gateway'].GetMethod(atOf(properties)));
    if (shown === undefined) return undefined;
    const { methodIntegration, methodResponses, ...rest } = shown;
    const read: Properties = {
      ...largeNames(rest),
      Integration: methodIntegration && integrationOf(methodIntegration),
      MethodResponses: responsesOf(methodResponses),
    };
    const placed = ['RestApiId', 'ResourceId', 'HttpMethod'];
    return Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, placed.includes(name) ? value : read[name]]),
    );
  },
};
