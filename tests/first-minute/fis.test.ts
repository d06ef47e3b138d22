/** The first minute with experiments: by the AWS CLI as AWS's tutorial goes, by boto3, and by `cloudyard drill`. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { sandbox } from '../support/binary.ts';
import { noAwsCli, noBoto3 } from '../support/clients.ts';
import { startTestCloud } from '../support/cloud.ts';
import { clientEnvironment } from './minute.ts';

const run = promisify(execFile);

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'fis.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const ALL = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'fis:*', Resource: '*' }] });
const ROLE = 'arn:aws:iam::000000000000:role/fis';
const TEMPLATE = {
  description: 'Calls of the application are throttled',
  roleArn: ROLE,
  stopConditions: [{ source: 'none' }],
  targets: { app: { resourceType: 'aws:iam:role', resourceArns: [ROLE], selectionMode: 'ALL' } },
  actions: {
    throttle: {
      actionId: 'aws:fis:inject-api-throttle-error',
      parameters: { service: 'dynamodb', operations: 'PutItem,GetItem', percentage: '50', duration: 'PT2M' },
      targets: { Roles: 'app' },
    },
  },
};

test('the AWS CLI makes a template, runs it and stops it', { skip: noAwsCli }, async () => {
  await using box = sandbox();
  const cloud = await box.start('--memory');
  const env = clientEnvironment(cloud.url) as NodeJS.ProcessEnv;
  const aws = async (...words: string[]) => {
    const { stdout } = await run('aws', ['--endpoint-url', cloud.url, ...words], { env, cwd: box.folder });
    return stdout.startsWith('{') ? JSON.parse(stdout) : stdout;
  };
  await aws('iam', 'create-role', '--role-name', 'fis', '--assume-role-policy-document', TRUST);
  await aws('iam', 'put-role-policy', '--role-name', 'fis', '--policy-name', 'all', '--policy-document', ALL);
  writeFileSync(join(box.folder, 'template.json'), JSON.stringify(TEMPLATE));
  const { experimentTemplate } = await aws(
    'fis',
    'create-experiment-template',
    '--cli-input-json',
    'file://template.json',
  );
  const { experiment } = await aws('fis', 'start-experiment', '--experiment-template-id', experimentTemplate.id);
  const get = async () => (await aws('fis', 'get-experiment', '--id', experiment.id)).experiment;
  while ((await get()).state.status === 'initiating');
  assert.equal((await get()).actions.throttle.state.status, 'running');
  const own = (...words: string[]) => box.run(...words, '--endpoint', cloud.url);
  const { stdout } = await own('fault', 'list');
  assert.match(
    stdout,
    /throttle +service dynamodb, operation PutItem,GetItem, region us-east-1, role arn:aws:iam::000000000000:role\/fis +50 % +until /,
  );
  await aws('fis', 'stop-experiment', '--id', experiment.id);
  while ((await get()).state.status === 'stopping');
  assert.equal((await get()).state.status, 'stopped');
  assert.equal((await own('fault', 'list')).stdout, 'No faults.\n');
  const drilled = await own('drill', experimentTemplate.id, '--recovery', '0s', '--region', 'us-west-2');
  assert.match(drilled.stderr, /Experiment template EXT\w+ not found\./);
});

const BOTO3 = `
import boto3, json, os, sys
fis = boto3.client('fis', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
iam = boto3.client('iam', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
iam.create_role(RoleName='fis', AssumeRolePolicyDocument=sys.argv[1])
template = fis.create_experiment_template(description='wait', roleArn='${ROLE}', stopConditions=[{'source': 'none'}], targets={},
    actions={'wait': {'actionId': 'aws:fis:wait', 'parameters': {'duration': 'PT1M'}}}, tags={'team': 'x'})['experimentTemplate']
preview = fis.start_experiment(experimentTemplateId=template['id'], experimentOptions={'actionsMode': 'skip-all'})['experiment']
while fis.get_experiment(id=preview['id'])['experiment']['state']['status'] not in ('completed', 'failed'): pass
shown = fis.get_experiment(id=preview['id'])['experiment']
lever = fis.update_safety_lever_state(id='default', state={'status': 'engaged', 'reason': 'launch'})['safetyLever']
late = fis.start_experiment(experimentTemplateId=template['id'])['experiment']
while fis.get_experiment(id=late['id'])['experiment']['state']['status'] == 'initiating': pass
try:
    fis.get_action(id='aws:fis:dance')
except fis.exceptions.ResourceNotFoundException as error:
    missing = error.response['Error']['Message']
print(json.dumps([template['creationTime'].year > 2000, fis.list_tags_for_resource(resourceArn=template['arn'])['tags'],
    shown['state']['status'], shown['actions']['wait']['state']['status'], lever['state'],
    fis.get_experiment(id=late['id'])['experiment']['state']['status'], missing,
    [one['id'] for page in fis.get_paginator('list_actions').paginate(PaginationConfig={'PageSize': 5}) for one in page['actions']][:2] if fis.can_paginate('list_actions') else 'no pages']))
`;

test('boto3 previews, engages the safety lever, and knows the errors', {
  skip: noBoto3,
}, async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const env = clientEnvironment(cloud.url) as NodeJS.ProcessEnv;
  const { stdout } = await run('python3', ['-c', BOTO3, TRUST], { env });
  assert.deepEqual(JSON.parse(stdout), [
    true,
    { team: 'x' },
    'completed',
    'skipped',
    { status: 'engaged', reason: 'launch' },
    'cancelled',
    'Action aws:fis:dance not found.',
    ['aws:cloudwatch:assert-alarm-state', 'aws:dynamodb:global-table-pause-replication'],
  ]);
});
