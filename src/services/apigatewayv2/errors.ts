/** What API Gateway refuses of HTTP and WebSocket APIs. Source: API Gateway Version 2 API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('apigatewayv2');

export const badRequest = (message: string) => error('BadRequestException', message);
/** Source: API Gateway's answer in serverless/serverless#9223. */
export const reservedTag = () => badRequest("Invalid tag key. Tag keys cannot start with 'aws:' (case insensitive)");
export const conflict = (message: string) => error('ConflictException', message);
/** @param what in the plural. Source: anomalyco/sst, issue 4522: of authorizers, with the status 429; other things' in the same form. */
export const tooMany = (what: string) =>
  error(
    'ConflictException',
    `Maximum number of ${what} for this API has been reached. Please contact AWS if you need additional ${what}.`,
    undefined,
    429,
  );
/** @param of Integration or Route; that it is refused: API Reference, CreateIntegrationResponse, "ConflictException"; the words are Cloudyard's own. */
export const responseExists = (of: string, key = '') =>
  conflict(`${of} response with key ${key} already exists for this ${of.toLowerCase()}`);
/** @param what responses, in the plural. Source: badmintoncryer/cdk-preflight. */
export const onlyProxies = (what: string) =>
  badRequest(
    `${what} are currently not supported for this API protocol type. This is because the API may only be configured with proxy integration at this time.`,
  );
export const notFound = (message: string) => error('NotFoundException', message);
export const unknown = (what: string, id: string) => notFound(`Invalid ${what} identifier specified ${id}`);
