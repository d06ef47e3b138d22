/** Notifications of what happens to objects: their configuration, and how they reach a queue, a topic or a function. */
import { hostIdOf } from '#kernel/base';
import { type Ctx, type EventHandler, type Handler, mayPass, ServiceError } from '#kernel/contract';
import type { NotificationConfiguration, NotificationConfigurationFilter } from '#models/s3';
import { arnOf, type Found, findBucket } from '../domain/find.ts';
import { covers, type Destination, filterOf, type Told, targetOf } from '../domain/notifications.ts';
import { invalidArgument } from '../errors.ts';
import { buckets, configurations } from '../state.ts';

const kind = 'notification';
/** Source: S3 User Guide, "Event notification types and destinations": 100 per bucket. */
const CONFIGURATIONS_MAX = 100;
const QUEUE_ARN = /^arn:[\w-]+:sqs:([\w-]+):(\d{12}):([\w-]{1,80})$/;
const TOPIC_ARN = /^arn:[\w-]+:sns:([\w-]+):(\d{12}):([\w-]{1,256})$/;
const FUNCTION_ARN = /^arn:[\w-]+:lambda:([\w-]+):(\d{12}):function:([\w-]{1,64}(?::[\w$-]{1,128})?)$/;
/** Of the notifications that topics pass on to people. */
const SUBJECT = 'Amazon S3 Notification';

const QUEUE = ['Queue', QUEUE_ARN] as const;
const TOPIC = ['Topic', TOPIC_ARN] as const;
const FUNCTION = ['CloudFunction', FUNCTION_ARN] as const;
const formOf = (one: Destination) => ('TopicArn' in one ? TOPIC : 'QueueArn' in one ? QUEUE : FUNCTION);

const rowsOf = ({ bucket, store }: Found) => store.list(configurations, { where: { bucket: bucket.id, kind } });

export const getBucketNotificationConfiguration: Handler<'s3', 'GetBucketNotificationConfiguration'> = (input, ctx) => {
  const found = findBucket(input, ctx);
  const all = rowsOf(found).map(({ value }) => value as Destination);
  const queues = all.filter((one) => 'QueueArn' in one);
  const topics = all.filter((one) => 'TopicArn' in one);
  const functions = all.filter((one) => 'LambdaFunctionArn' in one);
  return {
    ...(queues.length > 0 && { QueueConfigurations: queues }),
    ...(topics.length > 0 && { TopicConfigurations: topics }),
    ...(functions.length > 0 && { LambdaFunctionConfigurations: functions }),
    ...(found.bucket.bridges === true && { EventBridgeConfiguration: {} }),
  };
};

export const putBucketNotificationConfiguration: Handler<'s3', 'PutBucketNotificationConfiguration'> = async (
  input,
  ctx,
) => {
  const { bucket } = findBucket(input, ctx);
  const asked = destinationsOf(input.NotificationConfiguration, bucket.region, () => ctx.uuid());
  if (input.SkipDestinationValidation !== true)
    for (const one of asked) await tryTarget(ctx, bucket.name, targetOf(one));
  return ctx.transact((view) => {
    const found = findBucket(input, ctx, view);
    for (const row of rowsOf(found)) found.store.delete(configurations, row);
    for (const value of asked)
      found.store.put(configurations, { bucket: found.bucket.id, kind, id: value.Id ?? '', value });
    const { notifies: _, bridges: __, ...rest } = found.bucket;
    view.put(buckets, {
      ...rest,
      ...(asked.length > 0 && { notifies: true }),
      ...(input.NotificationConfiguration.EventBridgeConfiguration !== undefined && { bridges: true }),
    });
    return {};
  });
};

/**
 * The configurations of queues and topics, each with an id.
 *
 * @throws {ServiceError} InvalidArgument
 */
function destinationsOf(asked: NotificationConfiguration, region: string, newId: () => string): Destination[] {
  const { TopicConfigurations = [], QueueConfigurations = [], LambdaFunctionConfigurations = [] } = asked;
  const given: Destination[] = [...TopicConfigurations, ...QueueConfigurations, ...LambdaFunctionConfigurations];
  const all = given.map((one) => ({ ...one, ...namedFilter(one), Id: one.Id ?? newId() }));
  if (all.length > CONFIGURATIONS_MAX)
    throw invalidArgument(`The number of event notification configurations exceeds ${CONFIGURATIONS_MAX}`);
  for (const one of all) {
    const [target, kindOf, form] = [targetOf(one), ...formOf(one)] as const;
    const match = form.exec(target);
    if (match === null) throw invalidArgument('The ARN could not be parsed', kindOf, target);
    if (match[1] !== region)
      throw invalidArgument(
        'The notification destination service region is not valid for the bucket location constraint',
        kindOf,
        target,
      );
    checkFilter(one.Filter?.Key?.FilterRules ?? []);
  }
  if (new Set(all.map(({ Id }) => Id)).size < all.length)
    throw invalidArgument('Same ID used for multiple configurations. IDs must be unique');
  for (const [index, one] of all.entries())
    if (all.slice(index + 1).some((other) => overlap(one, other)))
      throw invalidArgument(
        'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
      );
  return all;
}

