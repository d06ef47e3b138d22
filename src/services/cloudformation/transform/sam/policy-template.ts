/** Policy templates: a name and parameters that stand for statements. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { POLICY_TEMPLATES } from './data/policy-templates.ts';
import { resourceFault } from './faults.ts';
import { shownList } from './python.ts';
import { isMap, type Maybe } from './values.ts';

type Template = { parameters: string[]; statements: string[] };

const TEMPLATES: ReadonlyMap<string, Template> = new Map(
  POLICY_TEMPLATES.trim()
    .split(/\n(?! )/)
    .map((block): [string, Template] => {
      const [head = '', ...statements] = block.split('\n');
      const [name = '', ...parameters] = head.split(' ');
      return [name, { parameters, statements: statements.map((line) => line.trim()) }];
    }),
);

/** Whether a policy is the name of a template with its parameters. */
export function isPolicyTemplate(policy: Maybe): policy is JsonObject {
  return isMap(policy) && Object.keys(policy).length === 1 && TEMPLATES.has(Object.keys(policy)[0] ?? '');
}

/**
 * The statements that a policy template stands for.
 *
 * @param id the resource that has it
 * @throws {SamFault} where parameters are missing
 */
export function expandedPolicy(id: string, policy: JsonObject): JsonObject {
  const [[name, given] = ['', null]] = Object.entries(policy);
  const { parameters, statements } = TEMPLATES.get(name) as Template;
  if (!isMap(given)) throw resourceFault(id, `Must specify valid parameter values for policy template '${name}'`);
  const missing = parameters.filter((parameter) => !Object.hasOwn(given, parameter));
  if (missing.length > 0)
    throw resourceFault(
      id,
      `Following required parameters of template '${name}' don't have values: ${shownList(missing)}`,
    );
  return { Statement: statements.map((line) => statement(line, given)) };
}

function statement(line: string, given: JsonObject): JsonObject {
  const [rules = '', condition] = line.split(' if ');
  const [actions = '', on = ''] = rules.split(' @ ');
  const isList = on.endsWith(' ,');
  const resources = on
    .replace(/ ,$/, '')
    .split(' ')
    .map((resource) => arn(resource, given));
  const [operator = '', key = '', value = ''] = condition?.split(' ') ?? [];
  return {
    Action: actionsOf(actions),
    Effect: 'Allow',
    Resource: isList || resources.length > 1 ? resources : (resources[0] ?? '*'),
    ...(condition !== undefined && { Condition: { [operator]: { [key]: arn(value, given) } } }),
  };
}

/** `=sqs:SendMessage` is one alone, `sqs: A B` are a service's. */
function actionsOf(actions: string): Json {
  if (actions.startsWith('=')) return actions.slice(1);
  const [service, ...names] = actions.split(' ');
  return names.map((name) => `${service}${name}`);
}

function arn(short: string, given: JsonObject): Json {
  if (short === '*') return '*';
  const variables: JsonObject = {};
  const text = short
    .replace(/^([\w-]+)~~/, `arn:\${AWS::Partition}:$1:::`)
    .replace(/^([\w-]+)~/, `arn:\${AWS::Partition}:$1:\${AWS::Region}:\${AWS::AccountId}:`)
    .replace(/(?<!\$)\{(?:(\w+)=)?(\w+)\}/g, (_, alias: string | undefined, parameter: string) => {
      const variable = alias ?? `${parameter[0]?.toLowerCase()}${parameter.slice(1)}`;
      variables[variable] = given[parameter] ?? null;
      return `\${${variable}}`;
    });
  return { 'Fn::Sub': Object.keys(variables).length === 0 ? text : [text, variables] };
}
