/** AWS::Serverless::StateMachine: the state machine, its role, version and alias, and what starts it. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { eventsOf, linkEvents } from './events/events.ts';
import { resourceFault } from './faults.ts';
import { tracingPolicy } from './function/function.ts';
import { locationOf } from './location.ts';
import { type Made, made, propagate, trust } from './made.ts';
import { any, boolean, literal, map, mapOfMaps, type Rules, rule, text, textOrMap } from './properties.ts';
import { prettyJson, told } from './python.ts';
import { roleOf } from './role.ts';
import type { Declared, Setting } from './setting.ts';
import { getAtt, isGiven, isIntrinsic, isMap, listOf, type Maybe, mapOf, ref, tagList } from './values.ts';

export const STATE_MACHINE_PROPERTIES: Rules = {
  Definition: map,
  DefinitionUri: textOrMap,
  Logging: map,
  Role: text,
  RolePath: any,
  DefinitionSubstitutions: map,
  Events: mapOfMaps,
  Name: text,
  Type: text,
  Tags: map,
  PropagateTags: boolean,
  Policies: rule(
    (value) =>
      typeof value === 'string' ||
      (Array.isArray(value) && value.every((one) => typeof one === 'string' || isMap(one))),
  ),
  Tracing: map,
  PermissionsBoundary: text,
  AutoPublishAlias: any,
  DeploymentPreference: any,
  UseAliasAsEventTarget: literal(boolean),
};

const TYPE = 'AWS::StepFunctions::StateMachine';

/**
 * What a state machine stands for.
 *
 * @throws {SamFault}
 */
export function stateMachineOf(declared: Declared, setting: Setting): Made[] {
  const { id, given, attributes, passed, dependsOn } = declared;
  linkEvents(declared, 'stateMachine', setting);
  const machine = made(
    id,
    TYPE,
    {
      ...definitionOf(id, given),
      StateMachineName: given.Name,
      StateMachineType: given.Type,
      LoggingConfiguration: given.Logging,
      TracingConfiguration: given.Tracing,
      Tags: tagsOf(given.Tags),
    },
    { attributes, dependsOn },
  );
  const resources = [machine];
  if (isGiven(given.Role) && isGiven(given.Policies))
    throw resourceFault(id, "Specify either 'Role' or 'Policies' (but not both at the same time) or neither of them");
  if (isGiven(given.Role)) machine.properties.RoleArn = given.Role;
  else {
    const role = executionRole(declared, setting);
    machine.properties.RoleArn = getAtt(role.id, 'Arn');
    resources.push(role);
  }
  const published = versionAndAlias(declared);
  resources.push(...published);
  const alias = isGiven(given.UseAliasAsEventTarget) ? published[1] : undefined;
  const target = alias?.id ?? id;
  const called = {
    id: target,
    functionId: id,
    name: ref(target),
    arn: ref(target),
    passed,
    condition: passed.Condition,
    kind: 'stateMachine' as const,
    boundary: given.PermissionsBoundary,
  };
  resources.push(...eventsOf(declared, { target: called, setting }));
  propagate(resources, given.Tags, given.PropagateTags);
  return resources;
}

const tagsOf = (tags: Maybe) => tagList({ 'stateMachine:createdBy': 'SAM', ...mapOf(tags) });

function definitionOf(id: string, { Definition, DefinitionUri, DefinitionSubstitutions }: JsonObject): JsonObject {
  if (isGiven(Definition) && isGiven(DefinitionUri))
    throw resourceFault(id, "Specify either 'Definition' or 'DefinitionUri' property and not both.");
  const given = isGiven(DefinitionSubstitutions) ? mapOf(DefinitionSubstitutions) : {};
  if (isGiven(Definition)) {
    const { definition, substitutions } = substituted(Definition);
    const all = { ...given, ...substitutions };
    return {
      ...(Object.keys(all).length > 0 && { DefinitionSubstitutions: all }),
      DefinitionString: { 'Fn::Join': ['\n', prettyJson(definition).split('\n')] },
    };
  }
  if (!isGiven(DefinitionUri))
    throw resourceFault(id, "Either 'Definition' or 'DefinitionUri' property must be specified.");
  return {
    ...(isGiven(given) && { DefinitionSubstitutions: given }),
    DefinitionS3Location: locationOf(id, 'DefinitionUri', DefinitionUri),
  };
}

const LATER = /^\{\{resolve:[a-z-]+:.+\}\}$/;

/** What CloudFormation has to work out goes into the definition by substitutions. */
function substituted(given: Json): { definition: Json; substitutions: JsonObject } {
  const substitutions: JsonObject = {};
  const walk = (value: Json): Json => {
    if (isIntrinsic(value) || (typeof value === 'string' && LATER.test(value))) {
      const name = `definition_substitution_${Object.keys(substitutions).length + 1}`;
      substitutions[name] = value;
      return `\${${name}}`;
    }
    if (Array.isArray(value)) return value.map(walk);
    if (!isMap(value)) return value;
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([name, member]) => [name, walk(member)]));
  };
  return {
    definition: isMap(given)
      ? Object.fromEntries(
          Object.entries(given)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, member]) => [name, walk(member)]),
        )
      : given,
    substitutions,
  };
}

function executionRole({ id, given, passed }: Declared, { partition, policyArn }: Setting): Made {
  const isTraced = mapOf(given.Tracing).Enabled === true;
  return roleOf(id, policyArn, {
    attributes: passed,
    trust: trust('states.amazonaws.com'),
    policies: [
      ...(isGiven(given.Policies) ? listOf(given.Policies) : []),
      ...(isTraced ? [tracingPolicy(partition)] : []),
    ],
    path: given.RolePath,
    boundary: given.PermissionsBoundary,
    tags: tagsOf(given.Tags),
  });
}

function versionAndAlias({ id, given, passed }: Declared): Made[] {
  const { AutoPublishAlias: alias, DeploymentPreference, UseAliasAsEventTarget } = given;
  const needsAlias = (name: string) =>
    resourceFault(id, `'${name}' requires 'AutoPublishAlias' property to be specified.`);
  if (!isGiven(alias)) {
    if (isGiven(UseAliasAsEventTarget)) throw needsAlias('UseAliasAsEventTarget');
    if (isGiven(DeploymentPreference)) throw needsAlias('DeploymentPreference');
    return [];
  }
  const version = made(
    `${id}Version`,
    'AWS::StepFunctions::StateMachineVersion',
    { StateMachineArn: ref(id), StateMachineRevisionId: getAtt(id, 'StateMachineRevisionId') },
    { attributes: { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', ...passed } },
  );
  const preference = isGiven(DeploymentPreference) ? mapOf(DeploymentPreference) : { Type: 'ALL_AT_ONCE' };
  return [
    version,
    made(
      `${id}Alias${told(alias)}`,
      'AWS::StepFunctions::StateMachineAlias',
      { Name: alias, DeploymentPreference: { ...preference, StateMachineVersionArn: ref(version.id) } },
      { attributes: passed },
    ),
  ];
}
