/** Orders are published, some of which one taker can't take; in the middle the way into one queue is broken for a while, then one taker fails. */
import type { Exercise, Measure, Stage } from '#main/architecture';
import { startDrill } from '../drill.ts';

const MINUTE = 60_000;
const POISONED = 3;
const LATE = 10;

async function taken(stage: Stage, taker: string): Promise<number> {
  const names = new Set<string>();
  let start: Record<string, { S?: string }> | undefined;
  do {
    const page = await stage.aws().dynamodb.Query({
      TableName: stage.outputs.Ledger ?? '',
      KeyConditionExpression: 'taker = :taker',
      ExpressionAttributeValues: { ':taker': { S: taker } },
      ExclusiveStartKey: start,
    });
    for (const { order } of page.Items ?? []) names.add(order?.S ?? '');
    start = page.LastEvaluatedKey as typeof start;
  } while (start !== undefined);
  return names.size;
}

async function dead(stage: Stage, QueueUrl = ''): Promise<string[]> {
  const orders: string[] = [];
  for (;;) {
    const { Messages = [] } = await stage.aws().sqs.ReceiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
    if (Messages.length === 0) return orders.toSorted();
    for (const { Body = '{}' } of Messages) orders.push((JSON.parse(Body) as { order: string }).order);
  }
}

/** One taker fails for a while: what comes then waits for it, and nobody else notices. */
async function takerFails(
  stage: Stage,
  publish: (order: string) => Promise<unknown>,
  before: number,
): Promise<Measure[]> {
  stage.say('the taker of shipping fails');
  const drill = await startDrill(stage, stage.outputs.Drill);
  for (let number = 0; number < LATE; number += 1) await publish(`late-${number}`);
  await stage.advance(MINUTE);
  const [shipping, billing] = [await taken(stage, 'shipping'), await taken(stage, 'billing')];
  const drilled = await drill.end();
  for (let minute = 0; minute < 4; minute += 1) await stage.advance(MINUTE);
  const after = await taken(stage, 'shipping');
  return [
    drilled,
    {
      promise: 'a taker that fails holds up nobody, and misses nothing',
      measured: `meanwhile shipping took ${shipping - before} of ${LATE}, billing ${billing + POISONED - before}; then shipping ${after - before}`,
      kept: shipping === before && billing + POISONED === before + LATE && after === before + LATE,
    },
  ];
}

export const exercise: Exercise = {
  async run(stage): Promise<Measure[]> {
    const count = stage.short ? 40 : 400;
    const publish = (order: string, poison?: string) =>
      stage.aws().sns.Publish({ TopicArn: stage.outputs.Topic, Message: JSON.stringify({ order, poison }) });
    stage.say(`${count} orders, ${POISONED} of them poisonous for billing`);
    for (let number = 0; number < count; number += 1) {
      if (number === Math.floor(count / 2)) {
        stage.say('the way into queues is broken');
        stage.fault({
          id: 'broken',
          service: 'sqs',
          operation: 'SendMessage',
          probability: 1,
          effect: { kind: 'error', code: 'ServiceUnavailable', message: 'broken by the exercise', status: 503 },
        });
      }
      await publish(`order-${number}`, number < POISONED ? 'billing' : undefined);
    }
    await stage.settle();
    const during = await taken(stage, 'shipping');
    stage.mend('broken');
    stage.say(`mended; shipping has taken ${during}`);
    for (let minute = 0; minute < 12; minute += 1) await stage.advance(MINUTE);
    const mended = await taken(stage, 'shipping');
    const drilled = await takerFails(stage, publish, count);
    const all = count + LATE;
    const [billing, shipping] = [await taken(stage, 'billing'), await taken(stage, 'shipping')];
    const [billingDead, shippingDead] = [
      await dead(stage, stage.outputs.BillingDead),
      await dead(stage, stage.outputs.ShippingDead),
    ];
    const poisoned = Array.from({ length: POISONED }, (_, number) => `order-${number}`);
    return [
      ...drilled,
      {
        promise: 'each subscriber gets each message',
        measured: `shipping ${shipping} of ${all}, billing ${billing + billingDead.length} of ${all}`,
        kept: shipping === all && billing + billingDead.length === all,
      },
      {
        promise: 'what fails ends in its own dead-letter queue',
        measured: `billing: ${billingDead.join(', ')}; shipping: ${shippingDead.length === 0 ? 'none' : shippingDead.join(', ')}`,
        kept: billingDead.join() === poisoned.join() && shippingDead.length === 0,
      },
      {
        promise: 'while queues could not be reached nothing was lost',
        measured: `${during} taken before it was mended, ${mended} after`,
        kept: during < count && mended === count,
      },
    ];
  },
};
