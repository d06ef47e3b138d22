import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { freshnessOf } from './freshness.ts';

const TTL = { min: 0, default: 60, max: 600 };
const fresh = (headers: Record<string, string>, status = 200, ttl = TTL) =>
  freshnessOf(status, headers, ttl, undefined, 0).fresh;

test('what the origin says counts between minimum and maximum', () => {
  assert.equal(fresh({}), 60_000);
  assert.equal(fresh({ 'cache-control': 'max-age=5' }), 5_000);
  assert.equal(fresh({ 'cache-control': 'max-age=5, s-maxage=9' }), 9_000);
  assert.equal(fresh({ 'cache-control': 'max-age=5000' }), 600_000);
  assert.equal(fresh({ 'cache-control': 'max-age=5' }, 200, { ...TTL, min: 30 }), 30_000);
  assert.equal(fresh({ 'cache-control': 'no-store' }), undefined);
  assert.equal(fresh({ 'cache-control': 'no-cache' }), 0);
  assert.equal(fresh({ 'cache-control': 'private' }, 200, { ...TTL, min: 30 }), 30_000);
  assert.equal(fresh({ expires: new Date(20_000).toUTCString() }), 20_000);
  assert.equal(fresh({ expires: '0' }), 0);
});

test('errors are kept for their time, what is no answer to all is not', () => {
  assert.equal(fresh({}, 404), 10_000);
  assert.equal(fresh({ 'cache-control': 'max-age=50' }, 503), 50_000);
  for (const status of [400, 403, 405, 412, 415]) {
    assert.equal(fresh({}, status), undefined);
    assert.equal(fresh({ expires: new Date(20_000).toUTCString() }, status), undefined);
    assert.equal(fresh({ 'cache-control': 's-maxage=50' }, status), 50_000);
    assert.equal(fresh({ 'cache-control': 'max-age=1' }, status), 10_000);
    assert.equal(freshnessOf(status, {}, TTL, 5, 0).fresh, 5_000);
  }
  assert.equal(fresh({ 'cache-control': 'max-age=50' }, 416), undefined);
  assert.equal(fresh({}, 206), undefined);
  assert.equal(fresh({}, 401), undefined);
});

test('whatever an origin says, nothing is fresh for longer than the maximum, or for less than the minimum', () => {
  const directive = fc.oneof(
    fc.nat({ max: 1_000_000 }).map((seconds) => `max-age=${seconds}`),
    fc.nat({ max: 1_000_000 }).map((seconds) => `s-maxage="${seconds}"`),
    fc.constantFrom('no-store', 'no-cache', 'private', 'public', 'max-age=-1', 'max-age=x', '=', ',,'),
    fc.string({ maxLength: 10 }),
  );
  fc.assert(
    fc.property(fc.array(directive), fc.nat({ max: 100 }), (directives, min) => {
      const millis = fresh({ 'cache-control': directives.join(', ') }, 200, { min, default: 100, max: 1_000 });
      if (millis !== undefined) assert.ok(millis >= min * 1_000 && millis <= 1_000_000);
      else assert.equal(min, 0);
    }),
  );
});
