/** The admin API under /_cloudyard/: what a person or a test does with the cloud itself. Documented in docs/admin-api.md. */
import type { GatewayReply, GatewayRequest } from '#kernel/gateway';
import type { Cloud } from './cloud.ts';

export const ADMIN_PREFIX = '/_cloudyard/';

/** The answer to an admin request; undefined when it is none. */
export async function answerAdmin(cloud: Cloud, request: GatewayRequest): Promise<GatewayReply | undefined> {
  if (!request.target.startsWith(ADMIN_PREFIX)) return undefined;
  return json(200, { status: 'running', clock: cloud.kernel.clock.state() });
}

function json(status: number, body: unknown): GatewayReply {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(body)}\n` };
}
