/** The log of deliveries, which a topic keeps for the protocols that its attributes name a role for. */
import { md5Hex } from '#kernel/base';
import { type Ctx, evenIfRefused } from '#kernel/contract';
import type { SubscriptionRow } from '../state.ts';
import type { Letter, Outcome } from './attempt.ts';
import { logTime, writeLine } from './delivery-log.ts';

const PREFIXES: { readonly [protocol: string]: string } = {
  application: 'Application',
  firehose: 'Firehose',
  http: 'HTTP',
  https: 'HTTP',
  lambda: 'Lambda',
  sqs: 'SQS',
};

/**
 * Writes how an attempt ended. A role that can't, and logs that refuse, lose the line and nothing else.
 *
 * @see SNS Developer Guide, "Message delivery status"
 */
export async function logDelivery(
  letter: Letter,
  to: SubscriptionRow,
  outcome: Outcome,
  attempts: number,
  ctx: Ctx,
): Promise<void> {
  const { attributes, name, arn } = letter.topic;
  const prefix = PREFIXES[to.protocol];
  const success = outcome.result === 'done';
  const role = attributes[`${prefix}${success ? 'Success' : 'Failure'}FeedbackRoleArn`];
  if (role === undefined || outcome.result === 'held') return;
  // Source: radkawar/stackd, measured in 2026: without a rate all are logged.
  const rate = Number(attributes[`${prefix}SuccessFeedbackSampleRate`] ?? 100);
  if (success && ctx.random.below(100) >= rate) return;
  const group = `sns/${ctx.region}/${ctx.account}/${name}${success ? '' : '/Failure'}`;
  const line = {
    notification: {
      messageMD5Sum: md5Hex(letter.body),
      messageId: letter.row.id,
      topicArn: arn,
      timestamp: logTime(letter.row.publishedAt),
    },
    delivery: {
      deliveryId: ctx.uuid(),
      destination: to.endpoint,
      providerResponse: outcome.answer,
      dwellTimeMs: ctx.clock() - letter.row.publishedAt,
      attempts,
      statusCode: outcome.status,
    },
    status: success ? 'SUCCESS' : 'FAILURE',
  };
  // Source: SNS Developer Guide: a role without the permissions means no log.
  await evenIfRefused(writeLine(role, group, JSON.stringify(line), ctx));
}
