import assert from 'node:assert/strict';
import { it } from 'node:test';
import { xmlCodec } from './codec-xml.ts';
import type { ServiceModel } from './model.ts';

const model = {
  name: 'test',
  shapes: {
    When: { type: 'timestamp' },
    Header: { type: 'timestamp', timestampFormat: 'rfc822' },
    Out: { type: 'structure', members: { At: { shape: 'When' }, Date: { shape: 'Header' } } },
  },
} as unknown as ServiceModel;

const written = (millis: boolean, at: number) => xmlCodec(model, millis).writeBody('Out')({ At: at, Date: at });

it('writes milliseconds of instants always, or where there are any', () => {
  const date = '<Date>Thu, 01 Jan 1970 00:00:01 GMT</Date>';
  assert.equal(written(true, 1_000), `<At>1970-01-01T00:00:01.000Z</At>${date}`);
  assert.equal(written(false, 1_000), `<At>1970-01-01T00:00:01Z</At>${date}`);
  assert.match(written(false, 1_020), /<At>1970-01-01T00:00:01\.020Z<\/At>/);
});
