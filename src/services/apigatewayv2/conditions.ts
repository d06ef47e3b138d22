/** Condition keys of operations on HTTP and WebSocket APIs, custom domain names and their rules. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon API Gateway Management V2". */
import type { ConditionKeys, Ctx } from '#kernel/contract';
import type { DomainName } from '#models/api-gateway';
import type { RoutingRule } from '#models/apigatewayv2';
import {
  domains,
  type Json,
  type KeptTable,
  keysOf,
  listOf,
  objectOf,
  routingRules,
  type Seen,
  seenOfAll,
  seenOfDocument,
  seenOfDomain,
} from '../api-gateway/port.ts';
import { shownDomain } from './domain/domain-name.ts';
import { apis, authorizers, routes, stages } from './state.ts';

type Input = { readonly [member: string]: unknown };

const seenOfApi = ({ Name, DisableExecuteApiEndpoint, ApiId }: Json): Seen => ({
  ApiName: Name,
  DisableExecuteApiEndpoint,
  // There is no other.
  EndpointType: ApiId === undefined ? undefined : ['REGIONAL'],
});
const seenOfRoute = ({ ApiKeyRequired, AuthorizationType }: Json): Seen => ({
  ApiKeyRequired,
  RouteAuthorizationType: AuthorizationType,
});
const seenOfAuthorizer = ({ AuthorizerType, AuthorizerUri }: Json): Seen => ({ AuthorizerType, AuthorizerUri });
const seenOfStage = ({ AccessLogSettings }: Json): Seen => {
  const { DestinationArn, Format } = objectOf(AccessLogSettings);
  return { AccessLoggingDestination: DestinationArn, AccessLoggingFormat: Format };
};

/** What a request says of a domain name, which is kept in the form of the first API. */
function seenOfNewDomain({ DomainNameConfigurations, MutualTlsAuthentication, RoutingMode: routingMode }: Json): Seen {
  const all = listOf(DomainNameConfigurations).map(objectOf);
  const { TruststoreUri: truststoreUri, TruststoreVersion: truststoreVersion } = objectOf(MutualTlsAuthentication);
  const types = all.flatMap(({ EndpointType: type }) => type ?? []);
  return seenOfDomain({
    endpointConfiguration: { types: types.length === 0 ? undefined : types },
    mutualTlsAuthentication: { truststoreUri, truststoreVersion },
    routingMode,
    securityPolicy: all.find(({ SecurityPolicy: policy }) => policy !== undefined)?.SecurityPolicy,
  });
}

/** Modes are called otherwise here. */
const seenOfKeptDomain = (domain: Json): Seen => ({
  ...seenOfDomain(domain),
  RoutingMode: shownDomain(domain as DomainName).RoutingMode,
});

const seenOfRule = ({ Priority, Conditions }: Json): Seen => {
  const paths = listOf(Conditions).flatMap((one) => listOf(objectOf(objectOf(one).MatchBasePaths).AnyOf));
  return { Priority, ConditionBasePaths: paths.length === 0 ? undefined : paths };
};

type Kind = { seen: (value: Json) => Seen; find: (input: Input, ctx: Ctx) => Seen };

const kind = (seen: (value: Json) => Seen, table: unknown, owner: string, id: string, stored = seen): Kind => ({
  seen,
  find: (input, { store }) => {
    const key = { owner: String(input[owner] ?? ''), id: String(input[id] ?? '') };
    return stored(objectOf(store.get(table as KeptTable<object>, key)?.value));
  },
});

const API = kind(seenOfApi, apis, '', 'ApiId');
const ROUTE = kind(seenOfRoute, routes, 'ApiId', 'RouteId');
const AUTHORIZER = kind(seenOfAuthorizer, authorizers, 'ApiId', 'AuthorizerId');
const STAGE = kind(seenOfStage, stages, 'ApiId', 'StageName');
const DOMAIN = kind(seenOfNewDomain, domains, '', 'DomainName', seenOfKeptDomain);
const RULE = kind(seenOfRule, routingRules as KeptTable<RoutingRule>, 'DomainName', 'RoutingRuleId');

const made =
  ({ seen }: Kind) =>
  ({ ApiId: _, ...input }: Input) =>
    keysOf('Request', seen(input));
const there =
  ({ find }: Kind) =>
  (input: Input, ctx: Ctx) =>
    keysOf('Resource', find(input, ctx));
const changed = (of: Kind) => (input: Input, ctx: Ctx) => ({ ...there(of)(input, ctx), ...made(of)(input) });

const imported = ({ Body }: Input) => keysOf('Request', seenOfDocument(Body as string));

/** What is there of an API whose parts a document takes the place of. */
function replaced(input: Input, ctx: Ctx): ConditionKeys {
  const where = { owner: String(input.ApiId) };
  const own = ctx.store.list(routes, { where }).map(({ value }) => seenOfRoute(objectOf(value)));
  const known = ctx.store.list(authorizers, { where }).map(({ value }) => seenOfAuthorizer(objectOf(value)));
  return {
    ...there(API)(input, ctx),
    ...keysOf('Resource', { ...seenOfAll(own), ...seenOfAll(known) }),
    ...imported(input),
  };
}

const SEEN: { readonly [operation: string]: (input: Input, ctx: Ctx) => ConditionKeys } = {
  CreateApi: made(API),
  CreateAuthorizer: made(AUTHORIZER),
  CreateDeployment: ({ StageName }) => keysOf('Request', { StageName }),
  CreateDomainName: made(DOMAIN),
  CreateRoute: (input) => made(ROUTE)({ ApiKeyRequired: false, AuthorizationType: 'NONE', ...input }),
  CreateRoutingRule: made(RULE),
  CreateStage: made(STAGE),
  DeleteAccessLogSettings: there(STAGE),
  DeleteApi: there(API),
  DeleteAuthorizer: there(AUTHORIZER),
  DeleteDomainName: there(DOMAIN),
  DeleteRoute: there(ROUTE),
  DeleteRoutingRule: there(RULE),
  DeleteStage: there(STAGE),
  ImportApi: imported,
  PutRoutingRule: changed(RULE),
  ReimportApi: replaced,
  UpdateApi: changed(API),
  UpdateAuthorizer: changed(AUTHORIZER),
  UpdateDomainName: changed(DOMAIN),
  UpdateRoute: changed(ROUTE),
  UpdateStage: changed(STAGE),
};

/** What conditions see of a call; undefined for operations that have no keys of their own. */
export function conditionsOf(operation: string): ((input: Input, ctx: Ctx) => ConditionKeys) | undefined {
  return SEEN[operation];
}
