/** Schedules of EventBridge Scheduler. */
import { eventFault } from '../faults.ts';
import { inlinePolicy, type Made, made, trust } from '../made.ts';
import { boolean, literal, map, required, text } from '../properties.ts';
import { getAtt, isGiven, type Maybe } from '../values.ts';
import { deadLettersOf } from './dead-letters.ts';
import type { Event, EventKind, Hearing } from './event.ts';

export const SCHEDULE_V2: EventKind = {
  rules: {
    PermissionsBoundary: text,
    ScheduleExpression: required(text),
    FlexibleTimeWindow: map,
    Name: text,
    State: text,
    Description: text,
    StartDate: text,
    EndDate: text,
    ScheduleExpressionTimezone: text,
    GroupName: text,
    KmsKeyArn: text,
    Input: text,
    RoleArn: text,
    DeadLetterConfig: map,
    RetryPolicy: map,
    OmitName: literal(boolean),
  },
  make(event, hearing) {
    const { id, given } = event;
    const { target } = hearing;
    if (given.OmitName === true && isGiven(given.Name))
      throw eventFault(id, 'Name cannot be set when OmitName is True');
    const { config, resources } = deadLettersOf(event, target, undefined);
    const role = isGiven(given.RoleArn) ? undefined : invokingRole(event, hearing, config?.Arn);
    const scheduled = made(id, 'target', {
      Arn: target.arn,
      RoleArn: role === undefined ? given.RoleArn : getAtt(role.id, 'Arn'),
      Input: given.Input,
      DeadLetterConfig: config,
      RetryPolicy: given.RetryPolicy,
    });
    const schedule = made(
      id,
      'AWS::Scheduler::Schedule',
      {
        ScheduleExpression: given.ScheduleExpression,
        State: isGiven(given.State) ? given.State : undefined,
        Name: given.OmitName === true ? undefined : isGiven(given.Name) ? given.Name : id,
        Description: given.Description,
        FlexibleTimeWindow: isGiven(given.FlexibleTimeWindow) ? given.FlexibleTimeWindow : { Mode: 'OFF' },
        StartDate: given.StartDate,
        EndDate: given.EndDate,
        ScheduleExpressionTimezone: given.ScheduleExpressionTimezone,
        GroupName: given.GroupName,
        KmsKeyArn: given.KmsKeyArn,
        Target: scheduled.properties,
      },
      { attributes: target.passed },
    );
    return [schedule, ...resources, ...(role === undefined ? [] : [role])];
  },
};

function invokingRole({ id, given }: Event, { target }: Hearing, deadLetters: Maybe): Made {
  const invoke =
    target.kind === 'function'
      ? inlinePolicy(`${id}LambdaPolicy`, 'lambda:InvokeFunction', target.arn)
      : inlinePolicy(`${id}StartExecutionPolicy`, 'states:StartExecution', target.arn);
  return made(
    `${id}Role`,
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: trust('scheduler.amazonaws.com'),
      Policies: isGiven(deadLetters)
        ? [invoke, inlinePolicy(`${id}SQSPolicy`, 'sqs:SendMessage', deadLetters)]
        : [invoke],
      PermissionsBoundary: isGiven(given.PermissionsBoundary) ? given.PermissionsBoundary : undefined,
    },
    { attributes: target.passed },
  );
}
