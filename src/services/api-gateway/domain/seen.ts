/** What conditions of policies see of calls, and of what they change: `apigateway:Request/…`, `apigateway:Resource/…`. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon API Gateway Management", "… V2". */
import type { ConditionKeys } from '#kernel/contract';
import type { PatchOperation } from '#models/api-gateway';
import { EXTENSION, type Json, listOf, OpenApi, objectOf, textOf } from './openapi.ts';
import { namesOf } from './patch.ts';

/** By the keys' names without what they begin with: a value, or a list of such. */
export type Seen = { readonly [key: string]: unknown };

/** What a request says, or what is there already, as condition keys: what is not said has none. */
export function keysOf(of: 'Request' | 'Resource', seen: Seen): ConditionKeys {
  return Object.fromEntries(
    Object.entries(seen)
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([key, value]) => [`apigateway:${of}/${key}`, Array.isArray(value) ? value.map(String) : String(value)]),
  );
}

/** An API, as one is made or as it is kept. */
export const seenOfApi = (api: Json): Seen => ({
  ApiName: api.name,
  DisableExecuteApiEndpoint: api.disableExecuteApiEndpoint,
  EndpointType: objectOf(api.endpointConfiguration).types,
  SecurityPolicy: api.securityPolicy,
});

/** A method. */
export const seenOfMethod = ({ apiKeyRequired, authorizationType }: Json): Seen => ({
  ApiKeyRequired: apiKeyRequired,
  RouteAuthorizationType: authorizationType,
});

/** An authorizer. */
export const seenOfAuthorizer = ({ type, authorizerUri }: Json): Seen => ({
  AuthorizerType: type,
  AuthorizerUri: authorizerUri,
});

/** A stage. */
export const seenOfStage = ({ accessLogSettings }: Json): Seen => {
  const { destinationArn, format } = objectOf(accessLogSettings);
  return { AccessLoggingDestination: destinationArn, AccessLoggingFormat: format };
};

/** A custom domain name, in the form of the first API, in which they are kept. */
export const seenOfDomain = (domain: Json): Seen => {
  const { truststoreUri, truststoreVersion } = objectOf(domain.mutualTlsAuthentication);
  return {
    EndpointType: objectOf(domain.endpointConfiguration).types,
    MtlsTrustStoreUri: truststoreUri,
    MtlsTrustStoreVersion: truststoreVersion,
    RoutingMode: domain.routingMode,
    SecurityPolicy: domain.securityPolicy,
  };
};

/** What patches set, as members of what they change; what they take away is not there. */
export function patchedTo(operations: readonly PatchOperation[]): Json {
  const root: Json = {};
  for (const { op, path = '', value } of operations) {
    const names = namesOf(path);
    const [first = '', second, third] = names;
    if (op === 'remove' || value === undefined) continue;
    if (second === undefined) root[first] = value;
    else {
      const within = (root[first] = objectOf(root[first]));
      within[second] = second === 'types' ? [...listOf(within[second]), value || third] : value;
    }
  }
  return root;
}

const TYPES: { readonly [type: string]: string } = { token: 'CUSTOM', request: 'CUSTOM', jwt: 'JWT' };

/** All that a document brings: lists of what its authorizers and methods are. */
export function seenOfDocument(body: Uint8Array | string): Seen {
  let document: OpenApi;
  try {
    document = new OpenApi(body);
  } catch {
    // It is refused when it is read in earnest.
    return {};
  }
  const schemes = Object.entries(document.security).map(([name, scheme]) => [name, objectOf(scheme)] as const);
  const authorizers = schemes.flatMap(([, scheme]) => {
    const authorizer = objectOf(scheme[`${EXTENSION}authorizer`]);
    return authorizer.type === undefined ? [] : [authorizer];
  });
  const methods = methodsOf(document, new Map(schemes));
  return {
    ApiName: textOf(document.info.title),
    DisableExecuteApiEndpoint: document.endpoint.disableExecuteApiEndpoint,
    SecurityPolicy: textOf(document.root[`${EXTENSION}security-policy`]),
    AuthorizerType: filled(authorizers.map(({ type }) => String(type).toUpperCase())),
    AuthorizerUri: filled(authorizers.flatMap(({ authorizerUri }) => textOf(authorizerUri) ?? [])),
    RouteAuthorizationType: filled(methods.map(({ type }) => type)),
    ApiKeyRequired: filled(methods.map(({ hasKey }) => hasKey)),
  };
}

/** What is there of several: of each key all that one of them has. */
export function seenOfAll(all: readonly Seen[]): Seen {
  const keys = new Set(all.flatMap((one) => Object.keys(one)));
  return Object.fromEntries([...keys].map((key) => [key, filled(all.map((one) => one[key]))]));
}

function filled(list: readonly unknown[]): unknown[] | undefined {
  const given = list.filter((one) => one !== undefined);
  return given.length === 0 ? undefined : [...new Set(given)];
}

function methodsOf(document: OpenApi, schemes: ReadonlyMap<string, Json>): { type: string; hasKey: boolean }[] {
  return Object.values(objectOf(document.root.paths)).flatMap((item) =>
    Object.entries(objectOf(item))
      .filter(([name]) => name !== 'parameters' && name !== '$ref')
      .map(([, operation]) => {
        const names = listOf(objectOf(operation).security ?? document.root.security).flatMap((one) =>
          Object.keys(objectOf(one)),
        );
        const asked = names.map((name) => objectOf(schemes.get(name)));
        const types = asked.flatMap((scheme) => typeOf(scheme) ?? []);
        const own = textOf(objectOf(objectOf(operation)[`${EXTENSION}auth`]).type)?.toUpperCase();
        return { type: types[0] ?? own ?? 'NONE', hasKey: asked.some((scheme) => isKey(scheme)) };
      }),
  );
}

function typeOf(scheme: Json): string | undefined {
  if (scheme[`${EXTENSION}authtype`] === 'awsSigv4') return 'AWS_IAM';
  const type = textOf(objectOf(scheme[`${EXTENSION}authorizer`]).type);
  return type === undefined ? undefined : (TYPES[type] ?? type.toUpperCase());
}

function isKey(scheme: Json): boolean {
  return scheme.type === 'apiKey' && typeOf(scheme) === undefined;
}
