/** What the API that manages connections refuses. Source: API Gateway Management API Reference, each operation's "Errors". */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('apigatewaymanagementapi');

export const gone = () => error('GoneException', '');
export const tooLarge = () => error('PayloadTooLargeException', 'Message too long');
