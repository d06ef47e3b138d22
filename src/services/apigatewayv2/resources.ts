/** API Gateway's types of CloudFormation: HTTP and WebSocket APIs. Their properties are called as the API calls them. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Aws,
  isGone,
  type Made,
  type Properties,
  type ResourceScope,
  type ResourceType,
  type ResourceTypes,
  refuseProperties,
  ServiceError,
  tagsGone,
  tagsOf,
} from '#kernel/contract';
import { overrides } from './resources-overrides.ts';

type Gateway = Aws['apigatewayv2'];
type Values = { [name: string]: unknown };

const NUMBERS = [
  'TimeoutInMillis',
  'Priority',
  'AuthorizerResultTtlInSeconds',
  'MaxAge',
  'ThrottlingBurstLimit',
  'ThrottlingRateLimit',
];
const FLAGS = [
  'ApiKeyRequired',
  'AutoDeploy',
  'StripBasePath',
  'DisableExecuteApiEndpoint',
  'DisableSchemaValidation',
  'EnableSimpleResponses',
  'AllowCredentials',
  'DetailedMetricsEnabled',
  'DataTraceEnabled',
  'FailOnWarnings',
];

/** Numbers and flags of templates may be texts. */
function typed(value: unknown, name = ''): unknown {
  if (NUMBERS.includes(name)) return Number(value);
  if (FLAGS.includes(name)) return String(value) === 'true';
  // YAML has a number where the quotes are forgotten: 1.0 is told as 1.
  if (name.endsWith('PayloadFormatVersion') && /^\d$/.test(String(value))) return `${value}.0`;
  if (Array.isArray(value)) return value.map((one) => typed(one));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, typed(one, key)]));
}

async function there<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'NotFoundException') return undefined;
    throw error;
  }
}

type Operation = (input: never) => Promise<object>;
const call = (operation: Operation, input: object): Promise<Values> => operation(input as never) as Promise<Values>;

type Kind = {
  /** `Route`: of `CreateRoute`, `UpdateRoute`, …. */
  noun: string;
  /** Properties that say whose part it is. */
  owners: readonly string[];
  id: string;
  /** Attributes, by the names that the API gives them. */
  attributes?: readonly string[];
  /** By which one that was made before is found again. */
  unique?: { list: string; by: string };
  /** Other properties than the API's. */
  given?(properties: Properties, scope: ResourceScope): Values;
  refused?: readonly string[];
  /** What updates get for properties that the template has no more. */
  reset?: Properties;
  /** Of its ARN, where it has tags. */
  tagged?(id: string, properties: Properties): string;
};

const MAPS = ['RequestParameters', 'ResponseParameters', 'RouteSettings', 'StageVariables'];

/** Maps in which what is there no more is emptied: updates only add to them. */
function withEmptied(input: Values, before: Properties): Values {
  const emptied = MAPS.filter((name) => before[name] !== undefined).map((name) => {
    const gone = Object.entries(before[name] as object).map(([key, one]) => [key, typeof one === 'object' ? {} : '']);
    return [name, { ...Object.fromEntries(gone), ...(input[name] as object | undefined) }];
  });
  return Object.fromEntries(emptied);
}

/** Gives a thing the tags that it shall have, and no others. */
async function retag(path: string, properties: Properties, before: Properties, scope: ResourceScope): Promise<void> {
  const { UntagResource, TagResource } = scope.aws.apigatewayv2;
  const ResourceArn = `arn:${scope.partition}:apigateway:${scope.region}::/${path}`;
  const TagKeys = tagsGone(properties, before, scope);
  if (TagKeys.length > 0) await UntagResource({ ResourceArn, TagKeys });
  const Tags = tagsOf(properties, scope);
  if (Object.keys(Tags).length > 0) await TagResource({ ResourceArn, Tags });
}

/** What answers are changed to: the API has a map for each status, a template a list in an object. */
function byDestination(given: unknown): unknown {
  if (given === null || typeof given !== 'object') return given;
  const entries = Object.entries(given as { [status: string]: unknown }).map(([status, one]) => {
    const { ResponseParameters: list } = (one ?? {}) as { ResponseParameters?: unknown };
    if (!Array.isArray(list)) return [status, one];
    return [status, Object.fromEntries(list.map(({ Destination, Source }) => [String(Destination), String(Source)]))];
  });
  return Object.fromEntries(entries);
}

