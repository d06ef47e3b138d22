/** Authorizers of HTTP APIs. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { expectBoolean, expectMap, expectTexts, ofResource } from '../expect.ts';
import { resourceFault } from '../faults.ts';
import { isGiven, type Maybe, mapOf, sub } from '../values.ts';

export type HttpAuthorizer = {
  scheme: JsonObject;
  scopes?: Json;
  /** The function that API Gateway must be allowed to call, where SAM is asked to allow it. */
  functionArn?: Json;
};

const AUTHORIZER = 'x-amazon-apigateway-authorizer';

/**
 * Every authorizer by its name; empty where there is none.
 *
 * @throws {SamFault}
 */
export function httpAuthorizersOf(id: string, auth: JsonObject, partition: string): Map<string, HttpAuthorizer> {
  const all = new Map<string, HttpAuthorizer>();
  if (auth.EnableIamAuthorizer === true)
    all.set('AWS_IAM', {
      scheme: { type: 'apiKey', name: 'Authorization', in: 'header', 'x-amazon-apigateway-authtype': 'awsSigv4' },
    });
  if (!isGiven(auth.Authorizers)) return all;
  for (const [name, given] of Object.entries(expectMap(auth.Authorizers, ofResource(id, 'Auth.Authorizers')))) {
    const authorizer = expectMap(given, ofResource(id, `Auth.Authorizers.${name}`));
    if ('OpenIdConnectUrl' in authorizer)
      throw resourceFault(
        id,
        `'OpenIdConnectUrl' is no longer a supported property for authorizer '${name}'. Please refer to the AWS SAM documentation.`,
      );
    all.set(name, authorizerOf(id, name, authorizer, partition));
  }
  return all;
}

/** Which properties are of which kind of authorizer, in the order in which they are looked at. */
const ONLY: readonly [property: string, isOfJwt: boolean, of: string][] = [
  ['AuthorizationScopes', true, 'OAuth2 Authorizer'],
  ['JwtConfiguration', true, 'OAuth2 Authorizer'],
  ['IdentitySource', true, "OAuth2 Authorizer. For Lambda Authorizer, use the 'Identity' property instead"],
  ['FunctionArn', false, 'Lambda Authorizer'],
  ['FunctionInvokeRole', false, 'Lambda Authorizer'],
  ['Identity', false, 'Lambda Authorizer'],
  ['AuthorizerPayloadFormatVersion', false, 'Lambda Authorizer'],
  ['EnableSimpleResponses', false, 'Lambda Authorizer'],
  ['EnableFunctionDefaultPermissions', false, 'Lambda Authorizer'],
];

function authorizerOf(id: string, name: string, given: JsonObject, partition: string): HttpAuthorizer {
  const isSet = (property: string) => given[property] !== undefined && given[property] !== null;
  const isJwt = isGiven(given.JwtConfiguration);
  const jwt = isJwt ? expectMap(given.JwtConfiguration, ofResource(id, 'JwtConfiguration')) : {};
  if (isSet('AuthorizationScopes') && !Array.isArray(given.AuthorizationScopes))
    throw resourceFault(id, 'AuthorizationScopes must be a list.');
  for (const [property, isOfJwt, of] of ONLY) {
    // An empty configuration is none.
    if (property === 'JwtConfiguration' || !isSet(property) || isOfJwt === isJwt) continue;
    throw resourceFault(id, `${property} is only supported for ${of}.`);
  }
  const needed = isJwt ? ['IdentitySource'] : ['FunctionArn', 'AuthorizerPayloadFormatVersion'];
  for (const property of needed)
    if (!isGiven(given[property]))
      throw resourceFault(id, `${name} ${isJwt ? 'OAuth2' : 'Lambda'} Authorizer must define '${property}'.`);
  if (isSet('EnableFunctionDefaultPermissions'))
    expectBoolean(
      given.EnableFunctionDefaultPermissions,
      ofResource(id, `Authorizers.${name}.EnableFunctionDefaultPermissions`),
    );
  if (!isJwt)
    return {
      scheme: lambda(id, name, given, partition),
      ...(isGiven(given.EnableFunctionDefaultPermissions) && { functionArn: given.FunctionArn ?? null }),
    };
  const jwtConfiguration = Object.fromEntries(Object.entries(jwt).map(([key, value]) => [key.toLowerCase(), value]));
  return {
    scheme: {
      type: 'oauth2',
      [AUTHORIZER]: { jwtConfiguration, identitySource: given.IdentitySource ?? null, type: 'jwt' },
    },
    ...(isSet('AuthorizationScopes') && { scopes: given.AuthorizationScopes ?? null }),
  };
}

function lambda(id: string, name: string, given: JsonObject, partition: string): JsonObject {
  const { FunctionArn = null, FunctionInvokeRole: role, Identity, EnableSimpleResponses } = given;
  const path = `lambda:path/2015-03-31/functions/\${__FunctionArn__}/invocations`;
  return {
    type: 'apiKey',
    name: 'Unused',
    in: 'header',
    [AUTHORIZER]: {
      type: 'request',
      authorizerUri: sub(`arn:${partition}:apigateway:\${AWS::Region}:${path}`, { __FunctionArn__: FunctionArn }),
      ...(isGiven(role) && role !== 'NONE' && { authorizerCredentials: role }),
      ...(isGiven(Identity) && identityOf(id, name, Identity)),
      authorizerPayloadFormatVersion: given.AuthorizerPayloadFormatVersion ?? null,
      ...(isGiven(EnableSimpleResponses) && { enableSimpleResponses: EnableSimpleResponses }),
    },
  };
}

function identityOf(id: string, name: string, value: Maybe): JsonObject {
  const identity = expectMap(value, ofResource(id, `Auth.Authorizers.${name}.Identity`));
  const places = {
    Headers: '$request.header.',
    QueryStrings: '$request.querystring.',
    StageVariables: '$stageVariables.',
    Context: '$context.',
  };
  const identitySource = Object.entries(places).flatMap(([key, prefix]) =>
    isGiven(identity[key])
      ? expectTexts(identity[key], ofResource(id, `Authorizers.${name}.Identity.${key}`)).map(
          (one) => `${prefix}${one}`,
        )
      : [],
  );
  const { ReauthorizeEvery } = mapOf(identity);
  return {
    ...(ReauthorizeEvery !== undefined &&
      ReauthorizeEvery !== null && { authorizerResultTtlInSeconds: ReauthorizeEvery }),
    identitySource,
  };
}
