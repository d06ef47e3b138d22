/** AWS::Serverless::Function: the function, its role, version, alias, URL, and all that calls it. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import type { Target } from '../events/event.ts';
import { eventsOf, linkEvents } from '../events/events.ts';
import { expectMap, ofResource } from '../expect.ts';
import { resourceFault } from '../faults.ts';
import { inlinePolicy, type Made, propagate, trust } from '../made.ts';
import { managedArn, roleOf } from '../role.ts';
import { addCondition, type Declared, resolve, type Setting } from '../setting.ts';
import {
  conditional,
  getAtt,
  IF_ARGUMENTS,
  ifArguments,
  isGiven,
  isIf,
  isNoValue,
  mapOf,
  negated,
  ref,
} from '../values.ts';
import { checkTogether, DEAD_LETTERS } from './checks.ts';
import { deploymentOf } from './deployment.ts';
import { type Invoking, invokeConfigOf } from './invoke-config.ts';
import { isTraced, lambdaOf, samTags } from './lambda.ts';
import { urlOf } from './url.ts';
import { published } from './version.ts';

/**
 * What a function stands for.
 *
 * @throws {SamFault}
 */
export function functionOf(declared: Declared, setting: Setting): Made[] {
  const { id, given, passed } = declared;
  linkEvents(declared, 'function', setting);
  checkTogether(declared);
  const lambda = lambdaOf(declared, setting);
  const resources = [lambda];
  if (isGiven(given.ProvisionedConcurrencyConfig) && !isGiven(given.AutoPublishAlias))
    throw resourceFault(id, 'To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function');
  const { version, alias } = isGiven(given.AutoPublishAlias)
    ? published(declared, lambda, setting)
    : { version: undefined, alias: undefined };
  if (version !== undefined) resources.push(version, alias);
  if (isGiven(given.FunctionUrlConfig)) resources.push(...urlOf(declared, alias));
  if (isGiven(given.DeploymentPreference)) deploymentOf(declared, alias, setting);
  const invoking: Invoking = isGiven(given.EventInvokeConfig)
    ? invokeConfigOf(declared, alias, setting)
    : { resources: [], policies: [] };
  resources.push(...invoking.resources);
  const role = executionRole(declared, invoking.policies, setting);
  resources.push(...withRole(declared, lambda, role, setting));
  const target: Target = {
    id: alias?.id ?? id,
    functionId: id,
    name: ref(alias?.id ?? id),
    arn: alias === undefined ? getAtt(id, 'Arn') : ref(alias.id),
    passed,
    condition: passed.Condition,
    kind: 'function',
  };
  resources.push(...eventsOf(declared, { target, role, setting }));
  propagate(resources, given.Tags, given.PropagateTags);
  return resources;
}

function executionRole(declared: Declared, invoking: readonly JsonObject[], setting: Setting): Made {
  const { id, given, passed } = declared;
  const basic = isGiven(given.DurableConfig)
    ? 'AWSLambdaBasicDurableExecutionRolePolicy'
    : 'AWSLambdaBasicExecutionRole';
  const managed: Json[] = [managedArn(setting.partition, `service-role/${basic}`)];
  if (isTraced(declared, setting)) managed.push(managedArn(setting.partition, tracingPolicy(setting.partition)));
  if (isGiven(given.VpcConfig))
    managed.push(managedArn(setting.partition, 'service-role/AWSLambdaVPCAccessExecutionRole'));
  const { Type: type, TargetArn } = mapOf(given.DeadLetterQueue);
  const deadLetters = inlinePolicy('DeadLetterQueuePolicy', DEAD_LETTERS[String(type)] ?? '', TargetArn ?? null);
  if (isGiven(given.DeadLetterQueue))
    deadLetters.PolicyDocument = { Version: '2012-10-17', ...mapOf(deadLetters.PolicyDocument) };
  return roleOf(id, setting.policyArn, {
    attributes: passed,
    trust: given.AssumeRolePolicyDocument ?? trust('lambda.amazonaws.com'),
    policies: given.Policies,
    managed,
    inline: [...(isGiven(given.DeadLetterQueue) ? [deadLetters] : []), ...invoking],
    path: given.RolePath,
    boundary: given.PermissionsBoundary,
    tags: samTags(id, given.Tags),
  });
}

/** The policy that lets traces be written. Source: as SAM names it in each partition. */
export function tracingPolicy(partition: string): string {
  return partition === 'aws' ? 'AWSXrayWriteOnlyAccess' : 'AWSXRayDaemonWriteAccess';
}

/** The role is made where none is given, or only in the case in which Fn::If gives none. */
function withRole({ id }: Declared, lambda: Made, role: Made, setting: Setting): Made[] {
  const given = lambda.properties.Role;
  const arn = getAtt(role.id, 'Arn');
  if (given === undefined) {
    lambda.properties.Role = arn;
    return [role];
  }
  if (!isIf(given)) return [];
  const items = ifArguments(expectMap(resolve(given, setting), ofResource(id, 'Role')));
  if (items === undefined) throw resourceFault(id, `Malformed 'Role' property: ${IF_ARGUMENTS}.`);
  const [condition, yes, no] = items;
  if (isNoValue(yes) && isNoValue(no)) lambda.properties.Role = arn;
  else if (isNoValue(yes)) {
    lambda.properties.Role = conditional(condition, arn, no);
    role.attributes.Condition = condition;
  } else if (isNoValue(no)) {
    const opposite = `NOT${String(condition)}`;
    lambda.properties.Role = conditional(condition, yes, arn);
    role.attributes.Condition = opposite;
    addCondition(setting, opposite, negated(String(condition)));
  } else return [];
  return [role];
}