/** The filter as S3 shows it, its rules' names with a capital letter. Source: aws/aws-sdk, issue 389. */
function namedFilter({ Filter }: Destination): { Filter?: NotificationConfigurationFilter } {
  const rules = Filter?.Key?.FilterRules;
  if (rules === undefined) return {};
  const FilterRules = rules.map((rule) => ({ ...rule, ...(rule.Name !== undefined && { Name: CAPITALS[rule.Name] }) }));
  return { Filter: { Key: { FilterRules } } };
}

const CAPITALS = { prefix: 'Prefix', Prefix: 'Prefix', suffix: 'Suffix', Suffix: 'Suffix' } as const;

function checkFilter(rules: readonly { Name?: string; Value?: string }[]): void {
  const names = rules.map(({ Name = '' }) => Name.toLowerCase());
  if (names.some((name) => name !== 'prefix' && name !== 'suffix'))
    throw invalidArgument('filter rule name must be either prefix or suffix', 'FilterRule.Name');
  if (new Set(names).size < names.length)
    throw invalidArgument('Cannot specify more than one prefix rule in a filter.', 'FilterRule.Name');
}

/** Whether both would be told of the same happening. */
function overlap(one: Destination, other: Destination): boolean {
  const shares = one.Events.some((event) => other.Events.some((second) => isCommon(event, second)));
  const [a, b] = [filterOf(one.Filter), filterOf(other.Filter)];
  const prefixes = a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix);
  return shares && prefixes && (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix));
}

const isCommon = (one: string, other: string) => covers(one, other.slice(3)) || covers(other, one.slice(3));

/** Sends the test message that every destination gets first; a function is only asked whether it would take one. */
async function tryTarget(ctx: Ctx, bucket: string, target: string): Promise<void> {
  const message = {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(ctx.clock()).toISOString(),
    Bucket: bucket,
    RequestId: ctx.requestId,
    HostId: hostIdOf(ctx.requestId),
  };
  try {
    if (FUNCTION_ARN.test(target)) await call(ctx, bucket, target, { InvocationType: 'DryRun' });
    else await send(ctx, { target, bucket, message: JSON.stringify(message) });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const what = TOPIC_ARN.test(target) ? 'topic' : QUEUE_ARN.test(target) ? 'queue' : 'function';
    const reason = /^(QueueDoesNotExist|NotFound|ResourceNotFound)/.test(error.code)
      ? `The destination ${what} does not exist`
      : `Permissions on the destination ${what} do not allow S3 to publish notifications from this bucket`;
    throw invalidArgument('Unable to validate the following destination configurations', target, reason);
  }
}

async function send(ctx: Ctx, { target, bucket, message }: Told): Promise<void> {
  if (FUNCTION_ARN.test(target))
    return call(ctx, bucket, target, { InvocationType: 'Event', Payload: Buffer.from(message) });
  const aws = ctx.awsFor(arnOf(ctx, bucket));
  const [, , account, name] = QUEUE_ARN.exec(target) ?? [];
  if (name === undefined) await aws.sns.Publish({ TopicArn: target, Message: message, Subject: SUBJECT });
  else await aws.sqs.SendMessage({ QueueUrl: `${ctx.endpoint}/${account}/${name}`, MessageBody: message });
}

async function call(
  ctx: Ctx,
  bucket: string,
  FunctionName: string,
  how: { InvocationType: 'Event' | 'DryRun'; Payload?: Uint8Array },
): Promise<void> {
  await ctx.awsFor(arnOf(ctx, bucket)).lambda.Invoke({ FunctionName, ...how });
}

/** Brings one message to its queue, topic or function. One that refuses it, or is gone, never gets it; one that can't at present, later. */
export const deliverNotification: EventHandler = async (payload, ctx) => {
  try {
    await send(ctx, payload as Told);
  } catch (error) {
    if (!(error instanceof ServiceError) || mayPass(error)) throw error;
  }
};
