/** One attempt to bring a message to one subscription. */
import { parseArn } from '#kernel/base';
import { type Aws, type Ctx, FetchError, mayPass, ServiceError } from '#kernel/contract';
import { REGIONS } from '#kernel/world';
import { unsupportedRegion } from '../errors.ts';
import { HTTP_ANSWER_BYTES_MAX, HTTP_TIMEOUT } from '../limits.ts';
import type { MessageRow, SubscriptionRow, TopicRow } from '../state.ts';
import { effectivePolicy } from './delivery-policy.ts';
import { type Desk, type Document, documentText, notification, unsubscribeLink } from './document.ts';
import { type StoredAttributes, textFor } from './message.ts';
import { guardDelivered } from './protection.ts';
import { sendPush } from './push.ts';
import { sendTexts } from './sms.ts';

/** `again`: it may succeed later; `held`: it was not even tried. `answer`: what the endpoint said, for the log of deliveries. */
export type Outcome = { result: 'done' | 'again' | 'held' | 'failed'; status: number; answer: string };

/** A message on its way to several subscriptions: opened, and signed once for each text. */
export type Letter = {
  row: MessageRow;
  body: string;
  topic: TopicRow;
  desk: Desk;
  signed: Map<string, Document>;
};

/** Tries once. Bugs are thrown, refusals are outcomes. */
export async function attempt(
  letter: Letter,
  subscription: SubscriptionRow,
  ctx: Ctx,
  replayed = false,
): Promise<Outcome> {
  const guarded = letterTo(letter, subscription);
  if (guarded === undefined) {
    const answer = `The topic's data protection policy prohibits this message from being delivered to ${subscription.arn}`;
    return { result: 'failed', status: 403, answer };
  }
  try {
    const { status, answer } = await send(guarded, subscription, ctx, replayed);
    if (status === HELD) return { result: 'held', status, answer };
    return { result: resultOf(status, subscription.protocol), status, answer };
  } catch (error) {
    if (error instanceof FetchError)
      return { result: error.reason === 'unreachable' ? 'again' : 'failed', status: 0, answer: error.message };
    if (!(error instanceof ServiceError)) throw error;
    return { result: mayPass(error) ? 'again' : 'failed', status: error.status ?? 400, answer: error.message };
  }
}

/** An endpoint of HTTP that says no for good has its message. Source: radkawar/stackd, measured in 2026. */
function resultOf(status: number, protocol: string): Outcome['result'] {
  if (status === 429 || status >= 500 || status < 200) return 'again';
  return status < 300 || protocol.startsWith('http') ? 'done' : 'failed';
}

/** The letter as a subscriber may get it: signed anew where it reads otherwise. */
function letterTo(letter: Letter, { principal }: SubscriptionRow): Letter | undefined {
  const body = guardDelivered(letter.body, letter.topic, principal);
  if (body === undefined || body === letter.body) return body === undefined ? undefined : letter;
  return { ...letter, body, signed: new Map() };
}

type Answer = { status: number; answer: string };
/** No status of HTTP. */
const HELD = 0;
const OK: Answer = { status: 200, answer: '' };

async function send(letter: Letter, to: SubscriptionRow, ctx: Ctx, replayed: boolean): Promise<Answer> {
  const { row } = letter;
  switch (to.protocol) {
    case 'sqs': {
      const { MessageId } = await sendToQueue(to.endpoint, envelope(letter, to, ctx, replayed), row, ctx);
      return { status: 200, answer: JSON.stringify({ sqsRequestId: ctx.requestId, sqsMessageId: MessageId }) };
    }
    case 'lambda':
      return invoke(letter, to, ctx);
    case 'firehose':
      return putToStream(letter, to, ctx);
    case 'http':
    case 'https':
      return post(letter, to, ctx);
    case 'email':
    case 'email-json':
      ctx.transact(() => writeMail(letter, to, ctx));
      return OK;
    case 'sms': {
      const sent = { id: row.id, at: row.publishedAt, topic: letter.topic.name };
      const text = textFor(messageOf(letter), 'sms');
      const fault = ctx.transact(() => sendTexts(to.endpoint, text, row.attributes, sent, ctx));
      return fault === undefined ? OK : { status: 400, answer: fault };
    }
    default:
      ctx.transact(() => sendPush(to.endpoint, { ...letter.row, body: letter.body, at: row.publishedAt }, ctx));
      return OK;
  }
}

/** A body with what goes beside it. */
export type Envelope = { body: string; attributes: StoredAttributes };

