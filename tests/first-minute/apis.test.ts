/** The first minute with an API, by the AWS CLI: made, asked, there again after a crash. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noAwsCli } from '../support/clients.ts';
import { visit } from '../support/traffic.ts';
import { clientEnvironment, surviveKill } from './minute.ts';

test('the AWS CLI makes APIs that answer, also after a crash', { skip: noAwsCli }, async () => {
  const at =
    (url: string) =>
    async (line: string, ...more: string[]) => {
      const { stdout } = await promisify(execFile)('aws', [...line.split(' '), '--endpoint-url', url, ...more], {
        env: clientEnvironment(url) as NodeJS.ProcessEnv,
      });
      return stdout.trim() === '' ? {} : JSON.parse(stdout);
    };
  let [rest, http] = ['', ''];
  const look = async (url: string) => {
    const ask = (api: string, path: string) =>
      visit(`http://${api}.execute-api.us-east-1.localhost:${new URL(url).port}${path}`);
    assert.equal((await ask(rest, '/dev/')).text, '{"hello": "world"}');
    assert.deepEqual([(await ask(rest, '/dev/x')).status, (await ask(http, '/x')).status], [403, 503]);
  };
  await surviveKill(
    async ({ url }) => {
      const aws = at(url);
      const api = await aws('apigateway create-rest-api --name first');
      rest = api.id;
      const place = `--rest-api-id ${rest} --resource-id ${api.rootResourceId} --http-method GET`;
      await aws(`apigateway put-method ${place} --authorization-type NONE`);
      await aws(`apigateway put-method-response ${place} --status-code 200`);
      await aws(
        `apigateway put-integration ${place} --type MOCK`,
        '--request-templates',
        '{"application/json": "{\\"statusCode\\": 200}"}',
      );
      await aws(
        `apigateway put-integration-response ${place} --status-code 200`,
        '--response-templates',
        '{"application/json": "{\\"hello\\": \\"world\\"}"}',
      );
      await aws(`apigateway create-deployment --rest-api-id ${rest} --stage-name dev`);
      const second = await aws(
        'apigatewayv2 create-api --name second --protocol-type HTTP --target http://127.0.0.1:1/',
      );
      http = second.ApiId;
      await look(url);
    },
    ({ url }) => look(url),
  );
});
