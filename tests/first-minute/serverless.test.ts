/** The first minute with the Serverless Framework's maintained command (`npm i -g osls`), where it is installed: deployed, called, invoked, removed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Visitor } from '#main/visit';
import { sandbox } from '../support/binary.ts';
import { clientEnvironment, outputOf } from './minute.ts';

const isThere = outputOf('osls', '--version') !== undefined;

const SERVICE = `
service: shop
provider:
  name: aws
  runtime: nodejs24.x
  region: us-east-1
  environment: { TABLE: !Ref Things }
  tracing: { lambda: true, apiGateway: true }
  logs: { restApi: true }
  iam: { role: { statements: [{ Effect: Allow, Action: 'dynamodb:PutItem', Resource: !GetAtt Things.Arn }] } }
package: { patterns: ['!**', 'handler.js'] }
functions:
  web:
    handler: handler.web
    url: true
    events:
      - http: { path: 'things/{id}', method: get, cors: true }
      - httpApi: 'GET /v2/{id}'
  jobs:
    handler: handler.jobs
    events: [{ sqs: { arn: !GetAtt Jobs.Arn, batchSize: 5 } }, { sns: news }, { schedule: rate(5 minutes) }]
resources:
  Resources:
    Jobs: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 60 } }
    Things:
      Type: AWS::DynamoDB::Table
      Properties:
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
        KeySchema: [{ AttributeName: id, KeyType: HASH }]
`;
const CODE = `
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const put = (id) => new DynamoDBClient({}).send(new PutItemCommand({ TableName: process.env.TABLE, Item: { id: { S: id } } }));
exports.web = async (event) => {
  await put(event.pathParameters?.id ?? 'none');
  return { statusCode: 200, body: 'kept ' + (event.pathParameters?.id ?? 'none') };
};
exports.jobs = async (event) => event.Records?.length ?? 0;
`;

test('the Serverless Framework', { skip: !isThere && 'needs the command osls' }, async () => {
  await using box = sandbox();
  const { port } = await box.start('--tls');
  const trusted = join(box.folder, '.cloudyard/tls/ca.pem');
  writeFileSync(join(box.folder, 'serverless.yml'), SERVICE);
  writeFileSync(join(box.folder, 'handler.js'), CODE);
  const env = {
    ...clientEnvironment(`https://127.0.0.1:${port}`),
    NODE_EXTRA_CA_CERTS: trusted,
    SLS_TELEMETRY_DISABLED: '1',
  } as NodeJS.ProcessEnv;
  const osls = async (...args: string[]) => {
    const { stdout, stderr } = await promisify(execFile)('osls', args, { cwd: box.folder, env });
    return `${stdout}${stderr}`;
  };
  const deployed = await osls('deploy');
  assert.match(deployed, /Service deployed to stack shop-dev/);
  const [rest, http] = [/\/\/(\w+)\.execute-api\S+\/dev\/things/, /\/\/(\w+)\.execute-api\S+\/v2/].map(
    (pattern) => pattern.exec(deployed)?.[1],
  );
  const visitor = new Visitor(port, readFileSync(trusted, 'utf8'));
  const host = 'execute-api.us-east-1.localhost';
  assert.equal((await visitor.visit(`https://${rest}.${host}/dev/things/7`)).text, 'kept 7');
  assert.equal((await visitor.visit(`https://${http}.${host}/v2/8`)).text, 'kept 8');
  visitor.close();
  assert.match(await osls('invoke', '--function', 'jobs', '--data', '{"Records":[1,2]}'), /^2$/m);
  assert.match(await osls('deploy'), /No changes to deploy/);
  assert.match(await osls('remove'), /has been successfully removed/);
});
