/** As whom an API calls its backends and authorizers. */
import { parseArn } from '#kernel/base';
import { type Ctx, passing } from '#kernel/contract';
import { badRequest } from '../errors.ts';

/**
 * Whoever has an API call as a role may pass that; it is one of the API's account. A user stands for whoever calls the API, and of a stage variable nothing
 * is known yet.
 * Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service"; of what is no ARN, aws/aws-sdk-js, issue 868.
 *
 * @throws {ServiceError} AccessDeniedException, BadRequestException
 */
export function checkCredentials(given: string | undefined, ctx: Ctx): void {
  if (given === undefined || given === '') return;
  const arn = parseArn(given);
  if (arn?.service !== 'iam') throw badRequest('Invalid ARN specified in the request');
  if (!arn.resource.startsWith('role/')) return;
  ctx.authorize(passing(given, 'apigateway'));
}
