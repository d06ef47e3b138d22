import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestEncoding } from './compress.ts';

/** Source: what DynamoDB answers with, for each of these. */
const ANSWERS: { readonly [header: string]: 'gzip' | 'deflate' | undefined } = {
  identity: undefined,
  '': undefined,
  br: undefined,
  'x-gzip': undefined,
  'gzip, deflate': 'gzip',
  'br, identity, deflate, gzip': 'deflate',
  'GZIP, identity': 'gzip',
  'dog, gzip ,, cat': 'gzip',
  'gzip;q=0.8, deflate;q=0.5': 'gzip',
  'br, gzip;q=0, deflate; q = 0.5 , identity;q=0': 'deflate',
  '*': 'gzip',
  '*, deflate;q=0.5': 'gzip',
  '*, deflate': 'deflate',
  '*, gzip;q=0.5': 'deflate',
  'gzip ;q=0': undefined,
  '*;q=0': undefined,
  '*;q=0.5,identity': 'gzip',
  'gzip;q=0.5,identity;q=0.8': 'gzip',
  'br;q=0.8,identity;q=0.5,*;q=0': undefined,
  '"gzip"': undefined,
  'gzip br': undefined,
  'gzip:q=1': undefined,
  'gzip;q=31,deflate;q=51': 'gzip',
  'deflate;q=0.5, gzip;q=0.2': 'deflate',
  'deflate;q=0.5, gzip;q=1;q=0.2': 'gzip',
  'deflate;q=0.5,gzip;q=0.': 'deflate',
  'deflate;q=0.5,gzip;q=0.x': 'gzip',
  'deflate;q=-0.5,gzip;q=0.2': 'gzip',
  'gzip;q= 0;q=1': undefined,
  'gzip;q =0;q=1': 'gzip',
  'gzip;nq=0;q=1': undefined,
  'gzip;q=0, gzip;q=1, gzip;q=0': 'gzip',
  'br,identity;q=0.5,gzip;q=0.0001': 'gzip',
};

for (const [header, encoding] of Object.entries(ANSWERS))
  test(`an answer to "${header}" is encoded as ${encoding}`, () => {
    assert.equal(bestEncoding(header), encoding);
  });