/** A document that the template has as an object, and the API as a text; what the template writes otherwise than the API. */
function likewise(value: unknown, own: unknown, name: string): unknown {
  const told = name === 'ResponseParameters' ? byDestination(own) : typed(own, name);
  if (isDeepStrictEqual(told, value)) return own;
  return typeof value === 'string' && typeof own === 'object' ? JSON.parse(value) : value;
}

/** What the API shows whenever it is there. */
const SHOWN = new Set(['CorsConfiguration', 'Description', 'JwtConfiguration', 'Version']);

/** A type whose operations all have the same form. */
function typeOf({
  noun,
  owners,
  id: idName,
  attributes = [idName],
  unique,
  given,
  refused = [],
  reset = {},
  tagged,
}: Kind): ResourceType {
  const operation = (gateway: Gateway, verb: string) =>
    gateway[`${verb}${noun}` as keyof Gateway] as unknown as Operation;
  const ownersOf = (properties: Properties) =>
    Object.fromEntries(owners.map((name) => [name, String(properties[name])]));
  const inputOf = (properties: Properties, scope: ResourceScope) =>
    typed(given?.(properties, scope) ?? properties) as Values;
  const at = (id: string, properties: Properties) => ({ ...ownersOf(properties), [idName]: id });
  const made = (shown: Values): Made => ({
    id: String(shown[idName]),
    attributes: Object.fromEntries(attributes.map((name) => [name, shown[name]])),
  });
  const known = async (gateway: Gateway, input: Values): Promise<Values | undefined> => {
    if (unique === undefined) return undefined;
    const list = gateway[unique.list as keyof Gateway] as unknown as Operation;
    const { Items = [] } = (await call(list, { ...ownersOf(input), MaxResults: '500' })) as { Items?: Values[] };
    return Items.find((one) => one[unique.by] === input[unique.by]);
  };
  return {
    async create(properties, scope) {
      refuseProperties(properties, refused);
      const gateway = scope.aws.apigatewayv2;
      const input = inputOf(properties, scope);
      const before = scope.again ? await known(gateway, input) : undefined;
      return made(before ?? (await call(operation(gateway, 'Create'), input)));
    },
    async update(id, properties, before, scope) {
      refuseProperties(properties, refused);
      const { Tags: _, ...input } = inputOf(properties, scope);
      const gone = Object.entries(reset).filter(([name]) => before[name] !== undefined);
      const whole = { ...Object.fromEntries(gone), ...input, ...withEmptied(input, before), ...at(id, properties) };
      const shown = await call(operation(scope.aws.apigatewayv2, 'Update'), whole);
      const path = tagged?.(id, properties);
      if (path !== undefined) await retag(path, properties, before, scope);
      return made({ ...at(id, properties), ...shown });
    },
    async delete(id, properties, { aws }) {
      await isGone('NotFoundException', call(operation(aws.apigatewayv2, 'Delete'), at(id, properties)));
    },
    async read(id, properties, { aws }) {
      const shown = await there(call(operation(aws.apigatewayv2, 'Get'), at(id, properties)));
      if (shown === undefined) return undefined;
      const read = Object.entries(properties).map(([name, own]) => [
        name,
        likewise(SHOWN.has(name) ? shown[name] : (shown[name] ?? own), own, name),
      ]);
      return Object.fromEntries(read);
    },
  };
}

const API = typeOf({
  noun: 'Api',
  owners: [],
  id: 'ApiId',
  attributes: ['ApiId', 'ApiEndpoint'],
  refused: ['BasePath', 'BodyS3Location'],
  reset: { Description: '', DisableExecuteApiEndpoint: false, Version: '' },
  tagged: (id) => `apis/${id}`,
  given: (properties, scope) => ({ ...properties, Tags: tagsOf(properties, scope) }),
});

const bodyText = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body));

async function withArn(making: Promise<Made>, { partition, region, account }: ResourceScope): Promise<Made> {
  const made = await making;
  const ExecuteApiArn = `arn:${partition}:execute-api:${region}:${account}:${made.id}`;
  return { ...made, attributes: { ...made.attributes, ExecuteApiArn } };
}

