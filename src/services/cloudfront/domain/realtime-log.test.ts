import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EdgeRecord, TrafficRequest } from '#kernel/contract';
import type { DistributionRow } from '../state.ts';
import { isField, lineOf } from './realtime-log.ts';

const record = { country: 'FR' } as EdgeRecord;

function line(Fields: string[], request: Partial<TrafficRequest>): string[] {
  const asked = { id: 'E1', query: '', headers: {}, ...request } as TrafficRequest;
  return lineOf({ Fields }, asked, record, {} as DistributionRow, 0)
    .trim()
    .split('\t');
}

test('what players tell of the media is read from the query or from headers', () => {
  const fields = ['c-country', 'cmcd-encoded-bitrate', 'cmcd-buffer-starvation', 'cmcd-session-id', 'cmcd-version'];
  assert.ok(fields.every(isField));
  const query = `CMCD=${encodeURIComponent('br=3200,bs,sid="6e2f-a"')}&other=br%3D1`;
  assert.deepEqual(line(fields, { query }), ['FR', '3200', 'true', '6e2f-a', '-']);
  const headers = { 'cmcd-object': 'br=100, d=4004', 'cmcd-session': 'sid="s\tid",v=1' };
  assert.deepEqual(line(fields, { headers }), ['FR', '100', '-', 's%09id', '1']);
  assert.deepEqual(line(fields, {}), ['FR', '-', '-', '-', '-']);
});

test('a tenant is named where it is one that was asked', () => {
  assert.deepEqual(line(['distribution-tenant-id'], { id: 'dt_1' }), ['dt_1']);
  assert.deepEqual(line(['distribution-tenant-id'], { id: 'E1' }), ['-']);
});

test('a stem has its query, and headers are told so far', () => {
  assert.deepEqual(line(['cs-uri-stem'], { path: '/a', query: 'b=c' }), ['/a?b=c']);
  const headers = { cookie: 'c'.repeat(1_000), 'x-a': 'd'.repeat(1_000) };
  const sizes = line(['cs-cookie', 'cs-headers', 'cs-header-names'], { headers }).map((field) => field.length);
  // An end of line is three characters.
  assert.deepEqual(sizes, [800, 800, 'cookie%0Ax-a'.length]);
});

test('of a staging distribution the primary is named', () => {
  const fields = ['primary-distribution-id', 'primary-distribution-dns-name'];
  assert.deepEqual(line(fields, {}), ['-', '-']);
});
