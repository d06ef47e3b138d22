import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claim } from './claim.ts';
import { canonicalRequest } from './sigv4.ts';

const claim = { signedHeaders: ['x-amz-meta-a'], scope: { date: '', region: '', service: 's3' } } as unknown as Claim;

/** The header's line in what is signed, for a value that arrives as these bytes. */
function lineOf(bytes: Buffer): string | undefined {
  const headers = { 'x-amz-meta-a': bytes.toString('latin1') };
  return canonicalRequest({ method: 'PUT', path: '/k', query: '', headers }, claim, '').split('\n')[3];
}

test('what a header says is signed as text, whether it arrives in UTF-8 or Latin-1', () => {
  assert.equal(lineOf(Buffer.from('  caf\u00e9   x ', 'utf8')), 'x-amz-meta-a:caf\u00e9 x');
  assert.equal(lineOf(Buffer.from('caf\u00e9', 'latin1')), 'x-amz-meta-a:caf\u00e9');
});
