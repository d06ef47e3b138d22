/** The first minute with stack sets, as AWS's guide goes: two roles, a set, instances in two Regions; and a template generated of what is there. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { sandbox } from '../support/binary.ts';
import { noAwsCli } from '../support/clients.ts';
import { clientEnvironment } from './minute.ts';

const run = promisify(execFile);
const ACCOUNT = '000000000000';

const policy = (fields: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...fields }] });
const TEMPLATE = `
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub jobs-\${AWS::Region}
`;

test('the AWS CLI deploys a set, and generates a template', { skip: noAwsCli }, async () => {
  await using box = sandbox();
  const cloud = await box.start('--memory');
  const env = clientEnvironment(cloud.url) as NodeJS.ProcessEnv;
  const aws = async (...words: string[]) => {
    const { stdout } = await run('aws', ['--endpoint-url', cloud.url, ...words], { env, cwd: box.folder });
    return stdout.startsWith('{') ? JSON.parse(stdout) : stdout;
  };
  const formation = (...words: string[]) => aws('cloudformation', ...words);
  const role = async (name: string, Principal: object, allowed: object) => {
    const trust = policy({ Principal, Action: 'sts:AssumeRole' });
    await aws('iam', 'create-role', '--role-name', name, '--assume-role-policy-document', trust);
    const document = policy({ Resource: '*', ...allowed });
    await aws('iam', 'put-role-policy', '--role-name', name, '--policy-name', 'p', '--policy-document', document);
  };
  const [admin, execution] = ['AWSCloudFormationStackSetAdministrationRole', 'AWSCloudFormationStackSetExecutionRole'];
  await role(admin, { Service: 'cloudformation.amazonaws.com' }, { Action: 'sts:AssumeRole' });
  await role(execution, { AWS: ACCOUNT }, { Action: ['cloudformation:*', 'sqs:*'] });
  writeFileSync(join(box.folder, 'template.yaml'), TEMPLATE);
  const set = ['--stack-set-name', 'my-set'];
  await formation('create-stack-set', ...set, '--template-body', 'file://template.yaml');
  const { OperationId } = await formation(
    ...['create-stack-instances', ...set, '--accounts', ACCOUNT, '--regions', 'us-east-1', 'eu-west-1'],
    ...['--operation-preferences', 'FailureToleranceCount=0,MaxConcurrentCount=1'],
  );
  const operation = async () =>
    (await formation('describe-stack-set-operation', ...set, '--operation-id', OperationId)).StackSetOperation;
  while ((await operation()).Status === 'RUNNING');
  assert.equal((await operation()).Status, 'SUCCEEDED');
  const { Summaries } = await formation('list-stack-instances', ...set);
  assert.deepEqual(
    Summaries.map((one: { Region: string; Status: string }) => `${one.Region} ${one.Status}`),
    ['eu-west-1 CURRENT', 'us-east-1 CURRENT'],
  );
  const { QueueUrl } = await aws('sqs', 'get-queue-url', '--queue-name', 'jobs-eu-west-1', '--region', 'eu-west-1');
  assert.match(QueueUrl, /\/jobs-eu-west-1$/);
  await aws('sqs', 'create-queue', '--queue-name', 'by-hand');
  const { ResourceScanId } = await formation('start-resource-scan');
  const scan = () => formation('describe-resource-scan', '--resource-scan-id', ResourceScanId);
  while ((await scan()).Status === 'IN_PROGRESS');
  const { Resources } = await formation(
    ...['list-resource-scan-resources', '--resource-scan-id', ResourceScanId, '--resource-identifier', 'by-hand'],
  );
  const [{ ResourceType, ResourceIdentifier }] = Resources;
  writeFileSync(join(box.folder, 'resources.json'), JSON.stringify([{ ResourceType, ResourceIdentifier }]));
  const generated = ['--generated-template-name', 'mine'];
  await formation('create-generated-template', ...generated, '--resources', 'file://resources.json');
  const described = () => formation('describe-generated-template', ...generated);
  while ((await described()).Status !== 'COMPLETE');
  const { TemplateBody } = await formation('get-generated-template', ...generated, '--format', 'YAML');
  assert.match(TemplateBody, /"QueueName": "by-hand"/);
});
