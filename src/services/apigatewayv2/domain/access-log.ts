/** Switching the access log of an HTTP API's stage on, in the caller's name. Source: API Gateway Developer Guide, "Configure logging for HTTP APIs". */
import { type Ctx, ServiceError } from '#kernel/contract';
import type { Stage } from '#models/apigatewayv2';
import { allowDelivery, groupOfArn } from '../../cloudwatch-logs/port.ts';
import { badRequest } from '../errors.ts';
import { findApi } from './part.ts';

/**
 * Lets the service that delivers logs write to the group that a stage names, where it named another before.
 *
 * Source of the texts: terraform-provider-aws, answers that its users have published.
 *
 * @throws {ServiceError} BadRequestException
 */
export async function openAccessLog(ctx: Ctx, api: string, stage: Stage, before?: Stage): Promise<void> {
  const { DestinationArn: arn } = stage.AccessLogSettings ?? {};
  const group = groupOfArn(arn ?? '')?.name;
  // WebSocket APIs write as the account's role.
  if (group === undefined || arn === before?.AccessLogSettings?.DestinationArn) return;
  if (findApi(ctx, api).ProtocolType !== 'HTTP') return;
  try {
    ctx.authorize({ action: 'logs:CreateLogDelivery', resource: '*', account: ctx.account });
    await allowDelivery(ctx.awsForCaller()['cloudwatch-logs'], group, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code.startsWith('AccessDenied')) throw badRequest('Insufficient permissions to enable logging');
    throw badRequest(`Cannot enable logging. ${error.message}`);
  }
}
