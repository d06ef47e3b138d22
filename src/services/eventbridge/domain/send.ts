/** How each kind of target is given an event. */
import { type Acting, type Aws, type Ctx, ServiceError } from '#kernel/contract';
import type { Event, RuleRow, Target } from '../state.ts';

/** @throws {ServiceError} what the target answered */
export async function send(target: Target, input: string, event: Event, rule: RuleRow, ctx: Ctx): Promise<void> {
  const [, , service = '', region = '', account = '', ...rest] = target.Arn.split(':');
  const name = rest.join(':');
  const aws = await callerOf(target, rule, region === '' ? ctx.region : region, ctx);
  switch (service) {
    case 'sqs':
      await aws.sqs.SendMessage({
        QueueUrl: `${ctx.endpoint}/${account}/${name}`,
        MessageBody: input,
        ...(target.SqsParameters?.MessageGroupId !== undefined && {
          MessageGroupId: target.SqsParameters.MessageGroupId,
          MessageDeduplicationId: event.id,
        }),
      });
      return;
    case 'sns':
      await aws.sns.Publish({ TopicArn: target.Arn, Message: input });
      return;
    case 'lambda':
      await aws.lambda.Invoke({ FunctionName: target.Arn, InvocationType: 'Event', Payload: Buffer.from(input) });
      return;
    case 'logs':
      await toLogs(name.replace(/^log-group:/, '').replace(/:\*$/, ''), input, event, aws, ctx);
      return;
    case 'events':
      if (!name.startsWith('event-bus/')) break;
      await toBus(target.Arn, event, aws);
      return;
  }
  throw unbuilt(target.Arn);
}

/** Such a target is refused when it is put. */
export function isBuilt(arn: string): boolean {
  return (
    /^arn:[a-z-]+:(sqs|sns|lambda|logs):/.test(arn) || /^arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus\//.test(arn)
  );
}

function unbuilt(arn: string): ServiceError {
  return new ServiceError('NotImplemented', `Cloudyard brings events to no ${arn} yet`, { status: 501 });
}

/** The target's role where it has one; else EventBridge itself, for the rule, as the target's own policy allows. */
async function callerOf(target: Target, rule: RuleRow, region: string, ctx: Ctx): Promise<Aws> {
  if (target.RoleArn === undefined) return ctx.awsFor(rule.arn);
  const role: Acting = await ctx.actAs(target.RoleArn, 'eventbridge');
  return role.aws(region);
}

/** A stream of its own for each event, as EventBridge does. */
async function toLogs(group: string, input: string, event: Event, aws: Aws, ctx: Ctx): Promise<void> {
  const logStreamName = event.id;
  const logs = aws['cloudwatch-logs'];
  await logs.CreateLogStream({ logGroupName: group, logStreamName }).catch((error) => {
    if (!(error instanceof ServiceError && error.code === 'ResourceAlreadyExistsException')) throw error;
  });
  await logs.PutLogEvents({
    logGroupName: group,
    logStreamName,
    logEvents: [{ timestamp: ctx.clock(), message: input }],
  });
}

async function toBus(arn: string, event: Event, aws: Aws): Promise<void> {
  const { FailedEntryCount, Entries } = await aws.eventbridge.PutEvents({
    Entries: [
      {
        EventBusName: arn,
        Source: event.source,
        DetailType: event['detail-type'],
        Detail: JSON.stringify(event.detail),
        Resources: event.resources,
        Time: Date.parse(event.time),
      },
    ],
  });
  const [entry] = Entries ?? [];
  if ((FailedEntryCount ?? 0) > 0)
    throw new ServiceError(entry?.ErrorCode ?? 'InternalFailure', entry?.ErrorMessage ?? '');
}
