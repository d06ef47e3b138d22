/** Deliveries: an event brought to a target, tried again, and in the end put into the target's dead-letter queue. */
import type { Millis } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { Undelivered } from './domain/invoke.ts';
import { send } from './domain/send.ts';
import { inputFor } from './domain/transform.ts';
import { AGE_DEFAULT, RETRIES_DEFAULT, RETRY_FIRST, RETRY_MAX, TURN } from './limits.ts';
import { type DeliveryRow, deliveries, rules, type Target, targets } from './state.ts';

/** Errors that no later attempt could mend. Source: EventBridge User Guide, "Retry policy": lost permissions and missing resources are not retried. */
const FINAL =
  /NotFound|NonExistentQueue|QueueDoesNotExist|AccessDenied|AuthorizationError|InvalidParameter|Validation|NotImplemented|RequestTooLarge/;

/** One attempt. */
export const deliver: TaskHandler = async ({ id }, ctx) => {
  const delivery = ctx.store.get(deliveries, { id: String(id) });
  if (delivery === undefined) return;
  const { bus, rule: name, target: targetId } = delivery;
  const rule = ctx.store.get(rules, { bus, name });
  const row = ctx.store.get(targets, { bus, rule: name, id: targetId });
  if (rule === undefined || row === undefined) {
    end(delivery, ctx);
    return;
  }
  const dimensions = { RuleName: name };
  const input = inputFor(row.target, delivery.event, rule.arn, ctx.clock());
  ctx.count('Invocations', dimensions, 1);
  try {
    await send(row.target, input, delivery.event, rule, ctx);
    end(delivery, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error instanceof Undelivered && error.isEarly) {
      ctx.transact(() => ctx.arm('again', delivery.id, ctx.clock() + TURN, { id: delivery.id }));
      return;
    }
    ctx.count('FailedInvocations', dimensions, 1);
    const attempts = delivery.attempts + 1;
    const delay = Math.min(RETRY_FIRST * 2 ** Math.min(attempts - 1, 20), RETRY_MAX);
    const at = ctx.clock() + Math.max(delay, (error instanceof Undelivered && error.after) || 0);
    const condition = conditionOf(error, row.target, attempts, at - delivery.acceptedAt);
    if (condition !== undefined) {
      await bury(delivery, row.target.DeadLetterConfig?.Arn, { error, attempts, condition }, rule.arn, input, ctx);
      return;
    }
    ctx.transact((store) => {
      store.put(deliveries, { ...delivery, attempts });
      ctx.arm('again', delivery.id, at, { id: delivery.id });
    });
  }
};

/** Why there is no further attempt; undefined where there is one. @param age of the event at the next one */
function conditionOf(
  error: ServiceError,
  { RetryPolicy: policy }: Target,
  attempts: number,
  age: Millis,
): string | undefined {
  const { MaximumRetryAttempts: retries = RETRIES_DEFAULT, MaximumEventAgeInSeconds: seconds = AGE_DEFAULT / 1_000 } =
    policy ?? {};
  const isFinal = error instanceof Undelivered ? error.isFinal : FINAL.test(error.code);
  if (isFinal) return 'SDK_CLIENT_ERROR';
  if (age > seconds * 1_000) return 'EXHAUSTED_RETRY_CONDITION';
  return attempts > retries ? 'MAX_RETRY_ATTEMPTS' : undefined;
}

export const again: TimerHandler = ({ id }, ctx) => {
  ctx.start('deliver', String(id), { id });
};

function end({ id }: DeliveryRow, ctx: Ctx): void {
  ctx.transact((store) => store.delete(deliveries, { id }));
}

type Failure = { error: ServiceError; attempts: number; condition: string };

/** Source: EventBridge User Guide, "Using dead-letter queues": the attributes of the message. */
async function bury(
  delivery: DeliveryRow,
  queueArn: string | undefined,
  { error, attempts, condition }: Failure,
  ruleArn: string,
  input: string,
  ctx: Ctx,
): Promise<void> {
  const dimensions = { RuleName: delivery.rule };
  if (queueArn !== undefined) {
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const [, , , , account = '', queue = ''] = queueArn.split(':');
    try {
      await ctx.awsFor(ruleArn).sqs.SendMessage({
        QueueUrl: `${ctx.endpoint}/${account}/${queue}`,
        MessageBody: input,
        MessageAttributes: {
          RULE_ARN: text(ruleArn),
          TARGET_ARN: text(targetArn(delivery, ctx)),
          ERROR_CODE: text(error.code),
          ERROR_MESSAGE: text(error.message === '' ? error.code : error.message),
          EXHAUSTED_RETRY_CONDITION: text(condition),
          RETRY_ATTEMPTS: { DataType: 'Number', StringValue: String(attempts - 1) },
        },
      });
      ctx.count('InvocationsSentToDlq', dimensions, 1);
    } catch (failure) {
      if (!(failure instanceof ServiceError)) throw failure;
      ctx.count('InvocationsFailedToBeSentToDlq', dimensions, 1);
    }
  }
  end(delivery, ctx);
}

function targetArn({ bus, rule, target: id }: DeliveryRow, ctx: Ctx): string {
  return ctx.store.get(targets, { bus, rule, id })?.arn ?? '';
}
