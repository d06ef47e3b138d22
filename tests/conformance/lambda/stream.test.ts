/** Answers in pieces: of runtimes that name no response mode, and to callers who do not read them to their end. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import {
  CreateFunctionUrlConfigCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole, openAddress } from '../../support/functions.ts';
import { visit } from '../../support/traffic.ts';

/** As aws-lambda-go writes what a handler reads out: in pieces, with what went wrong in trailers. */
const OWN_RUNTIME = `import { request } from 'node:http';
  const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
  for (;;) {
    const next = await fetch(api + 'next');
    await next.text();
    const id = next.headers.get('lambda-runtime-aws-request-id');
    const headers = { 'content-type': 'application/octet-stream', trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body' };
    await new Promise((done) => {
      const post = request(api + id + '/response', { method: 'POST', headers }, (answer) => answer.resume().on('end', done));
      post.write('one');
      setTimeout(() => {
        post.write('two');
        post.addTrailers({ 'Lambda-Runtime-Function-Error-Type': 'Broken', 'Lambda-Runtime-Function-Error-Body': 'e30=' });
        post.end();
      }, 50);
    });
  }`;

// A dry run runs. Source: radkawar/stackd, measured in 2026.
test('bytes of a runtime that names no response mode arrive as they are written', async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await functionRole(cloud), 'own', OWN_RUNTIME);
  const streamed = await cloud
    .client(LambdaClient)
    .send(new InvokeWithResponseStreamCommand({ FunctionName: 'own', InvocationType: 'DryRun' }));
  const pieces: string[] = [];
  const ends: unknown[] = [];
  for await (const { PayloadChunk, InvokeComplete } of streamed.EventStream ?? []) {
    if (PayloadChunk !== undefined) pieces.push(Buffer.from(PayloadChunk.Payload ?? []).toString());
    if (InvokeComplete !== undefined) ends.push([InvokeComplete.ErrorCode, InvokeComplete.ErrorDetails]);
  }
  assert.deepEqual([pieces, ends], [['one', 'two'], [['Unhandled', 'Broken']]]);
});

/** Counts the answers that it has written to their end. */
const COUNTS = `let written = 0;
  export const handler = awslambda.streamifyResponse(async (event, stream) => {
    if (event.rawPath === '/count') return void stream.end(String(written));
    for (let at = 0; at < 3; at += 1) {
      stream.write('x'.repeat(100_000));
      await new Promise((done) => setTimeout(done, 20));
    }
    written += 1;
    stream.end();
  });`;

/** Asks, and leaves with the first byte. */
function leave(address: string): Promise<number | undefined> {
  const { port, host } = new URL(address);
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, headers: { host }, agent: false }, (answer) =>
      answer.once('data', () => {
        asked.destroy();
        resolve(answer.statusCode);
      }),
    ).end();
  });
}

test('who leaves early, or asks for the head alone, keeps no function from its end', async () => {
  await using cloud = await startTestCloud();
  const lambda = cloud.client(LambdaClient);
  await createFunction(cloud, await functionRole(cloud), 'counts', COUNTS);
  const { FunctionUrl = '' } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'counts', AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' }),
  );
  await openAddress(cloud, 'counts');
  // All calls have one environment, and wait for it.
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'counts', ReservedConcurrentExecutions: 1 }));
  const counted = async () => {
    for (;;) {
      const { status, text } = await visit(`${FunctionUrl}count`);
      if (status !== 429) return text;
    }
  };
  assert.deepEqual(await visit(FunctionUrl, { method: 'HEAD' }).then(({ status, text }) => [status, text]), [200, '']);
  assert.equal(await counted(), '1');
  while ((await leave(FunctionUrl)) === 429);
  assert.equal(await counted(), '2');
});
