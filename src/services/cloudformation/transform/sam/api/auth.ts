/** Auth of REST APIs. */
import type { JsonObject } from '../../../domain/parse.ts';
import { checkCopies } from '../../size.ts';
import { resourceFault } from '../faults.ts';
import { legacyOrder } from '../legacy.ts';
import { type Made, made } from '../made.ts';
import type { Declared, Setting } from '../setting.ts';
import { isGiven, type Maybe, mapOf, ref, sub } from '../values.ts';
import { type Authorizer, authorizersOf } from './authorizer.ts';
import { isSwagger, mapIn, pathsOf } from './document.ts';
import { addResourcePolicy, addStatements } from './resource-policy.ts';
import { addKeyScheme, addScheme, setDefaultAuthorizer, setDefaultKey } from './security.ts';

const KEYS = [
  'Authorizers',
  'DefaultAuthorizer',
  'InvokeRole',
  'AddDefaultAuthorizerToCorsPreflight',
  'AddApiKeyRequiredToCorsPreflight',
  'ApiKeyRequired',
  'ResourcePolicy',
  'UsagePlan',
];

/** @throws {SamFault} */
export function addAuth({ id, given }: Declared, document: Maybe, { partition }: Setting): void {
  if (!isGiven(given.Auth)) return;
  const auth = mapOf(given.Auth);
  if (!isGiven(document))
    throw resourceFault(id, "Auth works only with inline Swagger specified in 'DefinitionBody' property.");
  if (!Object.keys(auth).every((key) => KEYS.includes(key)))
    throw resourceFault(id, "Invalid value for 'Auth' property");
  if (!isSwagger(document))
    throw resourceFault(
      id,
      "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  const authorizers = authorizersOf(id, auth.Authorizers, auth.DefaultAuthorizer, partition);
  if (authorizers.size > 0) {
    for (const [name, { scheme }] of authorizers) addScheme(document, name, scheme);
    useDefault(id, document, auth, authorizers);
  }
  if (isGiven(auth.ApiKeyRequired)) {
    addKeyScheme(document);
    setDefaultKey(document, isGiven(auth.AddApiKeyRequiredToCorsPreflight ?? true));
  }
  addPolicy(document, auth.ResourcePolicy, given.StageName);
}

function useDefault(
  id: string,
  document: JsonObject,
  { DefaultAuthorizer: name, AddDefaultAuthorizerToCorsPreflight }: JsonObject,
  authorizers: ReadonlyMap<string, Authorizer>,
): void {
  if (!isGiven(name)) return;
  if (typeof name !== 'string') throw resourceFault(id, 'DefaultAuthorizer is not a string.');
  if (!authorizers.has(name) && name !== 'AWS_IAM')
    throw resourceFault(id, `Unable to set DefaultAuthorizer because '${name}' was not defined in 'Authorizers'.`);
  const scopes = new Map([...authorizers].map(([key, { scopes }]) => [key, scopes]));
  setDefaultAuthorizer(document, name, scopes, isGiven(AddDefaultAuthorizerToCorsPreflight ?? true));
}

function addPolicy(document: JsonObject, given: Maybe, stage: Maybe): void {
  if (!isGiven(given)) return;
  const policy = mapIn(given, 'ResourcePolicy must be a map (ResourcePolicyStatement).');
  const paths = legacyOrder(pathsOf(document));
  checkCopies(policy, paths.length);
  for (const path of paths) addResourcePolicy(document, policy, path, stage);
  if (isGiven(policy.CustomStatements)) addStatements(document, policy.CustomStatements);
}

/** Lets API Gateway ask the functions of authorizers. */
export function authorizerPermissions({ id, given, passed }: Declared, { partition }: Setting): Made[] {
  if (!isGiven(given.Auth)) return [];
  const authorizers = authorizersOf(id, mapOf(given.Auth).Authorizers, undefined, partition);
  return [...authorizers].flatMap(([name, { functionArn }]) =>
    functionArn === undefined
      ? []
      : [authorizerPermission(`${id}${name}AuthorizerPermission`, id, functionArn, partition, passed)],
  );
}

/** @param partition as it stands in the ARN */
export function authorizerPermission(
  id: string,
  api: string,
  FunctionName: Maybe,
  partition: string,
  attributes: JsonObject,
): Made {
  const source = `arn:${partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${__ApiId__}/authorizers/*`;
  return made(
    id,
    'AWS::Lambda::Permission',
    {
      Action: 'lambda:InvokeFunction',
      FunctionName,
      Principal: 'apigateway.amazonaws.com',
      SourceArn: sub(source, { __ApiId__: ref(api) }),
    },
    { attributes },
  );
}
