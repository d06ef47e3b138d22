/** How each kind of target is given an event. */
import { type Acting, type Aws, type Ctx, ServiceError } from '#kernel/contract';
import { groupOfArn, openStream } from '../../cloudwatch-logs/port.ts';
import type { Event, RuleRow, Target } from '../state.ts';
import { BUS_ARN } from './find.ts';
import { forward } from './forward.ts';
import { invoke, Undelivered } from './invoke.ts';
import { valueAt } from './transform.ts';

/** @throws {ServiceError} what the target answered */
export async function send(given: Target, input: string, event: Event, rule: RuleRow, ctx: Ctx): Promise<void> {
  const target = withPaths(given, event);
  const [, , service = '', region = '', account = '', ...rest] = target.Arn.split(':');
  const name = rest.join(':');
  if (region !== ctx.region && region !== '' && !BUS_ARN.test(target.Arn)) throw elsewhere(target.Arn);
  const aws = await callerOf(target, rule, region === '' ? ctx.region : region, ctx);
  switch (service) {
    case 'sqs':
      await aws.sqs.SendMessage({
        QueueUrl: `${ctx.endpoint}/${account}/${name}`,
        MessageBody: input,
        ...(target.SqsParameters?.MessageGroupId !== undefined && {
          MessageGroupId: target.SqsParameters.MessageGroupId,
          // Standard queues know groups, too, but nothing is the same message there.
          ...(name.endsWith('.fifo') && { MessageDeduplicationId: event.id }),
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
      await toLogs(groupOfArn(target.Arn)?.name ?? '', logged(target, input, event), event, aws);
      return;
    case 'events':
      if (name.startsWith('api-destination/')) await toDestination(target, input, ctx);
      else if (name.startsWith('event-bus/')) await toBus(target.Arn, event, aws, ctx);
      else break;
      return;
    case 'firehose':
      await aws.firehose.PutRecord({
        DeliveryStreamName: name.slice(name.indexOf('/') + 1),
        Record: { Data: Buffer.from(input) },
      });
      return;
    case 'kinesis':
      await aws.kinesis.PutRecord({
        StreamARN: target.Arn,
        Data: Buffer.from(input),
        PartitionKey: partitionKeyOf(target, event),
      });
      return;
    case 'execute-api':
      await toApi(target, name, region, input, rule, ctx);
      return;
  }
  throw unbuilt(target.Arn);
}

/** Parameters that are paths become what the event has there. Source: EventBridge User Guide, "Amazon EventBridge targets", "Dynamic path parameters". */
function withPaths(target: Target, event: Event): Target {
  const { HttpParameters: given } = target;
  if (given === undefined) return target;
  const here = (text: string) => {
    const value = text.startsWith('$.') ? (valueAt(event, text) ?? '') : text;
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const all = (map: { readonly [name: string]: string }) =>
    Object.fromEntries(Object.entries(map).map(([name, text]) => [name, here(text)]));
  const { PathParameterValues: path, QueryStringParameters: query, HeaderParameters: headers } = given;
  return {
    ...target,
    HttpParameters: {
      ...(path !== undefined && { PathParameterValues: path.map(here) }),
      ...(query !== undefined && { QueryStringParameters: all(query) }),
      ...(headers !== undefined && { HeaderParameters: all(headers) }),
    },
  };
}

/** Such a target is refused when it is put. */
export function isBuilt(arn: string): boolean {
  return /^arn:[a-z-]+:(sqs|sns|lambda|logs|firehose|kinesis|execute-api|events:[a-z0-9-]+:\d{12}:(event-bus|api-destination)\/)/.test(
    arn,
  );
}

/** Source: API Reference, KinesisParameters: the event's id where no path is given. */
function partitionKeyOf({ KinesisParameters: given }: Target, event: Event): string {
  const value = given === undefined ? event.id : valueAt(event, given.PartitionKeyPath);
  if (value === undefined || value === '') return event.id;
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 256);
}

/**
 * Of other Regions, rules reach buses only. Source: EventBridge User Guide, "Sending events to an AWS service in another account".
 * Deviation: in which words AWS refuses such a target, and when, is not known; here the delivery fails.
 */
const elsewhere = (arn: string) =>
  new Undelivered('InvalidParameterException', `Target ${arn} is in another Region.`, { isFinal: true });

function unbuilt(arn: string): ServiceError {
  return new ServiceError('NotImplemented', `Cloudyard brings events to no ${arn} yet`, { status: 501 });
}

/**
 * The target's role where it has one, to a bus for the rule; else EventBridge itself, for the rule, as the target's own policy allows.
 * Source: EventBridge User Guide, "Example policy: Send events from specific rules to an Amazon EventBridge bus in a different Region".
 */
async function callerOf(target: Target, rule: RuleRow, region: string, ctx: Ctx): Promise<Aws> {
  if (target.RoleArn === undefined) return ctx.awsFor(rule.arn);
  const role: Acting = await ctx.actAs(target.RoleArn, 'eventbridge');
  return BUS_ARN.test(target.Arn) ? role.awsFor(rule.arn, region) : role.aws(region);
}

/**
 * What a log group gets of an event: at the event's time its input, or what its transformer says of both.
 *
 * @see EventBridge User Guide, "Amazon EventBridge targets", CloudWatch Logs group
 */
function logged({ InputTransformer: transformer }: Target, input: string, { time }: Event): LogEvent {
  const plain = { timestamp: Date.parse(time), message: input };
  if (transformer === undefined) return plain;
  try {
    const { timestamp, message } = JSON.parse(input) as { timestamp?: unknown; message?: unknown };
    if (message === undefined) return plain;
    const at = typeof timestamp === 'number' ? timestamp : Date.parse(String(timestamp));
    return {
      timestamp: Number.isNaN(at) ? plain.timestamp : at,
      message: typeof message === 'string' ? message : JSON.stringify(message),
    };
  } catch {
    return plain;
  }
}

type LogEvent = { timestamp: number; message: string };

/** A stream of its own for each event, as EventBridge does. */
async function toLogs(group: string, logEvent: LogEvent, event: Event, aws: Aws): Promise<void> {
  const logs = aws['cloudwatch-logs'];
  const place = { logGroupName: group, logStreamName: event.id };
  await openStream(logs, place);
  await logs.PutLogEvents({ ...place, logEvents: [logEvent] });
}

async function toBus(arn: string, event: Event, aws: Aws, ctx: Ctx): Promise<void> {
  const { FailedEntryCount, Entries } = await forward(event, ctx.uuid(), (TraceHeader) =>
    aws.eventbridge.PutEvents({
      Entries: [
        {
          EventBusName: arn,
          Source: event.source,
          DetailType: event['detail-type'],
          Detail: JSON.stringify(event.detail),
          Resources: event.resources,
          Time: Date.parse(event.time),
          TraceHeader,
        },
      ],
    }),
  );
  const [entry] = Entries ?? [];
  if ((FailedEntryCount ?? 0) > 0)
    throw new ServiceError(entry?.ErrorCode ?? 'InternalFailure', entry?.ErrorMessage ?? '');
}

/** The target's role must be allowed to. */
async function toDestination(target: Target, input: string, ctx: Ctx): Promise<void> {
  const role = await ctx.actAs(target.RoleArn ?? '', 'eventbridge');
  role.authorize({ action: 'events:InvokeApiDestination', resource: target.Arn });
  await invoke(target, input, ctx);
}

/** Statuses that a later attempt may not meet. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/** A method of a REST API: `<api>/<stage>/<method>/<path>`, in the name of the rule. */
async function toApi(
  { Arn, HttpParameters: given }: Target,
  name: string,
  region: string,
  input: string,
  rule: RuleRow,
  ctx: Ctx,
): Promise<void> {
  const [api = '', stage = '', method = '', ...path] = name.split('/');
  const values = [...(given?.PathParameterValues ?? [])];
  const filled = path.map((part) => (part === '*' ? encodeURIComponent(values.shift() ?? '') : part));
  const query = new URLSearchParams(given?.QueryStringParameters).toString();
  const headers = Object.entries(given?.HeaderParameters ?? {}).map(([key, value]) => [key.toLowerCase(), value]);
  const answer = await ctx.visit({
    method: method === '*' ? 'POST' : method,
    host: `${api}.execute-api.${region}.amazonaws.com`,
    target: `/${[stage, ...filled].join('/')}${query === '' ? '' : `?${query}`}`,
    headers: { 'content-type': 'application/json', ...Object.fromEntries(headers) },
    body: Buffer.from(input),
    sourceIp: '127.0.0.1',
    secure: true,
    as: { resource: rule.arn },
  });
  if (answer === undefined)
    throw new Undelivered('ResourceNotFoundException', `There is no ${Arn}.`, { isFinal: true });
  const status = answer === 'close' ? 502 : answer.status;
  if (status >= 300)
    throw new Undelivered('InvocationFailed', `The API returned status ${status}.`, { isFinal: !PASSING.has(status) });
}
