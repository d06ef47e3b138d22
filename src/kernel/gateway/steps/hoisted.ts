/**
 * Headers that a presigned URL has in its query. Signers put `x-amz-…` headers there, and S3 takes them for headers.
 *
 * Source: answers of S3 in github.com/floci-io/floci/issues/3608. Checksums are passed over: github.com/aws/aws-sdk/issues/480,
 * aws/aws-sdk-go-v2/issues/2610.
 */
import { safeDecode } from '#kernel/base';
import type { Exchange } from '../exchange.ts';

/** What signs the request itself. */
const SIGNING = new Set(['algorithm', 'credential', 'date', 'expires', 'signedheaders', 'signature', 'content-sha256']);

export function withHoisted({ loaded, query, request: { headers } }: Exchange): Exchange['request']['headers'] {
  if (loaded?.head.name !== 's3' || !query.includes('Signature=')) return headers;
  const hoisted: { [name: string]: string } = {};
  for (const pair of query.split('&')) {
    const [key = ''] = pair.split('=', 1);
    const name = safeDecode(key).toLowerCase();
    if (!isHeader(name)) continue;
    hoisted[name] = safeDecode(pair.slice(key.length + 1).replaceAll('+', ' '));
  }
  return { ...hoisted, ...headers };
}

function isHeader(name: string): boolean {
  if (!name.startsWith('x-amz-')) return false;
  const rest = name.slice('x-amz-'.length);
  return !SIGNING.has(rest) && !rest.startsWith('checksum-') && rest !== 'sdk-checksum-algorithm';
}
