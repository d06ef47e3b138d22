/** What the other services of API Gateway see of HTTP and WebSocket APIs: connections, and custom domain names that lead to them. */

export { hasSocketStage, isSocketApi } from './domain/plan-stage.ts';
export { connectionArn, openConnection, sendTo } from './execute/connection.ts';
export { answerDomain } from './execute/custom-domain.ts';
export { sockets } from './execute/messages.ts';
export { MESSAGE_BYTES_MAX } from './limits.ts';
export { idle } from './timers.ts';
