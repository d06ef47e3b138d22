/** Answers of custom resources, signals to wait conditions, and what hooks fetch: the addresses that CloudFormation gives out. */
import { type Ctx, ServiceError, type TrafficReply, type TrafficRequest, type TrafficRule } from '#kernel/contract';
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
  const bytes = await bytesOf(request);
  if (bytes === undefined && claim.isHandle === true)
    return reply(400, `Response object is too long: at most ${RESPONSE_BYTES_MAX} bytes.`);
  const body = bytes && bodyOf(bytes);
  try {
    ctx.transact(() => {
      if (claim.isHandle === true) signalled(claim, body, ctx);
      else answered(claim, body, bytes === undefined, ctx);
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

/** Nothing where there are too many. */
async function bytesOf(request: TrafficRequest): Promise<Uint8Array | undefined> {
  try {
    return await request.read(RESPONSE_BYTES_MAX, () => new Error('too large'));
  } catch {
    return undefined;
  }
}

function bodyOf(bytes: Uint8Array): Body | undefined {
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return body !== null && typeof body === 'object' ? (body as Body) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The addresses of AWS take what they are sent, and the resource fails.
 *
 * Source: aws-samples/amazon-cloudfront-secure-static-site, issue 23; aws-cloudformation/custom-resource-helper, issue 67.
 */
function answered({ stackId, logicalId }: Claim, body: Body | undefined, isTooLong: boolean, ctx: Ctx): void {
  const row = ctx.store.get(requests, { stackId, logicalId });
  if (row === undefined || row.answer !== undefined) return;
  const { Status, Reason, PhysicalResourceId, Data, RequestId } = body ?? {};
  const wrong =
    body === undefined
      ? 'Invalid Json'
      : Status !== 'SUCCESS' && Status !== 'FAILED'
        ? 'Value of property Status must be SUCCESS or FAILED'
        : RequestId !== row.id
          ? 'Value of property RequestId does not match'
          : undefined;
  const fault = isTooLong
    ? 'Response object is too long.'
    : wrong === undefined
      ? PhysicalResourceId === '' && 'Invalid PhysicalResourceId'
      : `Invalid response object: ${wrong}`;
  ctx.store.put(requests, {
    ...row,
    answer: {
      isSuccess: fault === false && Status === 'SUCCESS',
      reason: told(Reason),
      ...(fault !== false && { fault }),
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
