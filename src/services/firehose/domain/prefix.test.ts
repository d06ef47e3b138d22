import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMoment, writeMoment } from './moment.ts';
import { errorPrefixOf, readPrefix, writePrefix } from './prefix.ts';

const AT = Date.UTC(2018, 7, 27, 10, 30, 5, 42);
const facts = { at: AT, zone: 'UTC', seed: 's' };

test('examples of the Developer Guide, "Custom prefixes for Amazon S3 objects"', () => {
  for (const [prefix, written] of [
    ['', '2018/08/27/10/'],
    ['myFolder/', 'myFolder/2018/08/27/10/'],
    ['myPrefix/myyear=!{timestamp:yyyy}/mymonth=!{timestamp:MM}/', 'myPrefix/myyear=2018/mymonth=08/'],
    ["!{timestamp:yyyy/'WW'/D}/", '2018/WW/239/'],
    ["!{timestamp:yyyy''MM}", "2018'08"],
  ] as const)
    assert.equal(writePrefix(readPrefix(prefix), facts), written, prefix);
  assert.equal(
    writePrefix(errorPrefixOf('myPrefix/', ''), { ...facts, errorType: 'processing-failed' }),
    'myPrefix/processing-failed/2018/08/27/10/',
  );
  assert.equal(
    writePrefix(errorPrefixOf('a/', 'myErr/!{firehose:error-output-type}/!{timestamp:yyyy}/'), {
      ...facts,
      errorType: 'splunk-failed',
    }),
    'myErr/splunk-failed/2018/',
  );
  assert.equal(
    writePrefix(errorPrefixOf('', 'myFirehoseFailures/!{firehose:error-output-type}/'), {
      ...facts,
      errorType: 'processing-failed',
    }),
    'myFirehoseFailures/processing-failed/',
  );
});

test('letters of patterns', () => {
  const written = (pattern: string, zone = 'UTC', at = AT) => writeMoment(readMoment(pattern), at, zone);
  assert.equal(written('yy M MM MMM MMMM MMMMM d dd D DDD'), '18 8 08 Aug August A 27 27 239 239');
  assert.equal(written('H HH h hh k K m s S SSS SSSSS a'), '10 10 10 10 10 10 30 5 0 042 04200 AM');
  assert.equal(written('E EEEE e Q QQQ'), 'Mon Monday 2 3 Q3');
  assert.equal(written('yyyy-MM-dd HH:mm', 'Asia/Tokyo'), '2018-08-27 19:30');
  assert.equal(written('HH h k K a', 'UTC', Date.UTC(2020, 0, 1)), '00 12 24 0 AM');
  // In summer the clocks of Berlin are two hours ahead, in winter one.
  assert.equal(written('HH', 'Europe/Berlin'), '12');
  assert.equal(written('HH', 'Europe/Berlin', Date.UTC(2018, 0, 1)), '01');
});

test('a pattern that was read can be written; a prefix says the same each time', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.integer({ min: 0, max: 4_000_000_000_000 }), (text, at) => {
      let prefix: ReturnType<typeof readPrefix>;
      try {
        prefix = readPrefix(`!{timestamp:${text}}!{firehose:random-string}`);
      } catch {
        return;
      }
      const [once, again] = [0, 1].map(() => writePrefix(prefix, { at, zone: 'America/Lima', seed: 'x' }));
      assert.equal(once, again);
      assert.match(once?.slice(-11) ?? '', /^[A-Za-z0-9]{11}$/);
    }),
  );
});

test('without its key, or beyond 512 characters, there is no prefix', () => {
  const prefix = readPrefix('!{partitionKeyFromQuery:a}/!{partitionKeyFromLambda:b}/');
  const partition = { query: { a: '1' }, lambda: { b: '2' } };
  assert.equal(writePrefix(prefix, { ...facts, partition }), '1/2/');
  assert.equal(writePrefix(prefix, { ...facts, partition: { ...partition, lambda: {} } }), undefined);
  assert.equal(writePrefix(prefix, { ...facts, partition: { ...partition, lambda: { b: '' } } }), undefined);
  assert.equal(
    writePrefix(prefix, { ...facts, partition: { ...partition, lambda: { b: 'x'.repeat(520) } } }),
    undefined,
  );
});
