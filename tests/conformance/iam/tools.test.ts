import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noAwsCli, noBoto3 } from '../../support/clients.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, policy, QUEUE } from './support.ts';

const run = promisify(execFile);

type Keys = { accessKeyId: string; secretAccessKey: string };
const ROOT: Keys = { accessKeyId: ACCOUNT, secretAccessKey: 'test' };

function environment({ accessKeyId, secretAccessKey }: Keys): NodeJS.ProcessEnv {
  return {
    ...process.env,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  };
}

test('aws CLI: create-user, create-access-key, put-user-policy, and the key obeys', { skip: noAwsCli }, async () => {
  await using cloud = await startTestCloud();
  const aws = async (keys: Keys, ...args: string[]) =>
    JSON.parse(
      (await run('aws', ['--endpoint-url', cloud.url, '--output', 'json', ...args], { env: environment(keys) }))
        .stdout || 'null',
    );
  const created = await aws(ROOT, 'iam', 'create-user', '--user-name', 'bob', '--path', '/staff/');
  assert.equal(created.User.Arn, `arn:aws:iam::${ACCOUNT}:user/staff/bob`);
  await aws(
    ROOT,
    'iam',
    'put-user-policy',
    '--user-name',
    'bob',
    '--policy-name',
    'own',
    '--policy-document',
    policy(allow('sqs:CreateQueue', QUEUE)),
  );
  const shown = await aws(ROOT, 'iam', 'get-user-policy', '--user-name', 'bob', '--policy-name', 'own');
  assert.deepEqual(shown.PolicyDocument, JSON.parse(policy(allow('sqs:CreateQueue', QUEUE))));
  const { AccessKey } = await aws(ROOT, 'iam', 'create-access-key', '--user-name', 'bob');
  const bob = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  assert.match((await aws(bob, 'sqs', 'create-queue', '--queue-name', 'jobs')).QueueUrl, /\/jobs$/);
  await assert.rejects(aws(bob, 'iam', 'list-users'), (error: Error & { stderr?: string }) => {
    assert.match(
      error.stderr ?? '',
      new RegExp(
        `\\(AccessDenied\\) when calling the ListUsers operation( \\(reached max retries: 0\\))?: User: arn:aws:iam::${ACCOUNT}:user/staff/bob is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::${ACCOUNT}:user/ because no identity-based policy allows the iam:ListUsers action`,
      ),
    );
    return true;
  });
});

const SCRIPT = `
import json, os, boto3
from botocore.exceptions import ClientError
iam = boto3.client('iam', endpoint_url=os.environ['URL'])
trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'lambda.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}
iam.create_role(RoleName='worker', AssumeRolePolicyDocument=json.dumps(trust))
iam.attach_role_policy(RoleName='worker', PolicyArn='arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole')
out = {'trust': iam.get_role(RoleName='worker')['Role']['AssumeRolePolicyDocument'] == trust}
try:
    iam.delete_role(RoleName='worker')
except iam.exceptions.DeleteConflictException as error:
    # Some versions say how often they tried, too.
    out['conflict'] = str(error).replace(' (reached max retries: 0)', '')
try:
    iam.get_user(UserName='nobody')
except ClientError as error:
    out['missing'] = error.response['Error']
out['users'] = sum(len(page['Users']) for page in iam.get_paginator('list_users').paginate())
print(json.dumps(out))
`;

test('boto3: documents are decoded, exceptions have their classes', { skip: noBoto3 }, async () => {
  await using cloud = await startTestCloud();
  const { stdout } = await run('python3', ['-c', SCRIPT], { env: { ...environment(ROOT), URL: cloud.url } });
  assert.deepEqual(JSON.parse(stdout), {
    trust: true,
    conflict:
      'An error occurred (DeleteConflict) when calling the DeleteRole operation: Cannot delete entity, must detach all policies first.',
    missing: { Type: 'Sender', Code: 'NoSuchEntity', Message: 'The user with name nobody cannot be found.' },
    users: 0,
  });
});
