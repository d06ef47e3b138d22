/**
 * The JSON documents that endpoints get, and their signatures.
 *
 * @see SNS Developer Guide, "HTTP/HTTPS notification JSON format", "Verifying the signatures of Amazon SNS messages"
 */
import { createSign } from 'node:crypto';
import type { MessageRow, SignerRow, SubscriptionRow, TopicRow } from '../state.ts';
import { certificatePath } from './certificate.ts';
import type { StoredAttributes } from './message.ts';
import { sequenceNumber } from './publish.ts';

export type Document = { readonly [name: string]: string | undefined };
/** What documents are made with: who signs, and where links lead. */
export type Desk = { signer: SignerRow; endpoint: string };

/** Source: SNS API Reference, "SNS API version". Without it nobody would know for whom an unsigned link is. */
const VERSION = '2010-03-31';
const SIGNED = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
};

/** By a link that anybody may follow. Deviation: it leads to this cloud, and names the API's version. */
function link(endpoint: string, action: string, parameters: string): string {
  return `${endpoint}/?Action=${action}&${parameters}&Version=${VERSION}`;
}

/** The link in each notification by which its subscription ends. */
export function unsubscribeLink(endpoint: string, { arn }: SubscriptionRow): string {
  return link(endpoint, 'Unsubscribe', `SubscriptionArn=${arn}`);
}

/** The link that confirms a subscription. */
export function subscribeLink(endpoint: string, { topicArn, token = '' }: SubscriptionRow): string {
  return link(endpoint, 'ConfirmSubscription', `TopicArn=${topicArn}&Token=${token}`);
}

/** The fields of a document with those of its signature. Deviation: the certificate lies at this cloud, not at `sns.<region>.amazonaws.com`. */
function sign(fields: Document, topic: TopicRow, { signer, endpoint }: Desk): Document {
  const version = topic.attributes.SignatureVersion ?? '1';
  const names = SIGNED[fields.Type as keyof typeof SIGNED];
  const text = names.flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${fields[name]}\n`])).join('');
  return {
    SignatureVersion: version,
    Signature: createSign(version === '1' ? 'sha1' : 'sha256')
      .update(text)
      .sign(signer.key, 'base64'),
    SigningCertURL: `${endpoint}${certificatePath(signer)}`,
  };
}

const timestamp = (at: number) => new Date(at).toISOString();

/** The signed part of a notification is the same for every subscription that gets the same text. */
export function notification(message: MessageRow, text: string, topic: TopicRow, desk: Desk): Document {
  const fields = {
    Type: 'Notification',
    MessageId: message.id,
    // One that has a text for each protocol goes without. Source: radkawar/stackd, measured in 2026.
    ...(topic.fifo && !message.structured && { SequenceNumber: sequenceNumber(message.sequence) }),
    TopicArn: message.topicArn,
    ...(message.subject !== undefined && { Subject: message.subject }),
    Message: text,
    Timestamp: timestamp(message.publishedAt),
  };
  // Source: answers recorded from AWS: what goes to a FIFO topic's queues is not signed.
  return topic.fifo ? fields : { ...fields, ...sign(fields, topic, desk) };
}

/** What asks an endpoint whether it wants a subscription, or tells that it has ended. */
export function confirmation(
  type: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation',
  row: SubscriptionRow,
  id: string,
  at: number,
  topic: TopicRow,
  desk: Desk,
): Document {
  const said =
    type === 'SubscriptionConfirmation'
      ? `You have chosen to subscribe to the topic ${row.topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`
      : `You have chosen to deactivate subscription ${row.arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`;
  const fields = {
    Type: type,
    MessageId: id,
    Token: row.token,
    TopicArn: row.topicArn,
    Message: said,
    SubscribeURL: subscribeLink(desk.endpoint, row),
    Timestamp: timestamp(at),
  };
  return { ...fields, ...sign(fields, topic, desk) };
}

/** A document as text, laid out as AWS does. */
export function documentText(document: Document, attributes: StoredAttributes = {}): string {
  const lines = Object.entries(document).flatMap(([name, value]) =>
    value === undefined ? [] : [`  "${name}" : ${JSON.stringify(value)}`],
  );
  const shown = Object.entries(attributes).map(
    ([name, { type, text, base64 }]) =>
      `    ${JSON.stringify(name)} : {"Type":${JSON.stringify(type)},"Value":${JSON.stringify(text ?? base64)}}`,
  );
  if (shown.length > 0) lines.push(`  "MessageAttributes" : {\n${shown.join(',\n')}\n  }`);
  return `{\n${lines.join(',\n')}\n}`;
}
