import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManifest } from './manifest.ts';

test('a manifest is read line by line, with and without quotes, keys decoded', () => {
  assert.deepEqual(readManifest('photos,a%20b.jpg\r\n"photos","c,""d""+e"\n\n', ['Bucket', 'Key']), [
    { bucket: 'photos', key: 'a b.jpg' },
    { bucket: 'photos', key: 'c,"d" e' },
  ]);
  assert.deepEqual(readManifest('x,photos,a,v1\nx,photos,b,\n', ['Ignore', 'Bucket', 'Key', 'VersionId']), [
    { bucket: 'photos', key: 'a', versionId: 'v1' },
    { bucket: 'photos', key: 'b', versionId: '' },
  ]);
});

test('lines with more or fewer columns are none', () => {
  assert.equal(readManifest('photos\n', ['Bucket', 'Key']), undefined);
  assert.equal(readManifest('photos,a,b\n', ['Bucket', 'Key']), undefined);
});
