/** Authorizers of REST APIs. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { expectBoolean, expectList, expectMap, expectTexts, ofResource } from '../expect.ts';
import { resourceFault } from '../faults.ts';
import { told } from '../python.ts';
import { isGiven, isMap, listOf, type Maybe, mapOf, sub } from '../values.ts';

export type Authorizer = {
  scheme: JsonObject;
  scopes: Json;
  /** The function that API Gateway must be allowed to call. */
  functionArn?: Json;
};

const AUTHORIZER = 'x-amazon-apigateway-authorizer';

/** Every authorizer by its name; empty where there is none. */
export function authorizersOf(
  id: string,
  declared: Maybe,
  byDefault: Maybe,
  partition: string,
): Map<string, Authorizer> {
  const all = new Map<string, Authorizer>();
  if (byDefault === 'AWS_IAM') all.set('AWS_IAM', { scheme: schemeOf('Authorization', 'awsSigv4'), scopes: [] });
  if (!isGiven(declared)) return all;
  for (const [name, given] of Object.entries(expectMap(declared, ofResource(id, 'Auth.Authorizers')))) {
    const authorizer = expectMap(given, ofResource(id, `Auth.Authorizers.${name}`));
    all.set(name, authorizerOf(id, name, authorizer, partition));
  }
  return all;
}

const schemeOf = (header: Json, kind: string): JsonObject => ({
  type: 'apiKey',
  name: header,
  in: 'header',
  'x-amazon-apigateway-authtype': kind,
});

function authorizerOf(id: string, name: string, given: JsonObject, partition: string): Authorizer {
  const { FunctionPayloadType: payload, Identity, AuthorizationScopes, DisableFunctionDefaultPermissions } = given;
  if (payload !== undefined && payload !== null && payload !== 'TOKEN' && payload !== 'REQUEST')
    throw resourceFault(id, `${name} Authorizer has invalid 'FunctionPayloadType': ${told(payload)}.`);
  if (payload === 'REQUEST' && isWithoutSource(id, name, Identity))
    throw resourceFault(
      id,
      `${name} Authorizer must specify Identity with at least one of Headers, QueryStrings, StageVariables, or Context.`,
    );
  const scopes = expectList(AuthorizationScopes ?? [], ofResource(id, `Authorizers.${name}.AuthorizationScopes`));
  if (DisableFunctionDefaultPermissions !== undefined && DisableFunctionDefaultPermissions !== null)
    expectBoolean(
      DisableFunctionDefaultPermissions,
      ofResource(id, `Authorizers.${name}.DisableFunctionDefaultPermissions`),
    );
  const needsPermission = isGiven(given.FunctionArn) && !isGiven(DisableFunctionDefaultPermissions);
  return {
    scheme: isGiven(given.UserPoolArn) ? userPools(id, given) : lambda(id, name, given, partition),
    scopes,
    ...(needsPermission && { functionArn: given.FunctionArn ?? null }),
  };
}

/** What is asked anew each time needs no source by which answers are kept. */
function isWithoutSource(id: string, name: string, identity: Maybe): boolean {
  if (!isGiven(identity)) return true;
  const given = expectMap(identity, ofResource(id, `Authorizer.${name}.Identity`));
  if (['Headers', 'QueryStrings', 'StageVariables', 'Context'].some((key) => isGiven(given[key]))) return false;
  const { ReauthorizeEvery: every } = given;
  const isNumber = typeof every === 'number' || (typeof every === 'string' && /^\s*[-+]?\d+\s*$/.test(every));
  return !isNumber || Number(every) > 0;
}

function headerOf(id: string, identity: Maybe): Json {
  if (isGiven(identity) && !isMap(identity))
    throw resourceFault(
      id,
      'Auth.Authorizers.<Authorizer>.Identity must be a dict (LambdaTokenAuthorizationIdentity, LambdaRequestAuthorizationIdentity or CognitoAuthorizationIdentity).',
    );
  const { Header } = mapOf(identity);
  return isGiven(Header) ? Header : 'Authorization';
}

function expression(identity: Maybe): JsonObject {
  const { ValidationExpression } = mapOf(identity);
  return isGiven(ValidationExpression) ? { identityValidationExpression: ValidationExpression } : {};
}

function userPools(id: string, { UserPoolArn, Identity }: JsonObject): JsonObject {
  return {
    ...schemeOf(headerOf(id, Identity), 'cognito_user_pools'),
    [AUTHORIZER]: {
      type: 'cognito_user_pools',
      providerARNs: listOf(UserPoolArn),
      ...expression(Identity),
    },
  };
}

function lambda(id: string, name: string, given: JsonObject, partition: string): JsonObject {
  const { Identity, FunctionInvokeRole: role, FunctionArn = null } = given;
  const isRequest = given.FunctionPayloadType === 'REQUEST';
  const { ReauthorizeEvery } = mapOf(Identity);
  const source = isRequest ? sourceOf(id, name, mapOf(Identity)) : '';
  const path = `lambda:path/2015-03-31/functions/\${__FunctionArn__}/invocations`;
  return {
    ...schemeOf(isRequest ? 'Unused' : headerOf(id, Identity), 'custom'),
    [AUTHORIZER]: {
      type: isRequest ? 'request' : 'token',
      authorizerUri: sub(`arn:${partition}:apigateway:\${AWS::Region}:${path}`, { __FunctionArn__: FunctionArn }),
      ...(ReauthorizeEvery !== undefined &&
        ReauthorizeEvery !== null && { authorizerResultTtlInSeconds: ReauthorizeEvery }),
      ...(isGiven(role) && role !== 'NONE' && { authorizerCredentials: role }),
      ...(source !== '' && { identitySource: source }),
      ...(!isRequest && expression(Identity)),
    },
  };
}

function sourceOf(id: string, name: string, identity: JsonObject): string {
  const places = {
    Headers: 'method.request.header.',
    QueryStrings: 'method.request.querystring.',
    StageVariables: 'stageVariables.',
    Context: 'context.',
  };
  return Object.entries(places)
    .flatMap(([key, prefix]) => {
      const place = ofResource(id, `Auth.Authorizers.${name}.Identity.${key}`);
      return isGiven(identity[key]) ? expectTexts(identity[key], place).map((value) => `${prefix}${value}`) : [];
    })
    .join(', ');
}
