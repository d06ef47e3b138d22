/** Resource policies of REST APIs: who may call from where. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { documentFault } from '../faults.ts';
import { legacyOrder } from '../legacy.ts';
import { shown } from '../python.ts';
import { addOnce } from '../role.ts';
import { isGiven, isMap, listOf, type Maybe, sub } from '../values.ts';
import { ANY_METHOD, anyPath, itemsOf, mapIn } from './document.ts';

const POLICY = 'x-amazon-apigateway-policy';

function policyOf(document: JsonObject): JsonObject {
  if (!isMap(document[POLICY])) document[POLICY] = {};
  return document[POLICY] as JsonObject;
}

/** The lists of a resource policy as statements about one path. */
export function addResourcePolicy(document: JsonObject, given: Maybe, path: string, stage: Maybe): void {
  const rules = mapIn(given, 'Resource Policy is not a valid dictionary.');
  const policy = policyOf(document);
  const resources = resourcesAt(document, path, stage ?? null);
  addAccounts(policy, rules.AwsAccountWhitelist, 'Allow', resources);
  addAccounts(policy, rules.AwsAccountBlacklist, 'Deny', resources);
  addAddresses(policy, rules.IpRangeWhitelist, 'NotIpAddress', resources);
  addAddresses(policy, rules.IpRangeBlacklist, 'IpAddress', resources);
  for (const [kind, operator] of [
    ['Blacklist', 'StringEquals'],
    ['Whitelist', 'StringNotEquals'],
  ] as const) {
    const named = rules[`SourceVpc${kind}`];
    if (named !== undefined && named !== null && listOf(named).some((one) => typeof one !== 'string'))
      throw documentFault(
        `SourceVpc${kind} must be a list of strings. Use IntrinsicVpc${kind} instead for values that use Intrinsic Functions`,
      );
    const condition = networks(named, rules[`IntrinsicVpc${kind}`], rules[`IntrinsicVpce${kind}`]);
    if (Object.keys(condition).length > 0) allowExcept(policy, resources, { [operator]: condition });
  }
}

/** Statements as they are. */
export function addStatements(document: JsonObject, statements: Maybe): void {
  const policy = policyOf(document);
  policy.Version = '2012-10-17';
  if (policy.Statement === undefined) policy.Statement = structuredClone(statements) ?? null;
  else addNew(policy, structuredClone(listOf(statements)));
}

function addNew(policy: JsonObject, statements: readonly Json[]): void {
  const present = listOf(policy.Statement);
  for (const statement of statements) addOnce(present, statement);
  policy.Statement = present;
}

/** Every method of a path. */
function resourcesAt(document: JsonObject, path: string, stage: Json): Json[] {
  return itemsOf(document, path)
    .flatMap((item) => legacyOrder(Object.keys(item)))
    .map((name) => {
      const method = [ANY_METHOD, 'any'].includes(name.toLowerCase()) ? '*' : name.toUpperCase();
      return sub(`execute-api:/\${__Stage__}/${method}${anyPath(path)}`, { __Stage__: stage });
    });
}

const statementOf = (Effect: string, Resource: Json[], Principal: Json): JsonObject => ({
  Effect,
  Action: 'execute-api:Invoke',
  Resource: structuredClone(Resource),
  Principal,
});

function addAccounts(policy: JsonObject, accounts: Maybe, effect: string, resources: Json[]): void {
  if (!isGiven(accounts)) return;
  if (typeof accounts !== 'object') throw documentFault(`Type of '${shown(accounts)}' must be a list or dictionary`);
  policy.Version = '2012-10-17';
  const statement = statementOf(effect, resources, { AWS: structuredClone(listOf(accounts)) });
  policy.Statement = policy.Statement === undefined ? statement : [...listOf(policy.Statement), statement];
}

function addAddresses(policy: JsonObject, ranges: Maybe, operator: string, resources: Json[]): void {
  if (isGiven(ranges))
    allowExcept(policy, resources, { [operator]: { 'aws:SourceIp': structuredClone(listOf(ranges)) } });
}

/** All may call, but for those of whom the condition holds. */
function allowExcept(policy: JsonObject, resources: Json[], Condition: JsonObject): void {
  policy.Version = '2012-10-17';
  addNew(policy, [statementOf('Allow', resources, '*'), { ...statementOf('Deny', resources, '*'), Condition }]);
}

function networks(named: Maybe, vpcs: Maybe, endpoints: Maybe): JsonObject {
  const texts = listOf(named).map(String);
  const all = {
    'aws:SourceVpc': [...texts.filter((one) => one.startsWith('vpc-')), ...listOf(vpcs)],
    'aws:SourceVpce': [...texts.filter((one) => one.startsWith('vpce-')), ...listOf(endpoints)],
  };
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0));
}
