/** Templates: made, changed, listed, tagged; what can't be is refused in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, type FisError, fisClient } from './client.ts';
import { MINUTE, NO_STOP, ROLE, type Template, template, WAIT } from './world.ts';

test('a template is made, shown, changed in parts, listed and removed', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  const targets = { roles: { resourceType: 'aws:iam:role', resourceTags: { a: 'b' }, selectionMode: 'COUNT(1)' } };
  const logConfiguration = { s3Configuration: { bucketName: 'logs', prefix: 'fis' }, logSchemaVersion: 2 };
  const { experimentTemplate } = await fis.CreateExperimentTemplate(
    template({
      targets,
      tags: { team: 'x' },
      logConfiguration,
      experimentOptions: { emptyTargetResolutionMode: 'skip' },
    }),
  );
  const id = experimentTemplate.id ?? '';
  assert.match(id, /^EXT[A-Za-z0-9]{14}$/);
  const arn = `arn:aws:fis:us-east-1:${ACCOUNT}:experiment-template/${id}`;
  const shown = {
    id,
    arn,
    description: 'd',
    roleArn: ROLE,
    targets,
    stopConditions: NO_STOP,
    logConfiguration,
    targetAccountConfigurationsCount: 0,
    actions: { wait: WAIT },
    creationTime: START,
    lastUpdateTime: START,
    tags: { team: 'x' },
    experimentOptions: { accountTargeting: 'single-account', emptyTargetResolutionMode: 'skip' },
  };
  assert.deepEqual(experimentTemplate, shown);
  assert.deepEqual((await fis.GetExperimentTemplate({ id })).experimentTemplate, shown);
  await cloud.advance(MINUTE);
  const longer = { parameters: { duration: 'PT2M' } };
  const changed = await fis.UpdateExperimentTemplate({
    id,
    description: 'e',
    actions: { wait: longer },
    logConfiguration: {},
  });
  const { logConfiguration: _, ...rest } = shown;
  assert.deepEqual(changed.experimentTemplate, {
    ...rest,
    description: 'e',
    actions: { wait: { actionId: 'aws:fis:wait', ...longer } },
    lastUpdateTime: START + MINUTE,
  });
  await fis.TagResource({ resourceArn: arn, tags: { env: 'prod' } });
  await fis.UntagResource({ resourceArn: arn, tagKeys: ['team'] });
  assert.deepEqual(await fis.ListTagsForResource({ resourceArn: arn }), { tags: { env: 'prod' } });
  const { experimentTemplates } = await fis.ListExperimentTemplates({});
  assert.deepEqual(experimentTemplates, [
    { id, arn, description: 'e', creationTime: START, lastUpdateTime: START + MINUTE, tags: { env: 'prod' } },
  ]);
  await fis.UntagResource({ resourceArn: arn });
  assert.deepEqual(await fis.ListTagsForResource({ resourceArn: arn }), { tags: {} }, 'without keys all go');
  assert.equal((await fis.DeleteExperimentTemplate({ id })).experimentTemplate.id, id);
  const gone = (await failure(fis.GetExperimentTemplate({ id }))) as FisError;
  assert.deepEqual(
    [gone.code, gone.status, gone.message],
    ['ResourceNotFoundException', 404, `Experiment template ${id} not found.`],
  );
});

test('what can’t be is refused', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  const roles = { resourceType: 'aws:iam:role', resourceArns: [ROLE], selectionMode: 'ALL' };
  const functions = { resourceType: 'aws:lambda:function', resourceTags: { a: 'b' }, selectionMode: 'ALL' };
  const calls = { service: 'sqs', operations: 'SendMessage', percentage: '10', duration: 'PT1M' };
  const strike = (more: object = {}, targets: Record<string, string> = { Roles: 'roles' }) => ({
    strike: { actionId: 'aws:fis:inject-api-internal-error', parameters: { ...calls, ...more }, targets },
  });
  const alarm = (name: string, region = 'us-east-1') => `arn:aws:cloudwatch:${region}:${ACCOUNT}:alarm:${name}`;
  const wait = (more: object) => ({ wait: { ...WAIT, ...more } });
  const many = (count: number, more: object = {}) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, { ...WAIT, ...more }]));
  const cases: [Partial<Template>, string, string?][] = [
    [{ roleArn: 'arn:aws:iam::123456789012:user/a' }, 'Invalid role ARN: arn:aws:iam::123456789012:user/a.'],
    [{ stopConditions: [] }, 'At least one stop condition is required.'],
    [{ stopConditions: [{ source: 'weather' }] }, 'Invalid stop condition source: weather.'],
    [
      { stopConditions: [{ source: 'aws:cloudwatch:alarm' }] },
      'A stop condition of the source aws:cloudwatch:alarm needs the ARN of an alarm.',
    ],
    [{ stopConditions: [...NO_STOP, ...NO_STOP] }, 'A stop condition of the source none must be the only one.'],
    [
      { stopConditions: [{ source: 'aws:cloudwatch:alarm', value: alarm('x', 'eu-west-1') }] },
      `Invalid alarm ARN: ${alarm('x', 'eu-west-1')}.`,
    ],
    [{ targets: { roles: { ...roles, selectionMode: 'SOME' } } }, 'Invalid selection mode SOME for target roles.'],
    [
      { targets: { roles: { ...roles, resourceTags: { a: 'b' } } } },
      'You cannot specify both resource ARNs and resource tags for target roles.',
    ],
    [
      {
        targets: {
          b: { resourceType: 'aws:s3:bucket', resourceArns: ['arn:aws:s3:::a-bucket'], selectionMode: 'ALL' },
        },
      },
      'TargetResourceType aws:s3:bucket does not support resourceArns.',
    ],
    [
      { targets: { roles: { resourceType: 'aws:iam:role', selectionMode: 'ALL' } } },
      'Target roles needs resource ARNs, resource tags or filters.',
    ],
    [
      { targets: { x: { ...roles, resourceType: 'aws:cloud:nine' } } },
      'Target resource type aws:cloud:nine not found.',
    ],
    [{ targets: { roles: { ...roles, parameters: { x: 'y' } } } }, 'Unexpected parameter "x" found in target "roles".'],
    [{ actions: wait({ actionId: 'aws:fis:dance' }) }, 'Action aws:fis:dance not found.'],
    [
      { actions: wait({ targets: { Roles: 'roles' } }), targets: { roles } },
      'Unexpected target "Roles" found in action "wait".',
    ],
    [{ actions: strike({}, {}) }, 'Missing target "Roles" in action "strike".'],
    [{ actions: strike() }, 'Target "roles" of action "strike" is not defined.'],
    [{ actions: strike({}, { Roles: 'constructor' }) }, 'Target "constructor" of action "strike" is not defined.'],
    [
      { actions: strike(), targets: { roles: functions } },
      'Target "roles" of action "strike" should be of the type aws:iam:role.',
    ],
    [{ actions: wait({ parameters: {} }) }, 'Missing parameter "duration" in action "wait".'],
    [
      { actions: wait({ parameters: { duration: 'PT59S' } }) },
      'Invalid value for parameter "duration" in action "wait".',
    ],
    [
      { actions: wait({ parameters: { duration: 'PT13H' } }) },
      'Invalid value for parameter "duration" in action "wait".',
    ],
    [
      { actions: wait({ parameters: { duration: 'PT1M', x: 'y' } }) },
      'Unexpected parameter "x" found in action "wait".',
    ],
    [
      { actions: strike({ percentage: '0' }), targets: { roles } },
      'Invalid value for parameter "percentage" in action "strike".',
    ],
    [
      { actions: strike({ operations: 'Send' }), targets: { roles } },
      'Unknown operation "Send" of sqs in action "strike".',
    ],
    [{ actions: wait({ startAfter: ['x'] }) }, 'Action "x" in startAfter of action "wait" is not defined.'],
    [{ actions: wait({ startAfter: ['wait'] }) }, 'Action "wait" waits for itself: startAfter can\'t be circular.'],
    [{ actions: many(11) }, 'At most 10 actions can run in parallel.', 'ServiceQuotaExceededException'],
    [
      { actions: many(21, { startAfter: ['a0'] }) },
      'An experiment template can have at most 20 actions.',
      'ServiceQuotaExceededException',
    ],
    [
      {
        actions: {
          look: {
            actionId: 'aws:cloudwatch:assert-alarm-state',
            parameters: { alarmArns: alarm('a'), alarmStates: 'RED' },
          },
        },
      },
      'Invalid alarm state in action "look": RED.',
    ],
    [{ logConfiguration: { logSchemaVersion: 2 } }, 'A log configuration needs a destination.'],
    [
      { logConfiguration: { logSchemaVersion: 3, s3Configuration: { bucketName: 'logs' } } },
      'Invalid log schema version: 3. Valid versions are 1, 2.',
    ],
    [
      { actions: { off: { actionId: 'aws:ec2:stop-instances' } } },
      'Cloudyard has not built the action aws:ec2:stop-instances (it needs EC2) yet',
      'NotImplemented',
    ],
    [
      { actions: { run: { actionId: 'aws:ssm:send-command' } } },
      "Cloudyard has not built the action aws:ssm:send-command (it needs Systems Manager's Run Command and Automation) yet",
      'NotImplemented',
    ],
    [
      { targets: { x: { ...roles, resourceType: 'aws:rds:db' } } },
      'Cloudyard has not built targets of the type aws:rds:db yet',
      'NotImplemented',
    ],
    [
      { actions: strike({ service: 'ec2' }), targets: { roles } },
      "Cloudyard has not built faults of the service 'ec2' yet",
      'NotImplemented',
    ],
    [
      { experimentReportConfiguration: {} },
      'Cloudyard has not built reports of experiments (experimentReportConfiguration) yet',
      'NotImplemented',
    ],
  ];
  for (const [more, message, code = 'ValidationException'] of cases) {
    const error = (await failure(fis.CreateExperimentTemplate(template(more)))) as FisError;
    assert.deepEqual([error.code, error.message], [code, message]);
  }
  assert.deepEqual((await fis.ListExperimentTemplates({})).experimentTemplates, []);
});

test('the catalogue: what is built, and by name what is not', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  const { actions } = await fis.ListActions({});
  assert.deepEqual(
    actions.map(({ id }) => id),
    [
      'aws:cloudwatch:assert-alarm-state',
      'aws:dynamodb:global-table-pause-replication',
      'aws:fis:inject-api-internal-error',
      'aws:fis:inject-api-throttle-error',
      'aws:fis:inject-api-unavailable-error',
      'aws:fis:wait',
      'aws:lambda:invocation-add-delay',
      'aws:lambda:invocation-error',
      'aws:lambda:invocation-http-integration-response',
      'aws:s3:bucket-pause-replication',
      'cloudyard:api:latency',
      'cloudyard:region:dark',
    ],
  );
  const first = await fis.ListActions({ maxResults: 7 });
  const rest = await fis.ListActions({ maxResults: 7, nextToken: first.nextToken });
  assert.deepEqual([...first.actions, ...rest.actions], actions);
  assert.deepEqual((await fis.GetAction({ id: 'aws:fis:wait' })).action, {
    id: 'aws:fis:wait',
    arn: `arn:aws:fis:us-east-1:${ACCOUNT}:action/aws:fis:wait`,
    description: 'Wait for the specified duration. Stop condition monitoring will continue during this time.',
    parameters: { duration: { description: 'The duration of the action (ISO 8601 duration).', required: true } },
    tags: {},
  });
  const none = (await failure(fis.GetAction({ id: 'aws:fis:dance' }))) as FisError;
  assert.deepEqual([none.code, none.message], ['ResourceNotFoundException', 'Action aws:fis:dance not found.']);
  assert.equal(((await failure(fis.GetAction({ id: 'aws:ecs:stop-task' }))) as FisError).status, 501);
  const types = await fis.ListTargetResourceTypes({});
  assert.deepEqual(
    types.targetResourceTypes.map(({ resourceType }) => resourceType),
    ['aws:dynamodb:global-table', 'aws:iam:role', 'aws:lambda:function', 'aws:s3:bucket'],
  );
  assert.deepEqual(await fis.GetTargetResourceType({ resourceType: 'aws:iam:role' }), {
    targetResourceType: { resourceType: 'aws:iam:role', description: 'An IAM Role', parameters: {} },
  });
  const page = (await failure(fis.ListActions({ nextToken: 'x' }))) as FisError;
  assert.deepEqual([page.code, page.message], ['ValidationException', 'The nextToken is not valid.']);
});

test('accounts of a template', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  const single = (await fis.CreateExperimentTemplate(template())).experimentTemplate.id ?? '';
  const many = template({ experimentOptions: { accountTargeting: 'multi-account' } });
  const experimentTemplateId = (await fis.CreateExperimentTemplate(many)).experimentTemplate.id ?? '';
  const accountId = '210987654321';
  const roleArn = `arn:aws:iam::${accountId}:role/fis`;
  const create = (input: object) =>
    fis.CreateTargetAccountConfiguration({ experimentTemplateId, accountId, roleArn, ...input });
  for (const [input, message] of [
    [{ experimentTemplateId: single }, `Experiment template ${single} targets a single account.`],
    [{ accountId: 'twelve-signs' }, 'Invalid account ID: twelve-signs.'],
    [{ roleArn: ROLE }, `Invalid role ARN: ${ROLE}.`],
  ] as const) {
    const error = (await failure(create(input))) as FisError;
    assert.deepEqual([error.code, error.message], ['ValidationException', message]);
  }
  await create({ clientToken: 'once' });
  await create({ clientToken: 'once' });
  assert.equal(((await failure(create({}))) as FisError).code, 'ConflictException');
  const changed = await fis.UpdateTargetAccountConfiguration({ experimentTemplateId, accountId, description: 'e' });
  assert.deepEqual(changed.targetAccountConfiguration, { accountId, roleArn, description: 'e' });
  assert.deepEqual(await fis.ListTargetAccountConfigurations({ experimentTemplateId }), {
    targetAccountConfigurations: [changed.targetAccountConfiguration],
  });
  assert.deepEqual(await fis.DeleteTargetAccountConfiguration({ experimentTemplateId, accountId }), changed);
  const gone = (await failure(fis.GetTargetAccountConfiguration({ experimentTemplateId, accountId }))) as FisError;
  assert.equal(gone.message, `Target account configuration for account ${accountId} not found.`);
});
