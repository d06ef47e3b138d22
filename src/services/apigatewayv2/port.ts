/** What the API that manages connections, a service of its own, sees of WebSocket APIs. */

export { connectionArn, findConnection, sendTo } from './execute/connection.ts';
export { MESSAGE_BYTES_MAX } from './limits.ts';
