/** Rules of EventBridge, by time and by pattern, that call functions or state machines. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { eventFault } from '../faults.ts';
import { inlinePolicy, type Made, made, trust } from '../made.ts';
import { boolean, literal, map, type Rules, required, text } from '../properties.ts';
import { getAtt, isGiven, type Maybe, mapOf } from '../values.ts';
import { deadLettersOf } from './dead-letters.ts';
import { type Event, type EventKind, type Hearing, permission } from './event.ts';

const SCHEDULE_RULES: Rules = {
  Schedule: required(text),
  Input: text,
  Enabled: boolean,
  State: text,
  Name: text,
  Description: text,
  DeadLetterConfig: map,
  RetryPolicy: map,
};
const PATTERN_RULES: Rules = {
  EventBusName: text,
  RuleName: text,
  Pattern: map,
  DeadLetterConfig: map,
  RetryPolicy: map,
  Input: text,
  InputPath: text,
  State: text,
  InputTransformer: map,
};

const TARGET_ID_MAX = 64;

/** The suffix stays whole where the id is too long. */
function targetId(id: string, suffix: string, given: JsonObject): Json {
  const { Id } = mapOf(given.Target);
  return Id ?? `${id.slice(0, TARGET_ID_MAX - suffix.length)}${suffix}`;
}

function stateOf({ name, given }: Event): Maybe {
  const isSet = given.Enabled !== undefined && given.Enabled !== null;
  if (isGiven(given.State) && isSet) throw eventFault(name, 'State and Enabled Properties cannot both be specified.');
  if (isSet) return isGiven(given.Enabled) ? 'ENABLED' : 'DISABLED';
  return isGiven(given.State) ? given.State : undefined;
}

/** A rule with its target; whoever the target is, what can't be delivered goes to the dead letters. */
function ruleOf(event: Event, hearing: Hearing, own: { [name: string]: Maybe }, roleArn: Maybe): Made[] {
  const { id, given } = event;
  const { target } = hearing;
  const rule = made(id, 'AWS::Events::Rule', { ...own, State: stateOf(event) }, { attributes: target.passed });
  const { config, resources } = deadLettersOf(event, target, getAtt(id, 'Arn'));
  const suffix = target.kind === 'function' ? 'LambdaTarget' : 'StepFunctionsTarget';
  const one = made(id, 'target', {
    Arn: target.arn,
    Id: targetId(id, suffix, given),
    RoleArn: roleArn,
    Input: given.Input,
    InputPath: given.InputPath,
    DeadLetterConfig: config,
    RetryPolicy: given.RetryPolicy,
    InputTransformer: given.InputTransformer,
  });
  rule.properties.Targets = [one.properties];
  return [rule, ...resources];
}

const scheduled = ({ given }: Event) => ({
  ScheduleExpression: given.Schedule,
  Name: given.Name,
  Description: given.Description,
});
const patterned = ({ given }: Event) => ({
  EventBusName: given.EventBusName,
  EventPattern: given.Pattern,
  Name: given.RuleName,
});

function forFunction(rules: Rules, own: (event: Event) => { [name: string]: Maybe }): EventKind {
  return {
    rules,
    make: (event, hearing) => [
      ...ruleOf(event, hearing, own(event), undefined),
      permission(hearing, event.id, 'events.amazonaws.com', { SourceArn: getAtt(event.id, 'Arn') }),
    ],
  };
}

function forStateMachine(rules: Rules, own: (event: Event) => { [name: string]: Maybe }): EventKind {
  return {
    rules,
    make(event, hearing) {
      if (isGiven(event.given.RoleArn)) return ruleOf(event, hearing, own(event), event.given.RoleArn);
      const role = startingRole(event.id, 'events.amazonaws.com', hearing);
      return [...ruleOf(event, hearing, own(event), getAtt(role.id, 'Arn')), role];
    },
  };
}

/** The role by which a service starts a state machine. */
export function startingRole(id: string, service: string, { target }: Hearing): Made {
  return made(
    `${id}Role`,
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: trust(service),
      Policies: [inlinePolicy(`${id}RoleStartExecutionPolicy`, 'states:StartExecution', target.arn)],
      PermissionsBoundary: isGiven(target.boundary) ? target.boundary : undefined,
    },
    { attributes: target.passed },
  );
}

export const SCHEDULE = forFunction({ ...SCHEDULE_RULES, RuleName: text }, scheduled);
export const RULE = forFunction({ ...PATTERN_RULES, Target: map, Enabled: boolean }, patterned);
export const STATE_MACHINE_SCHEDULE = forStateMachine(
  { ...SCHEDULE_RULES, Target: literal(map), RoleArn: literal(text) },
  scheduled,
);
export const STATE_MACHINE_RULE = forStateMachine({ ...PATTERN_RULES, Target: literal(map) }, patterned);
