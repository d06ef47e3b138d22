/** Deliveries: an event brought to a target, tried again, and in the end put into the target's dead-letter queue. */
import { type Millis, parseExactly } from '#kernel/base';
import { type Ctx, persistently, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { deadLetterCode, EXHAUSTED } from './domain/dead-letter.ts';
import { Undelivered } from './domain/invoke.ts';
import { ended, logOf, type Step, targetShown } from './domain/log.ts';
import { send } from './domain/send.ts';
import { inputFor } from './domain/transform.ts';
import { AGE_DEFAULT, RETRIES_DEFAULT, RETRY_FIRST, RETRY_MAX, TURN } from './limits.ts';
import { type DeliveryRow, deliveries, type Event, type RuleRow, rules, type Target, targets } from './state.ts';

/** Errors that no later attempt could mend. Source: EventBridge User Guide, "Retry policy": lost permissions and missing resources are not retried. */
const FINAL =
  /NotFound|NonExistentQueue|QueueDoesNotExist|AccessDenied|NotAuthorizedFor|AuthorizationError|InvalidParameter|Validation|NotImplemented|RequestTooLarge/;

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
  const event = parseExactly(delivery.event) as Event;
  const input = inputFor(row.target, event, rule.arn, delivery.acceptedAt);
  const begun = { ...delivery, startedAt: delivery.startedAt ?? ctx.clock() };
  const tell = tellerOf(begun, event, rule, row.target, input, ctx);
  if (delivery.startedAt === undefined)
    ctx.count('IngestionToInvocationStartLatency', {}, ctx.clock() - delivery.acceptedAt, 'Milliseconds');
  try {
    await send(row.target, input, event, rule, ctx);
    countAttempt(delivery, ctx);
    for (const metric of ['SuccessfulInvocationAttempts', 'Invocations']) ctx.count(metric, dimensions, 1);
    ctx.transact(() => {
      tell?.('INVOCATION_ATTEMPT_SUCCESS', 'SUCCESS');
      tell?.('INVOCATION_SUCCESS', 'SUCCESS');
      end(delivery, ctx);
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error instanceof Undelivered && error.isEarly) {
      ctx.transact((store) => {
        tell?.('INVOCATION_THROTTLE_START');
        store.put(deliveries, begun);
        ctx.arm('again', delivery.id, ctx.clock() + TURN, { id: delivery.id });
      });
      return;
    }
    countAttempt(delivery, ctx);
    const attempts = delivery.attempts + 1;
    const delay = Math.min(RETRY_FIRST * 2 ** Math.min(attempts - 1, 20), RETRY_MAX);
    const at = ctx.clock() + Math.max(delay, (error instanceof Undelivered && error.after) || 0);
    const condition = conditionOf(error, row.target, attempts, at - delivery.acceptedAt);
    if (condition !== undefined) {
      for (const metric of ['Invocations', 'FailedInvocations']) ctx.count(metric, dimensions, 1);
      ctx.transact(() =>
        tell?.(`INVOCATION_ATTEMPT_${isFinal(error) ? 'PERMANENT' : 'RETRYABLE'}_FAILURE`, condition, error),
      );
      const failure = { error, attempts, condition };
      await bury(delivery, row.target.DeadLetterConfig?.Arn, failure, rule.arn, input, ctx, tell);
      return;
    }
    ctx.transact((store) => {
      tell?.('INVOCATION_ATTEMPT_RETRYABLE_FAILURE', error.code, error);
      store.put(deliveries, { ...begun, attempts });
      ctx.arm('again', delivery.id, at, { id: delivery.id });
    });
  }
};

/** Attempts are counted each; invocations once they have succeeded or failed for good. Source: EventBridge User Guide, "Monitoring Amazon EventBridge". */
function countAttempt({ rule, attempts }: DeliveryRow, ctx: Ctx): void {
  ctx.count('InvocationAttempts', { RuleName: rule }, 1);
  if (attempts > 0) ctx.count('RetryInvocationAttempts', { RuleName: rule }, 1);
}

/** How steps of an invocation are told: with what belongs to each. */
function tellerOf(delivery: DeliveryRow, event: Event, rule: RuleRow, target: Target, input: string, ctx: Ctx) {
  const { account, region } = ctx;
  const tell = logOf(delivery.bus, event, ctx.store, { account, region }, ctx, delivery.requestId);
  if (tell === undefined) return undefined;
  const { seen, properties } = targetShown(rule, target);
  const [, , service = ''] = target.Arn.split(':');
  const attempts = delivery.attempts + 1;
  const sent = { target_input: input, target_properties: JSON.stringify(properties) };
  const told = (step: Step, status?: string, error?: ServiceError) => {
    const isAttempt = step.startsWith('INVOCATION_ATTEMPT_');
    const tried = {
      attempt_type: attempts === 1 ? 'FIRST' : 'RETRY',
      attempt_count: attempts,
      invocation_status: status,
      target_duration_ms: ctx.clock() - (delivery.startedAt ?? delivery.acceptedAt),
    };
    const how = isAttempt ? tried : { ...sent, ...ended(delivery, attempts, status ?? '', ctx) };
    const details = () => ({ ...seen, ...(status === undefined ? { attempt_count: attempts, ...sent } : how) });
    tell(step, { about: isAttempt ? String(attempts) : '', invocation: delivery.id, details, error, service });
  };
  ctx.transact(() => {
    if (attempts === 1) told('INVOCATION_START');
    told('INVOCATION_ATTEMPT_START');
  });
  return told;
}
type Teller = ReturnType<typeof tellerOf>;

const isFinal = (error: ServiceError) => (error instanceof Undelivered ? error.isFinal : FINAL.test(error.code));

/** Why there is no further attempt; undefined where there is one. @param age of the event at the next one */
function conditionOf(
  error: ServiceError,
  { RetryPolicy: policy }: Target,
  attempts: number,
  age: Millis,
): string | undefined {
  const { MaximumRetryAttempts: retries = RETRIES_DEFAULT, MaximumEventAgeInSeconds: seconds = AGE_DEFAULT / 1_000 } =
    policy ?? {};
  if (isFinal(error)) return 'SDK_CLIENT_ERROR';
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
  tell: Teller,
): Promise<void> {
  const dimensions = { RuleName: delivery.rule };
  if (queueArn !== undefined) {
    const exhausted = EXHAUSTED[condition];
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const [, , , , account = '', queue = ''] = queueArn.split(':');
    try {
      const message = {
        QueueUrl: `${ctx.endpoint}/${account}/${queue}`,
        MessageBody: input,
        MessageAttributes: {
          RULE_ARN: text(ruleArn),
          TARGET_ARN: text(targetArn(delivery, ctx)),
          ERROR_CODE: text(deadLetterCode(error)),
          ERROR_MESSAGE: text(error.message === '' ? error.code : error.message),
          ...(exhausted !== undefined && { EXHAUSTED_RETRY_CONDITION: text(exhausted) }),
          RETRY_ATTEMPTS: { DataType: 'Number', StringValue: String(attempts - 1) },
        },
      };
      await persistently(() => ctx.awsFor(ruleArn).sqs.SendMessage(message), ctx);
      ctx.count('InvocationsSentToDlq', dimensions, 1);
      ctx.transact(() => tell?.('INVOCATION_DLQ', condition, error));
    } catch (failure) {
      if (!(failure instanceof ServiceError)) throw failure;
      ctx.count('InvocationsFailedToBeSentToDlq', dimensions, 1);
    }
  }
  ctx.transact(() => {
    tell?.('INVOCATION_FAILURE', condition, error);
    end(delivery, ctx);
  });
}

function targetArn({ bus, rule, target: id }: DeliveryRow, ctx: Ctx): string {
  return ctx.store.get(targets, { bus, rule, id })?.arn ?? '';
}
