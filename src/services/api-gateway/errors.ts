/** What API Gateway refuses. Source: API Gateway API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('api-gateway');

export const badRequest = (message: string) => error('BadRequestException', message);
/** Source: API Gateway's answer in serverless/serverless#9223. */
export const reservedTag = () => badRequest("Invalid tag key. Tag keys cannot start with 'aws:' (case insensitive)");
export const conflict = (message: string) => error('ConflictException', message);
export const notFound = (message: string) => error('NotFoundException', message);
export const limitExceeded = (message: string) => error('LimitExceededException', message);
/** @param what in the plural. Source: anomalyco/sst, issue 4522, of HTTP APIs' authorizers; of an account, and of other things, in the same form. */
export const tooMany = (what: string, of = 'API') =>
  limitExceeded(
    `Maximum number of ${what} for this ${of} has been reached. Please contact AWS if you need additional ${what}.`,
  );
/** Source: AWS's answer to UpdateAccount, as tools wait it out. */
export const roleWithoutTrust = () =>
  badRequest(
    'The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.',
  );
export const unknownApi = (id: string, account: string) =>
  notFound(`Invalid API identifier specified ${account}:${id}`);
export const unknown = (what: string) => notFound(`Invalid ${what} identifier specified`);
export const invalidPatch = (op: string, path: string, allowed: readonly string[]) =>
  badRequest(
    `Invalid patch path  '${path}' specified for op '${op}'. ${
      allowed.length === 0 ? 'Please choose supported operations' : `Must be one of: [${allowed.join(', ')}]`
    }`,
  );
export const badPatchValue = (path: string) => badRequest(`Invalid patch value specified for path '${path}'`);
