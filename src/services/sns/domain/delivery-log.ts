/** Lines of the logs of deliveries: of topics, of platform applications, and of an account's texts. */
import type { Millis } from '#kernel/base';
import { type Ctx, evenIfRefused, type TaskHandler } from '#kernel/contract';
import { openStream } from '../../cloudwatch-logs/port.ts';

/** An instant as these logs write it. */
export const logTime = (at: Millis): string => new Date(at).toISOString().replace('T', ' ').replace('Z', '');

/** Who logs a delivery, and what of those that succeed: percent. */
export type Logging = { role: string | undefined; rate: number; group: string };

/** In a transaction: writes how a delivery to a device or a phone ended, where somebody wants to know. */
export function noteDelivery({ role, rate, group }: Logging, isDone: boolean, line: object, ctx: Ctx): void {
  if (role === undefined || (isDone && ctx.random.below(100) >= rate)) return;
  const text = JSON.stringify({ ...line, status: isDone ? 'SUCCESS' : 'FAILURE' });
  const whole = `sns/${ctx.region}/${ctx.account}/${group}${isDone ? '' : '/Failure'}`;
  ctx.start('logLine', ctx.uuid(), { role, group: whole, text });
}

/** A task: writes a line of a log. */
export const logLine: TaskHandler = async ({ role, group, text }, ctx) => {
  await evenIfRefused(writeLine(String(role), String(group), String(text), ctx));
};

/** Writes into a log in the name of a role. @throws {ServiceError} what STS or CloudWatch Logs refuse with */
export async function writeLine(role: string, logGroupName: string, message: string, ctx: Ctx): Promise<void> {
  const logs = (await ctx.actAs(role, 'sns-delivery-status')).aws()['cloudwatch-logs'];
  const place = { logGroupName, logStreamName: ctx.uuid() };
  await openStream(logs, place, true);
  await logs.PutLogEvents({ ...place, logEvents: [{ timestamp: ctx.clock(), message }] });
}