/** The text itself for a raw subscription, and else the document around it. */
export function envelope(letter: Letter, to: SubscriptionRow, ctx: Ctx, replayed = false): Envelope {
  const { row } = letter;
  if (to.attributes.RawMessageDelivery === 'true')
    return { body: textFor(messageOf(letter), to.protocol), attributes: row.attributes };
  const document = documentFor(letter, to, ctx);
  return {
    body: documentText(replayed ? { ...document, Replayed: 'true' } : document, row.attributes),
    attributes: {},
  };
}

const messageOf = ({ row, body }: Letter) => ({ body, structured: row.structured });

function documentFor(letter: Letter, to: SubscriptionRow, ctx: Ctx): Document {
  const text = textFor(messageOf(letter), to.protocol);
  const document = letter.signed.get(text) ?? notification(letter.row, text, letter.topic, letter.desk);
  letter.signed.set(text, document);
  return { ...document, UnsubscribeURL: unsubscribeLink(ctx.linkEndpoint, to) };
}

const isOptIn = (arn: string) => REGIONS.get(parseArn(arn)?.region ?? '')?.optIn === true;

/**
 * What a topic calls in another Region. Where one of the two is one that accounts opt into, its name is in the principal's.
 *
 * Source: SNS Developer Guide, "Sending Amazon SNS messages to an Amazon SQS queue or AWS Lambda function in a different Region".
 *
 * @throws {ServiceError} what the log of deliveries says, from one that accounts opt into to another
 */
function awsOf(topic: string, region: string, ctx: Ctx): Aws {
  const from = parseArn(topic)?.region ?? '';
  const optIns = [from, region].filter((one) => REGIONS.get(one)?.optIn === true);
  if (from === region || optIns.length === 0) return ctx.awsFor(topic, undefined, region);
  if (optIns.length > 1) throw unsupportedRegion();
  return ctx.awsFor(topic, `sns.${optIns[0]}`, region);
}

/** Sends to a queue in the name of the topic, whose ARN the queue's policy sees. */
export async function sendToQueue(
  arn: string,
  { body, attributes }: Envelope,
  message: Pick<MessageRow, 'topicArn' | 'group' | 'deduplicationId'>,
  ctx: Ctx,
): Promise<{ MessageId?: string | undefined }> {
  const { account = '', region = ctx.region, resource = '' } = parseArn(arn) ?? {};
  const fifo = resource.endsWith('.fifo');
  return awsOf(message.topicArn, region, ctx).sqs.SendMessage({
    QueueUrl: `${ctx.endpoint}/${account}/${resource}`,
    MessageBody: body,
    ...(Object.keys(attributes).length > 0 && {
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, { type, text, base64 }]) => [
          name,
          base64 === undefined
            ? { DataType: type, StringValue: text as string }
            : { DataType: type, BinaryValue: Buffer.from(base64, 'base64') },
        ]),
      ),
    }),
    // What a FIFO topic sends to a standard queue has no group. Source: radkawar/stackd, measured in 2026.
    ...(message.group !== undefined &&
      (fifo || message.deduplicationId === undefined) && { MessageGroupId: message.group }),
    ...(fifo && message.deduplicationId !== undefined && { MessageDeduplicationId: message.deduplicationId }),
  });
}

/** Source: Lambda Developer Guide, "Using Lambda with Amazon SNS": the event, with two names spelled otherwise than in the document. */
async function invoke(letter: Letter, to: SubscriptionRow, ctx: Ctx): Promise<Answer> {
  const { SigningCertURL, UnsubscribeURL, ...document } = documentFor(letter, to, ctx);
  const record = {
    EventSource: 'aws:sns',
    EventVersion: '1.0',
    EventSubscriptionArn: to.arn,
    Sns: {
      ...document,
      Subject: letter.row.subject ?? null,
      SigningCertUrl: SigningCertURL,
      UnsubscribeUrl: UnsubscribeURL,
      // Source: SNS Developer Guide, "Message attribute data types": numbers and arrays come as `String` to functions.
      MessageAttributes: Object.fromEntries(
        Object.entries(letter.row.attributes).map(([name, { type, text, base64 }]) => [
          name,
          { Type: /^(Number|String\.Array)$/.test(type) ? 'String' : type, Value: text ?? base64 },
        ]),
      ),
    },
  };
  const { region = ctx.region } = parseArn(to.endpoint) ?? {};
  if (!isOptIn(letter.topic.arn) && isOptIn(to.endpoint)) throw unsupportedRegion();
  const { StatusCode } = await awsOf(letter.topic.arn, region, ctx).lambda.Invoke({
    FunctionName: to.endpoint,
    InvocationType: 'Event',
    Payload: Buffer.from(JSON.stringify({ Records: [record] })),
  });
  return { status: StatusCode ?? 202, answer: JSON.stringify({ lambdaRequestId: ctx.requestId }) };
}