/** An API may be made of an OpenAPI document. */
const api: ResourceType = {
  ...API,
  async create(properties, scope) {
    const { Body, FailOnWarnings, ...rest } = properties;
    if (Body === undefined) return withArn(API.create(properties, scope), scope);
    refuseProperties(properties, ['BasePath', 'BodyS3Location', 'Target', 'RouteKey', 'CredentialsArn']);
    const gateway = scope.aws.apigatewayv2;
    const imported = await gateway.ImportApi({
      Body: bodyText(Body),
      FailOnWarnings: String(FailOnWarnings) === 'true',
    });
    const id = imported.ApiId ?? '';
    scope.begun(id);
    const { ProtocolType: _, Tags: __, ...own } = rest;
    const shown = await call(gateway.UpdateApi as Operation, { ...(typed(own) as Values), ApiId: id });
    await retag(`apis/${id}`, properties, {}, scope);
    return withArn(Promise.resolve({ id, attributes: { ApiId: id, ApiEndpoint: shown.ApiEndpoint } }), scope);
  },
  async update(id, properties, before, scope) {
    const { Body, ProtocolType: _, ...rest } = properties;
    const isChanged = Body !== undefined && bodyText(Body) !== bodyText(before.Body);
    if (isChanged) await scope.aws.apigatewayv2.ReimportApi({ ApiId: id, Body: bodyText(Body) });
    const isOpen = rest.CorsConfiguration !== undefined;
    if (!isOpen && before.CorsConfiguration !== undefined)
      await isGone('NotFoundException', scope.aws.apigatewayv2.DeleteCorsConfiguration({ ApiId: id }));
    const made = API.update?.(id, rest, before, scope) ?? Promise.resolve({ id, attributes: {} });
    return withArn(made, scope);
  },
};

const DOMAIN = typeOf({
  noun: 'DomainName',
  owners: [],
  id: 'DomainName',
  attributes: ['DomainNameArn'],
  unique: { list: 'GetDomainNames', by: 'DomainName' },
  tagged: (id) => `domainnames/${id}`,
  given: (properties, scope) => ({ ...properties, Tags: tagsOf(properties, scope) }),
});

async function withRegional(making: Promise<Made>, { aws }: ResourceScope): Promise<Made> {
  const made = await making;
  const { DomainNameConfigurations: [first] = [] } = await aws.apigatewayv2.GetDomainName({ DomainName: made.id });
  const attributes = {
    ...made.attributes,
    RegionalDomainName: first?.ApiGatewayDomainName,
    RegionalHostedZoneId: first?.HostedZoneId,
  };
  return { ...made, attributes };
}

const ruleInput = ({ Actions, Conditions, Priority }: Properties) =>
  typed({ Actions, Conditions, Priority }) as Pick<
    Parameters<Gateway['CreateRoutingRule']>[0],
    'Actions' | 'Conditions' | 'Priority'
  >;

/** The domain name and the rule's id, of the ARN that names it. */
function ruleAt(arn: string): { DomainName: string; RoutingRuleId: string } {
  const [, DomainName = '', RoutingRuleId = ''] = /\/domainnames\/([^/]+)(?:\/routingrules\/(.+))?$/.exec(arn) ?? [];
  return { DomainName, RoutingRuleId };
}

const ruleMade = (arn: string): Made => ({
  id: arn,
  attributes: { RoutingRuleArn: arn, RoutingRuleId: ruleAt(arn).RoutingRuleId },
});

const routingRule: ResourceType = {
  async create(properties, { aws, again }) {
    const { DomainName } = ruleAt(String(properties.DomainNameArn));
    const input = ruleInput(properties);
    // A domain name has one rule of a priority.
    const { RoutingRules = [] } = again ? await aws.apigatewayv2.ListRoutingRules({ DomainName }) : {};
    const known = RoutingRules.find(({ Priority }) => Priority === input.Priority);
    const { RoutingRuleArn = '' } = known ?? (await aws.apigatewayv2.CreateRoutingRule({ DomainName, ...input }));
    return ruleMade(RoutingRuleArn);
  },
  async update(id, properties, _, { aws }) {
    await aws.apigatewayv2.PutRoutingRule({ ...ruleAt(id), ...ruleInput(properties) });
    return ruleMade(id);
  },
  delete: (id, _, { aws }) => isGone('NotFoundException', aws.apigatewayv2.DeleteRoutingRule(ruleAt(id))),
  async read(id, properties, { aws }) {
    const shown = await there(aws.apigatewayv2.GetRoutingRule(ruleAt(id)));
    return shown && { ...properties, ...ruleInput(shown) };
  },
};

/** Which deployment a stage has that deploys by itself is not the template's to say. Source: Template Reference, AWS::ApiGatewayV2::Stage, `DeploymentId`. */
function withoutDeployed({ DeploymentId, ...properties }: Properties): Properties {
  const isOwn = String(properties.AutoDeploy) === 'true' || DeploymentId === undefined;
  return isOwn ? properties : { ...properties, DeploymentId };
}

