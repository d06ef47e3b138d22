/** Answers of custom resources, signals to wait conditions, and what hooks fetch: the addresses that CloudFormation gives out. */
import { type Ctx, ServiceError, type TrafficReply, type TrafficRule } from '#kernel/contract';
import { takeSignal } from './deploy/wait.ts';
import { textOf } from './domain/texts.ts';
import { hookPayloads } from './hooks/state.ts';
import { RESPONSE_BYTES_MAX } from './limits.ts';
import { requests } from './state.ts';

type Claim = { stackId: string; logicalId: string; isHandle?: true; payload?: string };
type Body = { [name: string]: unknown };

/** Source: CloudFormation User Guide, "Custom resource response objects", "Wait condition signal JSON format". */
export const traffic: TrafficRule = async (request, ctx) => {
  const claim = JSON.parse(request.id) as Claim;
  if (request.method === 'GET' && claim.payload !== undefined) return payload(claim.payload, ctx);
  if (request.method !== 'PUT' || claim.payload !== undefined)
    return reply(405, 'The specified method is not allowed against this resource.');
  const bytes = await request.read(RESPONSE_BYTES_MAX, () => new Error('too large')).catch(() => undefined);
  if (bytes === undefined) return reply(400, `Response object is too long: at most ${RESPONSE_BYTES_MAX} bytes.`);
  const body = bodyOf(bytes);
  try {
    ctx.transact(() => {
      if (claim.isHandle === true) signalled(claim, body, ctx);
      else answered(claim, body, ctx);
      ctx.start('deploy', claim.stackId, { stackId: claim.stackId });
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return reply(400, error.message);
  }
  return reply(200, '');
};

/** What a hook is told, if it may be too long for a message. */
async function payload(token: string, ctx: Ctx): Promise<TrafficReply> {
  const row = ctx.store.get(hookPayloads, { token });
  return row === undefined
    ? reply(404, 'It is gone.')
    : { status: 200, headers: { 'content-type': 'application/json' }, body: await textOf(row.text, ctx) };
}

function bodyOf(bytes: Uint8Array): Body | undefined {
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return body !== null && typeof body === 'object' ? (body as Body) : undefined;
  } catch {
    return undefined;
  }
}

function answered({ stackId, logicalId }: Claim, body: Body | undefined, ctx: Ctx): void {
  const row = ctx.store.get(requests, { stackId, logicalId });
  if (row === undefined || row.answer !== undefined) return;
  const { Status, Reason, PhysicalResourceId, Data, RequestId } = body ?? {};
  const fault =
    body === undefined
      ? 'Invalid Json'
      : Status !== 'SUCCESS' && Status !== 'FAILED'
        ? 'Value of property Status must be SUCCESS or FAILED'
        : RequestId !== row.id
          ? 'Value of property RequestId does not match'
          : undefined;
  ctx.store.put(requests, {
    ...row,
    answer: {
      isSuccess: fault === undefined && Status === 'SUCCESS',
      reason: fault === undefined ? told(Reason) : `Invalid response object: ${fault}`,
      physicalId: typeof PhysicalResourceId === 'string' && PhysicalResourceId !== '' ? PhysicalResourceId : row.token,
      data: Data !== null && typeof Data === 'object' ? (Data as Body) : {},
    },
  });
}

function signalled({ stackId, logicalId }: Claim, body: Body | undefined, ctx: Ctx): void {
  const { Status, Reason, UniqueId, Data } = body ?? {};
  if (Status !== 'SUCCESS' && Status !== 'FAILURE') return;
  const uniqueId = told(UniqueId ?? ctx.uuid());
  const said = { uniqueId, isSuccess: Status === 'SUCCESS', reason: told(Reason), data: told(Data) };
  takeSignal({ stackId, logicalId, ...said }, ctx.store);
}

/** A text as it is, anything else as JSON. */
function told(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function reply(status: number, body: string): TrafficReply {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}
