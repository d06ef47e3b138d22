/** Endpoints of subscriptions: what may be one for each protocol, and whose it is. */

import { parseArn } from '#kernel/base';
import { notBuilt } from '#kernel/contract';
import { invalid, invalidText } from '../errors.ts';
import type { TopicRow } from '../state.ts';

const PROTOCOLS = ['http', 'https', 'email', 'email-json', 'sms', 'sqs', 'application', 'lambda', 'firehose'];
/** Those to whom AWS writes to ask whether they want the subscription. */
export const ASKED = ['http', 'https', 'email', 'email-json'];
const EMAIL = /^[^\s@<>(),;:"\u0000-\u001f]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/;

/** @throws {ServiceError} InvalidParameter */
export function checkEndpoint(protocol: string, endpoint: string, topic: TopicRow): void {
  if (!PROTOCOLS.includes(protocol)) throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  if (endpoint === '') throw invalid('Endpoint');
  if (topic.fifo && protocol !== 'sqs') throw invalid(`Invalid protocol type: ${protocol}`);
  if (!crossing(protocol) && isElsewhere(endpoint, topic))
    throw notBuilt(`deliveries to another Region for the protocol ${protocol}`);
  switch (protocol) {
    case 'http':
    case 'https':
      checkUrl(protocol, endpoint);
      break;
    case 'email':
    case 'email-json':
      if (!EMAIL.test(endpoint)) throw invalid('Email address');
      break;
    case 'sms':
      if (phoneNumber(endpoint) === undefined) throw invalidText(`Invalid SMS endpoint: ${endpoint}`);
      break;
    case 'sqs':
      if (!isArn(endpoint, 'sqs')) throw invalid('SQS endpoint ARN');
      if (endpoint.endsWith('.fifo') && !topic.fifo)
        throw invalid(
          'Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
        );
      break;
    case 'lambda':
      if (!isArn(endpoint, 'lambda') || !/:function:/.test(endpoint)) throw invalid('Lambda endpoint ARN');
      break;
    case 'firehose':
      if (!isArn(endpoint, 'firehose') || !/:deliverystream\/[a-zA-Z0-9_.-]{1,64}$/.test(endpoint))
        throw invalid('Firehose endpoint ARN');
      break;
    default:
      if (!isArn(endpoint, 'sns') || !/:endpoint\/[^/]+\/[^/]+\/[^/]+$/.test(endpoint))
        throw invalid('Application endpoint arn invalid');
  }
}

/** Source: SNS Developer Guide, "Cross-region delivery": queues and functions. */
function crossing(protocol: string): boolean {
  return protocol === 'sqs' || protocol === 'lambda';
}

function isElsewhere(endpoint: string, topic: TopicRow): boolean {
  const region = parseArn(endpoint)?.region ?? '';
  return region !== '' && region !== parseArn(topic.arn)?.region;
}

function checkUrl(protocol: string, endpoint: string): void {
  const url = URL.parse(endpoint);
  if (!endpoint.toLowerCase().startsWith(`${protocol}://`)) throw invalid('Endpoint must match the specified protocol');
  if (url === null || url.hostname === '') throw invalid('Endpoint');
}

function isArn(text: string, service: string): boolean {
  const arn = parseArn(text);
  return arn?.service === service && /^\d{12}$/.test(arn.account) && arn.region !== '';
}

/** Whether the endpoint is the caller's own, so that it need not be asked. Source: SNS API Reference, Subscribe; texts need no yes. */
export function isConfirmed(protocol: string, endpoint: string, account: string): boolean {
  if (protocol === 'sms') return true;
  return !ASKED.includes(protocol) && parseArn(endpoint)?.account === account;
}

/** A phone number in E.164; undefined where the text is none. */
export function phoneNumber(text: string): string | undefined {
  if (!/^\+?[0-9(]([ ()./-]?[0-9()])*$/.test(text)) return undefined;
  const digits = text.replace(/\D/g, '');
  return digits.length >= 7 && digits.length <= 15 ? `+${digits}` : undefined;
}
