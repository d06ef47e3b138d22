/** Names and ARNs of topics, subscriptions, platform applications and endpoints. */
import { parseArn } from '#kernel/base';
import { invalid, invalidFor } from '../errors.ts';

const TOPIC = /^[A-Za-z0-9_-]{1,256}$/;
const FIFO_TOPIC = /^[A-Za-z0-9_-]{1,251}\.fifo$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export type Named = { account: string; region: string; parts: string[] };

/** @throws {ServiceError} InvalidParameter */
export function checkTopicName(name: string, fifo: boolean): void {
  if (!(fifo ? FIFO_TOPIC : TOPIC).test(name)) throw invalid('Topic Name');
}

/** The parts of an ARN of SNS. @throws {ServiceError} InvalidParameter */
export function readArn(text: string, member: string): Named {
  if (text === '') throw invalidFor(member, 'no value for required parameter');
  const count = text.split(':').length;
  if (count < 6) throw invalidFor(member, `An ARN must have at least 6 elements, not ${count}`);
  const arn = parseArn(text);
  if (arn?.service !== 'sns') throw invalid(member);
  return { account: arn.account, region: arn.region, parts: arn.resource.split(':') };
}

/** A topic's place and name. @throws {ServiceError} InvalidParameter */
export function readTopicArn(text: string, member = 'TopicArn'): Named & { name: string } {
  const arn = readArn(text, member);
  const [name = '', ...rest] = arn.parts;
  if (rest.length > 0 || name.includes('/')) throw invalid(member);
  return { ...arn, name };
}

/** A subscription's place, topic and id. @throws {ServiceError} InvalidParameter */
export function readSubscriptionArn(text: string): Named & { topic: string; id: string } {
  const arn = readArn(text, 'SubscriptionArn');
  const [topic = '', id = '', ...rest] = arn.parts;
  if (rest.length > 0 || !UUID.test(id)) throw invalid('SubscriptionId');
  return { ...arn, topic, id };
}
