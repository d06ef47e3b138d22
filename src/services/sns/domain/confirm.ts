/** Questions to endpoints: whether they want a subscription, and the word that it has ended. */
import { SECOND } from '#kernel/base';
import { type Ctx, FetchError, ServiceError, type TaskHandler } from '#kernel/contract';
import { departed, type SubscriptionRow, type TopicRow, topics } from '../state.ts';
import { postDocument, senderOf, sendToQueue } from './attempt.ts';
import { signerOf } from './certificate.ts';
import { effectivePolicy, httpDelay } from './delivery-policy.ts';
import { confirmation, documentText, subscribeLink } from './document.ts';
import { subscriptionOf } from './find.ts';
import { readTopicArn } from './names.ts';

/** Asks an endpoint; one that doesn't answer is asked again by its delivery policy. */
export const ask: TaskHandler = async (payload, ctx) => {
  const arn = String(payload.arn);
  const tries = Number(payload.tries ?? 0);
  const found = subscriptionOf(arn, ctx.store);
  if (found === undefined || found.subscription.confirmed) return;
  const { subscription: row, topic } = found;
  const answered = await put('SubscriptionConfirmation', row, topic, ctx);
  const policy = effectivePolicy(topic.attributes.DeliveryPolicy, row.attributes.DeliveryPolicy).healthyRetryPolicy;
  if (answered || tries >= policy.numRetries) return;
  const at = ctx.clock() + Math.max(SECOND, httpDelay(policy, tries + 1));
  ctx.transact(() => ctx.arm('ask', arn, at, { arn, tries: tries + 1 }));
};

/** Tells an endpoint that a link has ended its subscription. */
export const part: TaskHandler = async ({ life, token }, ctx) => {
  const row = ctx.store.get(departed, { life: String(life), token: String(token) })?.row;
  if (row === undefined) return;
  const topic = ctx.store.get(topics, readTopicArn(row.topicArn));
  if (topic !== undefined) await put('UnsubscribeConfirmation', row, topic, ctx);
};

/** False where it should be put again. */
async function put(
  type: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation',
  row: SubscriptionRow,
  topic: TopicRow,
  ctx: Ctx,
): Promise<boolean> {
  const signer = ctx.transact((store) => signerOf(store, ctx.now));
  const desk = { signer, endpoint: ctx.linkEndpoint };
  const id = ctx.uuid();
  const text = documentText(confirmation(type, row, id, ctx.now, topic, desk));
  try {
    switch (row.protocol) {
      case 'http':
      case 'https': {
        const { status } = await postDocument(row, type, id, text, 'text/plain; charset=UTF-8', ctx);
        return status >= 200 && status < 300;
      }
      case 'sqs':
        await sendToQueue(
          row.endpoint,
          { body: text, attributes: {} },
          {
            topicArn: topic.arn,
            ...(row.endpoint.endsWith('.fifo') && { group: 'Subscription', deduplicationId: id }),
          },
          ctx,
        );
        return true;
      case 'email':
      case 'email-json':
        ctx.transact(() => write(row, topic, text, ctx));
        return true;
      default:
        return true;
    }
  } catch (error) {
    if (error instanceof ServiceError || error instanceof FetchError) return false;
    throw error;
  }
}

function write(row: SubscriptionRow, topic: TopicRow, document: string, ctx: Ctx): void {
  const asked = `You have chosen to subscribe to the topic:\n${row.topicArn}\n\nTo confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n${subscribeLink(ctx.linkEndpoint, row)}\n`;
  ctx.mail({
    channel: 'email',
    to: row.endpoint,
    from: senderOf(topic),
    subject: 'AWS Notification - Subscription Confirmation',
    text: row.protocol === 'email' ? asked : document,
  });
}
