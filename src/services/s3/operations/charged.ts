/** Telling a requester that he was charged, in the answers of the operations that say so. */
import { types } from 'node:util';
import type { Ctx, Handlers } from '#kernel/contract';
import { shownCharge } from '../domain/entry.ts';

type Input = { Bucket: string; RequestPayer?: string };
type Handle = (input: Input, ctx: Ctx) => object | Promise<object>;

/** Source: S3 API Reference, the operations whose answer has x-amz-request-charged. */
const CHARGED = [
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateMultipartUpload',
  'DeleteObject',
  'DeleteObjects',
  'GetObject',
  'GetObjectAcl',
  'GetObjectAttributes',
  'HeadObject',
  'ListMultipartUploads',
  'ListObjectVersions',
  'ListObjects',
  'ListObjectsV2',
  'ListParts',
  'PutObject',
  'PutObjectAcl',
  'PutObjectLegalHold',
  'PutObjectRetention',
  'RestoreObject',
  'UploadPart',
  'UploadPartCopy',
] as const;

/** The same handlers; those that charge say so where the request offered to pay. */
export function charging(handlers: Handlers<'s3'>): Handlers<'s3'> {
  const all = { ...handlers } as { [operation: string]: unknown };
  for (const operation of CHARGED) all[operation] = withCharge(all[operation] as Handle);
  return all as Handlers<'s3'>;
}

/** An asynchronous handler stays one: it opens its transactions itself. */
function withCharge(handle: Handle): Handle {
  const add = (output: object, input: Input, ctx: Ctx) => ({ ...output, ...shownCharge(input, ctx) });
  if (types.isAsyncFunction(handle))
    return async (input, ctx) =>
      input.RequestPayer === undefined ? handle(input, ctx) : add(await handle(input, ctx), input, ctx);
  return (input, ctx) => {
    const output = handle(input, ctx);
    if (input.RequestPayer === undefined) return output;
    return output instanceof Promise ? output.then((one) => add(one, input, ctx)) : add(output, input, ctx);
  };
}
