/** What the Tagging API refuses. Source: Resource Groups Tagging API Reference, "Errors" of each operation. Deviation: the words are Cloudyard's own. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('resource-groups-tagging-api');

export const invalid = (message: string) => error('InvalidParameterException', message);
export const badToken = () => error('PaginationTokenExpiredException', 'The specified PaginationToken is not valid.');