const STAGE = typeOf({
  noun: 'Stage',
  owners: ['ApiId'],
  id: 'StageName',
  attributes: [],
  refused: ['AccessPolicyId', 'ClientCertificateId'],
  unique: { list: 'GetStages', by: 'StageName' },
  reset: { AutoDeploy: false, DefaultRouteSettings: {}, Description: '' },
  tagged: (id, { ApiId }) => `apis/${ApiId}/stages/${id}`,
  given: (properties, scope) => ({ ...withoutDeployed(properties), Tags: tagsOf(properties, scope) }),
});

const stage: ResourceType = {
  ...STAGE,
  async read(id, properties, scope) {
    const shown = await STAGE.read?.(id, withoutDeployed(properties), scope);
    return shown && { ...properties, ...shown };
  },
};

export const resources: ResourceTypes = {
  'AWS::ApiGatewayV2::Api': api,
  'AWS::ApiGatewayV2::ApiGatewayManagedOverrides': overrides({ typed, emptied: withEmptied }),
  'AWS::ApiGatewayV2::Integration': typeOf({
    noun: 'Integration',
    owners: ['ApiId'],
    id: 'IntegrationId',
    given: ({ ResponseParameters: given, ...rest }) =>
      given === undefined ? rest : { ...rest, ResponseParameters: byDestination(given) },
    refused: ['ConnectionId', 'TlsConfig'],
    reset: { Description: '' },
  }),
  'AWS::ApiGatewayV2::IntegrationResponse': typeOf({
    noun: 'IntegrationResponse',
    owners: ['ApiId', 'IntegrationId'],
    id: 'IntegrationResponseId',
  }),
  'AWS::ApiGatewayV2::Route': typeOf({
    noun: 'Route',
    owners: ['ApiId'],
    id: 'RouteId',
    unique: { list: 'GetRoutes', by: 'RouteKey' },
    reset: { ApiKeyRequired: false, AuthorizationScopes: [], AuthorizationType: 'NONE', OperationName: '' },
  }),
  'AWS::ApiGatewayV2::RouteResponse': typeOf({
    noun: 'RouteResponse',
    owners: ['ApiId', 'RouteId'],
    id: 'RouteResponseId',
  }),
  'AWS::ApiGatewayV2::Authorizer': typeOf({
    noun: 'Authorizer',
    owners: ['ApiId'],
    id: 'AuthorizerId',
    unique: { list: 'GetAuthorizers', by: 'Name' },
  }),
  'AWS::ApiGatewayV2::Model': typeOf({
    noun: 'Model',
    owners: ['ApiId'],
    id: 'ModelId',
    unique: { list: 'GetModels', by: 'Name' },
    given: (properties) => ({ ...properties, Schema: bodyText(properties.Schema) }),
  }),
  'AWS::ApiGatewayV2::Deployment': typeOf({ noun: 'Deployment', owners: ['ApiId'], id: 'DeploymentId' }),
  'AWS::ApiGatewayV2::Stage': stage,
  'AWS::ApiGatewayV2::ApiMapping': typeOf({
    noun: 'ApiMapping',
    owners: ['DomainName'],
    id: 'ApiMappingId',
    unique: { list: 'GetApiMappings', by: 'ApiMappingKey' },
  }),
  'AWS::ApiGatewayV2::RoutingRule': routingRule,
  'AWS::ApiGatewayV2::DomainName': {
    ...DOMAIN,
    create: (properties, scope) => withRegional(DOMAIN.create(properties, scope), scope),
    update(id, properties, before, scope) {
      const isLeft = 'MutualTlsAuthentication' in before && !('MutualTlsAuthentication' in properties);
      const next = isLeft ? { ...properties, MutualTlsAuthentication: { TruststoreUri: '' } } : properties;
      return withRegional(DOMAIN.update?.(id, next, before, scope) ?? Promise.resolve({ id, attributes: {} }), scope);
    },
    async read(id, properties, scope) {
      const shown = await DOMAIN.read?.(id, properties, scope);
      const { MutualTlsAuthentication: mutual } = shown ?? {};
      if (mutual === undefined) return shown;
      const { TruststoreWarnings: _, ...MutualTlsAuthentication } = mutual as Properties;
      return { ...shown, MutualTlsAuthentication };
    },
  },
};
