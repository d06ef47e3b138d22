/** What API Gateway refuses of HTTP and WebSocket APIs. Source: API Gateway Version 2 API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('apigatewayv2');

export const badRequest = (message: string) => error('BadRequestException', message);
export const conflict = (message: string) => error('ConflictException', message);
export const notFound = (message: string) => error('NotFoundException', message);
export const unknown = (what: string, id: string) => notFound(`Invalid ${what} identifier specified ${id}`);
