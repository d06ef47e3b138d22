/** Notices to phones: by platform application and endpoint, into the outbox. */
import type { Millis } from '#kernel/base';
import { type Ctx, evenIfRefused, type TaskHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { applicationDisabled, endpointDisabled, invalidFor } from '../errors.ts';
import { type ApplicationRow, applications, type EndpointRow, endpoints } from '../state.ts';
import { logTime, noteDelivery } from './delivery-log.ts';
import { textFor } from './message.ts';

/** The application of an endpoint, by its ARN. */
export function applicationOf(endpointArn: string): string {
  return endpointArn.replace(':endpoint/', ':app/').replace(/\/[^/]*$/, '');
}

/** An endpoint and its application; undefined where either isn't there. */
export function findDevice(
  arn: string,
  store: StoreView,
): { endpoint: EndpointRow; application: ApplicationRow } | undefined {
  const endpoint = store.get(endpoints, { application: applicationOf(arn), arn });
  const application = endpoint && store.get(applications, { arn: endpoint.application });
  return endpoint === undefined || application === undefined ? undefined : { endpoint, application };
}

type Sent = { id: string; at: Millis };
type Outcome = { status: number; answer: string };

/**
 * In a transaction: sends a notice to a device.
 *
 * @returns the application of the device
 * @throws {ServiceError} InvalidParameter, EndpointDisabled, PlatformApplicationDisabled
 */
export function sendPush(
  arn: string,
  message: Sent & { body: string; structured: boolean; subject?: string | undefined },
  ctx: Ctx,
): ApplicationRow {
  const found = findDevice(arn, ctx.store);
  if (found === undefined) throw invalidFor('TargetArn', 'No endpoint found for the target arn specified');
  const { endpoint, application } = found;
  if (application.attributes.Enabled === 'false') throw applicationDisabled();
  if (endpoint.attributes.Enabled === 'false') throw endpointDisabled();
  ctx.mail({
    channel: 'push',
    to: endpoint.token,
    from: application.arn,
    ...(message.subject !== undefined && { subject: message.subject }),
    text: textFor(message, application.platform),
    details: { platform: application.platform, endpoint: arn },
  });
  noteOutcome(application, endpoint, message, { status: 200, answer: '' }, true, ctx);
  return application;
}

/**
 * Counts for an application, its platform, and both.
 *
 * Source: SNS Developer Guide, "Monitoring Amazon SNS topics using CloudWatch". Deviation: AWS does not say how it writes an application there;
 * here by its name.
 */
export function countPush(
  { name: Application, platform: Platform }: Pick<ApplicationRow, 'name' | 'platform'>,
  metric: string,
  value: number,
  unit: 'Count' | 'Bytes',
  ctx: Ctx,
): void {
  const all: Record<string, string>[] = [{ Application }, { Platform }, { Application, Platform }];
  for (const dimensions of all) ctx.count(metric, dimensions, value, unit);
}

/** Source: SNS Developer Guide, "Mobile app attributes": the log, in a group that is called as its application. */
function noteOutcome(
  application: ApplicationRow,
  { arn: destination, token }: Pick<EndpointRow, 'arn' | 'token'>,
  { id: messageId, at }: Sent,
  { status: statusCode, answer: providerResponse }: Outcome,
  isDone: boolean,
  ctx: Ctx,
): void {
  const { arn, attributes } = application;
  countPush(application, isDone ? 'NumberOfNotificationsDelivered' : 'NumberOfNotificationsFailed', 1, 'Count', ctx);
  const role = attributes[isDone ? 'SuccessFeedbackRoleArn' : 'FailureFeedbackRoleArn'] || undefined;
  const rate = Number(attributes.SuccessFeedbackSampleRate ?? 0);
  const delivery = { statusCode, dwellTimeMs: ctx.clock() - at, token, attempts: 1, providerResponse, destination };
  const line = { notification: { timestamp: logTime(at), messageId }, delivery };
  noteDelivery({ role, rate, group: arn.slice(arn.indexOf(':app/') + 1) }, isDone, line, ctx);
}

/** In a transaction: a notice could not be delivered to a device, and never will. */
export function noteFailure(arn: string, message: Sent, outcome: Outcome, ctx: Ctx): void {
  const application = ctx.store.get(applications, { arn: applicationOf(arn) });
  if (application === undefined) return;
  const endpoint = ctx.store.get(endpoints, { application: application.arn, arn });
  noteOutcome(application, endpoint ?? { arn, token: '' }, message, outcome, false, ctx);
  const FailureType = /^Endpoint is disabled/.test(outcome.answer) ? 'EndpointDisabled' : 'DeliveryFailure';
  const more = { DeliveryAttempts: 1, FailureMessage: outcome.answer, FailureType, MessageId: message.id };
  tellApplication(application, 'EventDeliveryFailure', arn, ctx, more);
}

type AppEvent = 'EventEndpointCreated' | 'EventEndpointUpdated' | 'EventEndpointDeleted' | 'EventDeliveryFailure';

/**
 * In a transaction: tells the topic that an application names for an event.
 *
 * Source: SNS Developer Guide, "Mobile app events"; of the message, what users report of DeliveryFailure.
 */
export function tellApplication(
  { arn: Resource, attributes }: ApplicationRow,
  event: AppEvent,
  EndpointArn: string,
  ctx: Ctx,
  more: object = {},
): void {
  const topic = attributes[event];
  if (topic === undefined || topic === '') return;
  const Time = new Date(ctx.clock()).toISOString();
  const message = { ...more, EndpointArn, EventType: event.slice('Event'.length), Resource, Service: 'SNS', Time };
  ctx.start('tellEvent', ctx.uuid(), { application: Resource, topic, message: JSON.stringify(message) });
}

/** A task: a topic that doesn't let SNS publish is not told. */
export const tellEvent: TaskHandler = async ({ application, topic, message }, ctx) => {
  const { sns } = ctx.awsFor(String(application));
  await evenIfRefused(sns.Publish({ TopicArn: String(topic), Message: String(message) }));
};
