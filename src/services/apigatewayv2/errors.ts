/** What API Gateway refuses of HTTP and WebSocket APIs. Source: API Gateway Version 2 API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('apigatewayv2');

export const badRequest = (message: string) => error('BadRequestException', message);
/** Source: API Gateway's answer in serverless/serverless#9223. */
export const reservedTag = () => badRequest("Invalid tag key. Tag keys cannot start with 'aws:' (case insensitive)");
export const conflict = (message: string) => error('ConflictException', message);
export const notFound = (message: string) => error('NotFoundException', message);
export const unknown = (what: string, id: string) => notFound(`Invalid ${what} identifier specified ${id}`);
