/** Notifications of what happens to objects: their configuration, and how they reach a queue, a topic or a function. */
import { hostIdOf, parseArn } from '#kernel/base';
import { type Ctx, type EventHandler, type Handler, mayPass, ServiceError } from '#kernel/contract';
import type { NotificationConfiguration, NotificationConfigurationFilter } from '#models/s3';
import { arnOf, type Found, findBucket } from '../domain/find.ts';
import { covers, type Destination, filterOf, type Told, targetOf } from '../domain/notifications.ts';
import { invalidArgument, invalidRequest } from '../errors.ts';
import { buckets, configurations } from '../state.ts';

const kind = 'notification';
/** Source: S3 User Guide, "Event notification types and destinations": 100 per bucket. */
const CONFIGURATIONS_MAX = 100;
const QUEUE_ARN = /^arn:[\w-]+:sqs:([\w-]+):(\d{12}):([\w-]{1,80})$/;
const TOPIC_ARN = /^arn:[\w-]+:sns:([\w-]+):(\d{12}):([\w-]{1,256})$/;
const FUNCTION_ARN = /^arn:[\w-]+:lambda:([\w-]+):(\d{12}):function:([\w-]{1,64}(?::[\w$-]{1,128})?)$/;
/** Of the notifications that topics pass on to people. */
const SUBJECT = 'Amazon S3 Notification';
const patternOf = (service: string, name: string) =>
  `^arn:aws[\\p{Alpha}\\-]*:${service}:[\\p{Alnum}\\-]+:[\\p{Digit}]{12}:${name}$`;
/** How S3 writes what the ARNs of queues and topics are like. */
const PATTERNS: { readonly [kind: string]: string | undefined } = {
  Queue: patternOf('sqs', '[\\p{Alnum}\\-_]{1,80}'),
  Topic: patternOf('sns', '[\\p{Alnum}\\-_]{1,256}'),
};
/** Source: S3's answers as radkawar/stackd measured them. */
const ID_LENGTH_MAX = 255;
const FILTER_BYTES_MAX = 1_024;

const QUEUE = ['Queue', QUEUE_ARN] as const;
const TOPIC = ['Topic', TOPIC_ARN] as const;
const FUNCTION = ['CloudFunction', FUNCTION_ARN] as const;
const formOf = (one: Destination) => ('TopicArn' in one ? TOPIC : 'QueueArn' in one ? QUEUE : FUNCTION);

const rowsOf = ({ bucket, store }: Found) => store.list(configurations, { where: { bucket: bucket.id, kind } });

export const getBucketNotificationConfiguration: Handler<'s3', 'GetBucketNotificationConfiguration'> = (input, ctx) => {
  const found = findBucket(input, ctx);
  // In the order in which they came: Terraform's provider reads lists.
  const rows = rowsOf(found).toSorted((one, other) => (one.place ?? 0) - (other.place ?? 0));
  const all = rows.map(({ value }) => value as Destination);
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
    for (const [place, value] of asked.entries())
      found.store.put(configurations, { bucket: found.bucket.id, kind, id: value.Id ?? '', value, place });
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
    throw invalidRequest(
      `Too many configurations submitted. The maximum number of configurations is ${CONFIGURATIONS_MAX}`,
    );
  for (const one of all) {
    const [target, kindOf, form] = [targetOf(one), ...formOf(one)] as const;
    if (one.Id.length > ID_LENGTH_MAX) throw invalidArgument(`ID length exceeded allowed limit of ${ID_LENGTH_MAX}`);
    const match = form.exec(target);
    if (match === null) throw invalidArgument(faultOf(target, kindOf), kindOf, target);
    if (match[1] !== region)
      throw invalidArgument(
        'The notification destination service region is not valid for the bucket location constraint',
        kindOf,
        target,
      );
    checkFilter(one.Filter?.Key?.FilterRules ?? []);
  }
  if (new Set(all.map(({ Id }) => Id)).size < all.length)
    throw invalidArgument('Same ID used for multiple configurations. IDs must be unique.');
  for (const [index, one] of all.entries())
    for (const other of all.slice(index + 1))
      if (overlap(one, other)) throw overlapping(isFiltered(one) || isFiltered(other));
  return all;
}

const isFiltered = ({ Filter }: Destination) => (Filter?.Key?.FilterRules ?? []).length > 0;

/** Source: S3's answers as radkawar/stackd measured them. */
function overlapping(filtered: boolean) {
  return invalidArgument(
    filtered
      ? 'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.'
      : 'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
  );
}

/** What is wrong with an ARN. Source: S3's answers in badmintoncryer/cdk-preflight, September 2026, to queues and topics that are FIFO. */
function faultOf(target: string, kindOf: string): string {
  const arn = parseArn(target);
  const pattern = PATTERNS[kindOf];
  if (arn?.service === 'sqs' && arn.resource.endsWith('.fifo')) return 'FIFO SQS queues are not supported.';
  return arn === undefined || pattern === undefined
    ? 'The ARN could not be parsed'
    : `The ARN failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`;
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
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalidArgument(`Cannot specify more than one ${twice} rule in a filter.`, 'FilterRule.Name');
  if (rules.some(({ Value = '' }) => Value.length > FILTER_BYTES_MAX))
    throw invalidArgument(`Size of filter rule value cannot exceed ${FILTER_BYTES_MAX} bytes in UTF-8 representation`);
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
