import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mixed } from '#kernel/base';
import { xmlCodec } from './codec-xml.ts';
import type { ServiceModel } from './model.ts';

const model = {
  name: 'test',
  shapes: {
    When: { type: 'timestamp' },
    Header: { type: 'timestamp', timestampFormat: 'rfc822' },
    Name: { type: 'string' },
    Names: { type: 'list', member: { shape: 'Name' }, flattened: true },
    Lists: {
      type: 'structure',
      members: {
        As: { shape: 'Names', name: 'A' },
        Bs: { shape: 'Names', name: 'B' },
        Cs: { shape: 'Names', name: 'C' },
      },
    },
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

it('writes flattened lists one after the other, or among each other where the output says how', () => {
  const lists = { As: ['1', '3'], Bs: ['2'], Cs: ['4'] };
  const write = xmlCodec(model, false).writeBody('Lists');
  assert.equal(write(lists), '<A>1</A><A>3</A><B>2</B><C>4</C>');
  const order = mixed([
    ['As', '1'],
    ['Bs', '2'],
    ['As', '3'],
  ]);
  assert.equal(write({ ...lists, ...order }), '<C>4</C><A>1</A><B>2</B><A>3</A>');
});
