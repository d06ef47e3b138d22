/** Roles of functions and state machines, and the policies that they are given. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { resourceFault, templateFault } from './faults.ts';
import { type Made, made } from './made.ts';
import { expandedPolicy, isPolicyTemplate } from './policy-template.ts';
import { pythonJson } from './python.ts';
import {
  IF_ARGUMENTS,
  ifArguments,
  isGiven,
  isIf,
  isIntrinsic,
  isMap,
  isNoValue,
  isSame,
  listOf,
  type Maybe,
} from './values.ts';

type Kind = 'managed' | 'statement' | 'template' | 'unknown';

function kindOf(policy: Json): Kind {
  if (typeof policy === 'string') return 'managed';
  if (isIf(policy)) return kindOfIf(policy);
  if (isIntrinsic(policy)) return 'managed';
  if (isMap(policy) && 'Statement' in policy) return 'statement';
  return isPolicyTemplate(policy) ? 'template' : 'unknown';
}

function kindOfIf(policy: JsonObject): Kind {
  const items = ifArguments(policy);
  if (items === undefined) throw templateFault(IF_ARGUMENTS);
  const [, yes, no] = items;
  const [a, b] = [kindOf(yes), kindOf(no)];
  if (a === b || isNoValue(no)) return a;
  if (isNoValue(yes)) return b;
  throw templateFault(
    'Different policy types within the same Fn::If statement is unsupported. Separate different policy types into different Fn::If statements',
  );
}

/** The policies with templates written out. */
function expanded(id: string, policy: Json): Json {
  if (kindOf(policy) !== 'template' || !isMap(policy)) return policy;
  if (!isIf(policy)) return expandedPolicy(id, policy);
  const [condition, ...branches] = ifArguments(policy) as [Json, Json, Json];
  return {
    'Fn::If': [condition, ...branches.map((one) => (isNoValue(one) ? one : expandedPolicy(id, one as JsonObject)))],
  };
}

/** The ARN of a policy that AWS manages, by its name. */
export type PolicyArn = (name: string) => string | undefined;

export type RoleGiven = {
  attributes: JsonObject;
  trust: Json;
  policies: Maybe;
  managed?: Json[];
  inline?: Json[];
  path?: Maybe;
  boundary?: Maybe;
  tags: Json;
};

/**
 * The role of a resource.
 *
 * @throws {SamFault} for policies that are none
 */
export function roleOf(id: string, policyArn: PolicyArn, given: RoleGiven): Made {
  const { managed = [], inline = [] } = given;
  const arnOf = (policy: Json) => (typeof policy === 'string' ? (policyArn(policy) ?? policy) : policy);
  const wanted = isGiven(given.policies) ? listOf(given.policies) : [];
  for (const [index, declared] of wanted.map((policy) => expanded(id, policy)).entries()) {
    const kind = kindOf(declared);
    const document = (PolicyDocument: Json) => ({ PolicyName: `${id}RolePolicy${index}`, PolicyDocument });
    const each = (change: (one: Json) => Json) => {
      if (!isMap(declared) || !isIf(declared)) return change(declared);
      const [condition, ...branches] = ifArguments(declared) as [Json, Json, Json];
      return { 'Fn::If': [condition, ...branches.map((one) => (isNoValue(one) ? one : change(one)))] };
    };
    if (kind === 'statement') inline.push(each(document));
    else if (kind === 'managed') addOnce(managed, each(arnOf));
    else throw resourceFault(id, `Policy at index ${index} in the 'Policies' property is not valid`);
  }
  return made(
    `${id}Role`,
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: given.trust,
      ManagedPolicyArns: managed,
      Policies: inline.length === 0 ? undefined : inline,
      Path: given.path,
      PermissionsBoundary: given.boundary,
      Tags: given.tags,
    },
    { attributes: given.attributes },
  );
}

/** What lists hold, as texts: one to which thousands are added is not looked through for each of them. */
const contents = new WeakMap<Json[], { length: number; texts: Set<string> }>();
const textOf = (item: Json) => pythonJson(item, { sorted: true, separators: [',', ':'] });

/** Adds what a list does not have yet, whatever the order of members. */
export function addOnce(list: Json[], item: Json): void {
  let known = contents.get(list);
  if (known?.length !== list.length) known = { length: list.length, texts: new Set(list.map(textOf)) };
  contents.set(list, known);
  const text = textOf(item);
  if (known.texts.has(text)) return;
  known.texts.add(text);
  known.length = list.push(item);
}

/** Gives a role inline policies, once each document. */
export function allow(role: Made, policies: readonly JsonObject[]): void {
  for (const policy of policies) {
    const present = listOf(role.properties.Policies);
    const isThere = present.some((one) => isMap(one) && isSame(one.PolicyDocument, policy.PolicyDocument));
    if (!isThere) role.properties.Policies = [...present, policy];
  }
}

/** The ARN of a policy of AWS. */
export const managedArn = (partition: string, name: string): string => `arn:${partition}:iam::aws:policy/${name}`;