/** Source: SNS Developer Guide, "Formatting Amazon SNS notifications for storage in Amazon S3 destinations": no signature; a line each. */
async function putToStream(letter: Letter, to: SubscriptionRow, ctx: Ctx): Promise<Answer> {
  const { SignatureVersion: _, Signature: __, SigningCertURL: ___, ...document } = documentFor(letter, to, ctx);
  const shown = Object.entries(letter.row.attributes).map(([name, { type, text, base64 }]) => [
    name,
    { Type: type, Value: text ?? base64 },
  ]);
  const MessageAttributes = shown.length > 0 ? Object.fromEntries(shown) : undefined;
  const text =
    to.attributes.RawMessageDelivery === 'true'
      ? textFor(messageOf(letter), to.protocol)
      : `${JSON.stringify({ ...document, MessageAttributes })}\n`;
  const role = await ctx.actAs(to.attributes.SubscriptionRoleArn ?? '', 'sns-firehose');
  // The operation, which its role must allow, and that a raw text has no line feed: radkawar/stackd, measured in 2026.
  const { RequestResponses: [record] = [] } = await role.aws().firehose.PutRecordBatch({
    DeliveryStreamName: to.endpoint.slice(to.endpoint.lastIndexOf('/') + 1),
    Records: [{ Data: Buffer.from(text) }],
  });
  if (record?.ErrorCode !== undefined) return { status: 503, answer: record.ErrorMessage ?? record.ErrorCode };
  const answer = { firehoseRequestId: ctx.requestId, firehoseRecordId: record?.RecordId };
  return { status: 200, answer: JSON.stringify(answer) };
}

async function post(letter: Letter, to: SubscriptionRow, ctx: Ctx): Promise<Answer> {
  const { body } = envelope(letter, to, ctx);
  const policy = effectivePolicy(letter.topic.attributes.DeliveryPolicy, to.attributes.DeliveryPolicy);
  const rate = policy.throttlePolicy?.maxReceivesPerSecond;
  if (rate !== undefined && !ctx.spend(to.arn, { ratePerSecond: rate, burst: rate }, 1))
    return { status: HELD, answer: 'held back by its throttlePolicy' };
  return postDocument(to, 'Notification', letter.row.id, body, policy.requestPolicy.headerContentType, ctx);
}

/** Posts to an HTTP/S endpoint. Source: SNS Developer Guide, "HTTP/HTTPS headers". */
export async function postDocument(
  to: SubscriptionRow,
  type: string,
  id: string,
  body: string,
  contentType: string,
  ctx: Ctx,
): Promise<Answer> {
  const url = new URL(to.endpoint);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const { status, body: answer } = await ctx.fetch(url.href, {
    method: 'POST',
    timeout: HTTP_TIMEOUT,
    bytesMax: HTTP_ANSWER_BYTES_MAX,
    headers: {
      'content-type': contentType,
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': type,
      'x-amz-sns-message-id': id,
      'x-amz-sns-topic-arn': to.topicArn,
      ...(to.confirmed && { 'x-amz-sns-subscription-arn': to.arn }),
      ...(type === 'Notification' &&
        to.attributes.RawMessageDelivery === 'true' && { 'x-amz-sns-rawdelivery': 'true' }),
      ...(username !== '' && { authorization: `Basic ${basic}` }),
    },
    body: Buffer.from(body),
  });
  return { status, answer: Buffer.from(answer).toString().slice(0, 1_000) };
}

/** In a transaction. */
function writeMail(letter: Letter, to: SubscriptionRow, ctx: Ctx): void {
  const { row, topic } = letter;
  const text =
    to.protocol === 'email-json'
      ? envelope(letter, to, ctx).body
      : `${textFor(messageOf(letter), 'email')}\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\n${unsubscribeLink(ctx.linkEndpoint, to)}&Endpoint=${to.endpoint}\n`;
  ctx.mail({
    channel: 'email',
    to: to.endpoint,
    from: senderOf(topic),
    subject: row.subject ?? 'AWS Notification Message',
    text,
  });
}

/** Who mail of a topic is from: its display name, where it has one. */
export function senderOf({ attributes }: TopicRow): string {
  const name = (attributes.DisplayName || 'AWS Notifications').replace(/[^\w .,'+-]/gu, ' ');
  return `${name} <no-reply@sns.amazonaws.com>`;
}
