/** Notices to phones: by platform application and endpoint, into the outbox. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { applicationDisabled, endpointDisabled, invalidFor } from '../errors.ts';
import { type ApplicationRow, applications, type EndpointRow, endpoints } from '../state.ts';
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

/**
 * In a transaction: sends a notice to a device.
 *
 * @throws {ServiceError} InvalidParameter, EndpointDisabled, PlatformApplicationDisabled
 */
export function sendPush(
  arn: string,
  message: { body: string; structured: boolean; subject?: string | undefined },
  ctx: Ctx,
): void {
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
}
