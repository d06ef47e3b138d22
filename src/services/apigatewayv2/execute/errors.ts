/** What HTTP APIs answer by themselves. Source: API Gateway Developer Guide, "Troubleshooting issues with HTTP APIs"; texts as recorded from AWS. */
import { HttpFault } from './reply.ts';

export const notFound = () => new HttpFault(404, 'Not Found');
export const forbidden = (headers?: Record<string, string>) => new HttpFault(403, 'Forbidden', headers);
export const unauthorized = (headers?: Record<string, string>) => new HttpFault(401, 'Unauthorized', headers);
export const tooMany = () => new HttpFault(429, 'Too Many Requests');
/** Of a usage plan. */
export const limitExceeded = () => new HttpFault(429, 'Limit Exceeded');
export const tooLarge = () => new HttpFault(413, 'Request Entity Too Large');
export const internal = (reason?: string) => new HttpFault(500, 'Internal Server Error', {}, reason);
export const unavailable = (reason?: string) => new HttpFault(503, 'Service Unavailable', {}, reason);
