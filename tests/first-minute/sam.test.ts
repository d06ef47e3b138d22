/** The first minute with SAM's command (`pip install aws-sam-cli`), where it is installed: deployed, called, removed. Its bucket lets nobody in without TLS. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Visitor } from '#main/visit';
import { sandbox } from '../support/binary.ts';
import { clientEnvironment, outputOf } from './minute.ts';

const isThere = outputOf('sam', '--version') !== undefined;

const TEMPLATE = {
  AWSTemplateFormatVersion: '2010-09-09',
  Transform: 'AWS::Serverless-2016-10-31',
  Resources: {
    Table: { Type: 'AWS::Serverless::SimpleTable' },
    Jobs: { Type: 'AWS::SQS::Queue' },
    Hello: {
      Type: 'AWS::Serverless::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'app.handler',
        CodeUri: 'src/',
        Environment: { Variables: { TABLE: { Ref: 'Table' } } },
        Policies: [{ DynamoDBCrudPolicy: { TableName: { Ref: 'Table' } } }],
        Events: {
          Rest: { Type: 'Api', Properties: { Path: '/hello', Method: 'get' } },
          Http: { Type: 'HttpApi', Properties: { Path: '/hello', Method: 'get' } },
          Queue: { Type: 'SQS', Properties: { Queue: { 'Fn::GetAtt': ['Jobs', 'Arn'] }, BatchSize: 5 } },
        },
      },
    },
  },
  Outputs: {
    Rest: { Value: { 'Fn::Join': ['.', [{ Ref: 'ServerlessRestApi' }, 'execute-api.us-east-1.localhost']] } },
    Http: { Value: { 'Fn::Join': ['.', [{ Ref: 'ServerlessHttpApi' }, 'execute-api.us-east-1.localhost']] } },
  },
};
const CODE = "exports.handler = async ({ version }) => ({ statusCode: 200, body: process.env.TABLE + ' ' + version });";

test('SAM', { skip: !isThere && 'needs the command sam' }, async () => {
  await using box = sandbox();
  const { port } = await box.start('--tls');
  const trusted = join(box.folder, '.cloudyard/tls/ca.pem');
  mkdirSync(join(box.folder, 'src'));
  writeFileSync(join(box.folder, 'src/app.js'), CODE);
  writeFileSync(join(box.folder, 'template.json'), JSON.stringify(TEMPLATE));
  const env = {
    ...clientEnvironment(`https://127.0.0.1:${port}`),
    AWS_CA_BUNDLE: trusted,
    SAM_CLI_TELEMETRY: '0',
  } as NodeJS.ProcessEnv;
  const sam = async (...args: string[]) => {
    const { stdout, stderr } = await promisify(execFile)('sam', args, { cwd: box.folder, env });
    return `${stdout}${stderr}`;
  };
  const deploy = ['deploy', '--stack-name', 'app', '--template-file', 'template.json', '--resolve-s3'];
  const deployed = await sam(...deploy, '--capabilities', 'CAPABILITY_IAM', '--no-confirm-changeset');
  assert.match(deployed, /Successfully created\/updated stack - app/);
  const [rest, http] = ['Rest', 'Http'].map((key) => new RegExp(`Key +${key}[^]*?Value +(\\S+)`).exec(deployed)?.[1]);
  const visitor = new Visitor(port, readFileSync(trusted, 'utf8'));
  assert.match((await visitor.visit(`https://${rest}/Prod/hello`)).text, /^app-Table-\w+ undefined$/);
  assert.match((await visitor.visit(`https://${http}/hello`)).text, /^app-Table-\w+ 2\.0$/);
  visitor.close();
  assert.match(await sam('delete', '--stack-name', 'app', '--no-prompts'), /Deleted successfully/);
});
