/** Requests about Multi-Region access points, which are carried out a moment after they were taken. */
import { parseArn } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { REQUEST_DURATION } from '../limits.ts';
import { type RequestRow, requests } from '../state.ts';
import type { Fault } from './multi-region.ts';

/** As in the paths of the requests. */
const WORDS = {
  CreateMultiRegionAccessPoint: 'create',
  DeleteMultiRegionAccessPoint: 'delete',
  PutMultiRegionAccessPointPolicy: 'put-policy',
} as const;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Source: an answer of S3: `create/` and 86 characters of base64. */
const TOKEN_LENGTH = 86;
const KIND = 'async-request/mrap/';

type Asked = Pick<RequestRow, 'parameters' | 'name' | 'clientToken'> & { operation: keyof typeof WORDS };

/**
 * Takes a request, or finds the one that was taken under the same token of its client.
 *
 * @param begin writes what it begins with; what it gives is why it will fail
 */
export function beginRequest(
  { operation, clientToken, name, parameters }: Asked,
  ctx: Ctx,
  begin: () => Fault | undefined,
): { RequestTokenARN: string } {
  const { account } = ctx;
  const before = ctx.store.first(requests, {
    index: 'byClientToken',
    where: { account, operation, clientToken },
  });
  if (before !== undefined) return { RequestTokenARN: requestArn(before, ctx) };
  const fault = begin();
  const token = `${WORDS[operation]}/${ctx.random.text(TOKEN_LENGTH, ALPHABET)}`;
  const row: RequestRow = {
    account,
    token,
    clientToken,
    operation,
    parameters,
    name,
    createdAt: ctx.now,
    status: 'INPROGRESS',
    ...(fault !== undefined && { fault }),
  };
  ctx.store.put(requests, row);
  ctx.arm('finishRequest', `${account}/${token}`, ctx.now + REQUEST_DURATION, { account, token });
  return { RequestTokenARN: requestArn(row, ctx) };
}

/** ARN of a request. */
export function requestArn({ account, token }: { account: string; token: string }, { partition }: Ctx): string {
  return `arn:${partition}:s3:us-west-2:${account}:${KIND}${token}`;
}

/** The token in the ARN of one of the caller's requests. */
export function tokenOf(text: string, { account }: Ctx): string | undefined {
  const arn = parseArn(text);
  return arn?.account === account && arn.resource.startsWith(KIND) ? arn.resource.slice(KIND.length) : undefined;
}
