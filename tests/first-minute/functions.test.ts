/** The first minute with a function, by the AWS CLI: made, called, changed, its log read; there again after a crash. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noAwsCli } from '../support/clients.ts';
import { zip } from '../support/functions.ts';
import { clientEnvironment, surviveKill } from './minute.ts';

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const LOGS = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }] };
const greeting = (word: string) =>
  zip({
    'index.mjs': `export const handler = async ({ name }) => { console.log('greeting', name); return '${word} ' + name; };`,
  });

test('the AWS CLI makes, calls, changes and reads a function, also after a crash', { skip: noAwsCli }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-functions-'));
  const [code, payload, answer] = ['code.zip', 'payload.json', 'answer.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const at =
    (url: string) =>
    async (line: string, ...more: string[]) => {
      const { stdout } = await promisify(execFile)('aws', [...line.split(' '), '--endpoint-url', url, ...more], {
        env: clientEnvironment(url) as NodeJS.ProcessEnv,
      });
      return stdout.trim() === '' ? {} : JSON.parse(stdout);
    };
  /** What the function says, and what it wrote meanwhile. */
  const call = async (url: string, name: string) => {
    // Of a text version 2 would say that it isn't base64.
    writeFileSync(payload, JSON.stringify({ name }));
    const { LogResult } = await at(url)(
      `lambda invoke --function-name greet --log-type Tail --payload fileb://${payload} ${answer}`,
    );
    assert.match(Buffer.from(LogResult, 'base64').toString(), new RegExp(`INFO\\tgreeting ${name}\\n`));
    return JSON.parse(readFileSync(answer, 'utf8'));
  };
  try {
    await surviveKill(
      async ({ url }) => {
        const aws = at(url);
        const document = ['--assume-role-policy-document', JSON.stringify(TRUST)];
        const { Role } = await aws('iam create-role --role-name greeter', ...document);
        await aws(
          'iam put-role-policy --role-name greeter --policy-name logs',
          '--policy-document',
          JSON.stringify(LOGS),
        );
        writeFileSync(code, greeting('hello'));
        const made = await aws(
          `lambda create-function --function-name greet --runtime nodejs24.x --handler index.handler --role ${Role.Arn} --zip-file fileb://${code}`,
        );
        assert.equal(made.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:greet');
        await at(url)('lambda wait function-active --function-name greet');
        assert.equal(await call(url, 'ann'), 'hello ann');
        writeFileSync(code, greeting('good day'));
        await aws(`lambda update-function-code --function-name greet --zip-file fileb://${code}`);
        await aws('lambda wait function-updated --function-name greet');
        await aws('lambda update-function-configuration --function-name greet --timeout 7 --memory-size 256');
        assert.equal(await call(url, 'bob'), 'good day bob');
        const { events } = await aws(
          'logs filter-log-events --log-group-name /aws/lambda/greet --filter-pattern greeting',
        );
        assert.equal(events.length, 2);
      },
      async ({ url }) => {
        const { Functions } = await at(url)('lambda list-functions');
        assert.deepEqual(
          Functions.map((one: { FunctionName: string; Timeout: number; MemorySize: number }) => [
            one.FunctionName,
            one.Timeout,
            one.MemorySize,
          ]),
          [['greet', 7, 256]],
        );
        assert.equal(await call(url, 'cleo'), 'good day cleo');
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
