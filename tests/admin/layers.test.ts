/** Layers that others share, brought under their own ARNs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  GetLayerVersionCommand,
  InvokeCommand,
  LambdaClient,
  ListLayersCommand,
  PublishLayerVersionCommand,
} from '@aws-sdk/client-lambda';
import { startTestCloud } from '../support/cloud.ts';
import { createFunction, functionRole, zip } from '../support/functions.ts';
import { adminOf, OTHER } from './admin.ts';

const LAYER = `arn:aws:lambda:us-east-1:${OTHER}:layer:Tools`;

test('a layer is brought with the number that functions name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'));
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  const file = join(folder, 'tools.zip');
  writeFileSync(file, zip({ 'nodejs/node_modules/tools/index.js': "exports.word = 'from the layer';" }));
  writeFileSync(join(folder, 'bad.zip'), 'no archive');
  await using cloud = await startTestCloud();
  const admin = adminOf(cloud.url);
  const bring = (arn: string) => admin.post('layers', { arn, file });
  assert.deepEqual(await bring(`${LAYER}:32`), { arn: `${LAYER}:32` });
  const Code = { ZipFile: zip({ 'index.js': "exports.handler = async () => require('tools').word;" }) };
  await createFunction(cloud, await functionRole(cloud), 'worker', '', { Code, Layers: [`${LAYER}:32`] });
  const { Payload } = await cloud.client(LambdaClient).send(new InvokeCommand({ FunctionName: 'worker' }));
  assert.equal(Payload?.transformToString(), '"from the layer"');

  const refused = async (body: object) => (await admin.refused('POST', 'layers', body)).message;
  assert.equal(await refused({ arn: `${LAYER}:32`, file }), `${LAYER}:32 is there already.`);
  assert.match(await refused({ arn: LAYER, file }), /^arn should be that of a version of a layer, such as /);
  assert.match(await refused({ arn: `${LAYER}:7`, file: 'tools.zip' }), /^file should be the absolute path/);
  assert.equal(await refused({ arn: `${LAYER}:7`, file: folder }), `${folder} can't be read: EISDIR.`);
  assert.equal(
    await refused({ arn: `${LAYER}:7`, file: join(folder, 'bad.zip') }),
    'Lambda refuses it: Could not unzip uploaded file. Please check your file, then try to upload again.',
  );

  await bring(`${LAYER}:5`);
  const owner = cloud.client(LambdaClient, { credentials: { accessKeyId: OTHER, secretAccessKey: 'x' } });
  const published = await owner.send(
    new PublishLayerVersionCommand({ LayerName: 'Tools', Content: { ZipFile: zip({ 'one.txt': '1' }) } }),
  );
  assert.equal(published.Version, 33);
  assert.equal((await owner.send(new GetLayerVersionCommand({ LayerName: 'Tools', VersionNumber: 5 }))).Version, 5);
  const { Layers = [] } = await owner.send(new ListLayersCommand({}));
  assert.deepEqual(
    Layers.map(({ LatestMatchingVersion }) => LatestMatchingVersion?.Version),
    [33],
  );
});
