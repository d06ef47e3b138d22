/** Experiments: their way from start to end, in what order actions run, what stops them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, fisClient } from './client.ts';
import { application, begin, fisRole, MINUTE, ROLE, stateOf, template, WAIT } from './world.ts';

test('an experiment runs its actions one after the other, on the cloud’s clock', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const { experimentTemplate } = await fis.CreateExperimentTemplate(
    template({
      actions: {
        first: WAIT,
        next: { ...WAIT, startAfter: ['first'] },
        beside: { ...WAIT, parameters: { duration: 'PT90S' } },
      },
    }),
  );
  const { experiment } = await fis.StartExperiment({
    experimentTemplateId: experimentTemplate.id ?? '',
    tags: { a: 'b' },
  });
  assert.match(experiment.id ?? '', /^EXP[A-Za-z0-9]{15}$/);
  assert.deepEqual(experiment.state, { status: 'initiating', reason: 'Experiment is initiating.' });
  assert.deepEqual(experiment.actions?.first?.state, { status: 'pending', reason: 'Initial state' });
  const id = experiment.id ?? '';
  await cloud.advance(0);
  assert.equal(await stateOf(fis, id), 'running first=running next=pending beside=running');
  await cloud.advance(MINUTE);
  assert.equal(await stateOf(fis, id), 'running first=completed next=running beside=running');
  await cloud.advance(MINUTE);
  const { experiment: ended } = await fis.GetExperiment({ id });
  assert.deepEqual(ended, {
    ...experiment,
    state: { status: 'completed', reason: 'Experiment completed.' },
    actions: {
      first: {
        ...WAIT,
        state: { status: 'completed', reason: 'Action was completed.' },
        startTime: START,
        endTime: START + MINUTE,
      },
      next: {
        ...WAIT,
        startAfter: ['first'],
        state: { status: 'completed', reason: 'Action was completed.' },
        startTime: START + MINUTE,
        endTime: START + 2 * MINUTE,
      },
      beside: {
        ...WAIT,
        parameters: { duration: 'PT90S' },
        state: { status: 'completed', reason: 'Action was completed.' },
        startTime: START,
        endTime: START + 90_000,
      },
    },
    endTime: START + 2 * MINUTE,
  });
});

test('calls of a role are struck while an action runs, and no others', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const { arn, credentials } = await application(cloud);
  const own = cloud.client(SQSClient);
  const app = cloud.client(SQSClient, { credentials });
  const list = (client: SQSClient) => client.send(new ListQueuesCommand({}));
  for (const [kind, name, status] of [
    ['throttle', 'ThrottlingException', 400],
    ['internal', 'InternalServerError', 500],
    ['unavailable', 'ServiceUnavailable', 503],
  ] as const) {
    const parameters = { service: 'sqs', operations: 'ListQueues,SendMessage', percentage: '100', duration: 'PT1M' };
    const { id } = await begin(cloud, fis, {
      targets: { roles: { resourceType: 'aws:iam:role', resourceArns: [arn], selectionMode: 'ALL' } },
      actions: { strike: { actionId: `aws:fis:inject-api-${kind}-error`, parameters, targets: { Roles: 'roles' } } },
    });
    assert.equal(await stateOf(fis, id), 'running strike=running');
    const refused = await failure(list(app));
    assert.equal(refused.name, name);
    assert.equal(refused.$metadata?.httpStatusCode, status);
    await list(own);
    await cloud.advance(MINUTE);
    await list(app);
    assert.equal(await stateOf(fis, id), 'completed strike=completed');
  }
});

test('stopped by hand, its faults are lifted at once', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const { arn, credentials } = await application(cloud);
  const app = cloud.client(SQSClient, { credentials });
  const parameters = { service: 'sqs', operations: 'ListQueues', percentage: '100', duration: 'PT1H' };
  const { id } = await begin(cloud, fis, {
    targets: { roles: { resourceType: 'aws:iam:role', resourceArns: [arn], selectionMode: 'ALL' } },
    actions: {
      strike: { actionId: 'aws:fis:inject-api-internal-error', parameters, targets: { Roles: 'roles' } },
      after: { ...WAIT, startAfter: ['strike'] },
    },
  });
  await failure(app.send(new ListQueuesCommand({})));
  const { experiment } = await fis.StopExperiment({ id });
  assert.deepEqual(experiment.state, { status: 'stopping', reason: 'Stopping Experiment.' });
  const { strike, after } = experiment.actions ?? {};
  assert.deepEqual([strike?.state?.status, after?.state?.status], ['running', 'pending']);
  await app.send(new ListQueuesCommand({}));
  await cloud.advance(0);
  assert.equal(await stateOf(fis, id), 'stopped strike=stopped after=cancelled');
  const again = await failure(fis.StopExperiment({ id }));
  assert.deepEqual([again.name, again.message], ['ValidationException', `Experiment ${id} has ended: it is stopped.`]);
});

test('an alarm that goes off stops it; one that is off already keeps it from running', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const cloudwatch = cloud.client(CloudWatchClient);
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'errors',
      Namespace: 'Shop',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  const value = `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:errors`;
  const stopConditions = [{ source: 'aws:cloudwatch:alarm', value }];
  const set = (StateValue: 'OK' | 'ALARM') =>
    cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'errors', StateValue, StateReason: 'test' }));
  const { id } = await begin(cloud, fis, { stopConditions });
  assert.equal(await stateOf(fis, id), 'running wait=running');
  await set('ALARM');
  await cloud.advance(0);
  const { experiment } = await fis.GetExperiment({ id });
  assert.deepEqual(experiment.state, { status: 'stopped', reason: 'Experiment halted by stop condition.' });
  assert.equal(experiment.actions?.wait?.state?.status, 'stopped');
  const late = await begin(cloud, fis, { stopConditions });
  assert.deepEqual(late.state, { status: 'stopped', reason: 'Experiment halted by stop condition.' });
  assert.equal(late.actions?.wait?.state?.status, 'cancelled');
  const none = await begin(cloud, fis, {
    stopConditions: [{ source: 'aws:cloudwatch:alarm', value: `${value}-gone` }],
  });
  assert.deepEqual(none.state, {
    status: 'failed',
    reason: `Stop condition alarm ${value}-gone does not exist.`,
    error: { code: 'ConfigurationFailure', location: 'stopConditions', accountId: ACCOUNT },
  });
});

test('the safety lever stops what runs, and cancels what is started', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const arn = `arn:aws:fis:us-east-1:${ACCOUNT}:safety-lever/default`;
  assert.deepEqual(await fis.GetSafetyLever({ id: 'default' }), {
    safetyLever: { id: 'default', arn, state: { status: 'disengaged' } },
  });
  const { id } = await begin(cloud, fis, {});
  const engaging = await fis.UpdateSafetyLeverState({ id: 'default', state: { status: 'engaged', reason: 'launch' } });
  assert.equal(engaging.safetyLever.state?.status, 'engaging');
  await cloud.advance(0);
  assert.deepEqual((await fis.GetSafetyLever({ id: 'default' })).safetyLever.state, {
    status: 'engaged',
    reason: 'launch',
  });
  assert.equal(await stateOf(fis, id), 'stopped wait=stopped');
  const { experiment: ended } = await fis.GetExperiment({ id });
  assert.equal(ended.state?.reason, 'Experiment stopped: the safety lever is engaged.');
  const { id: late } = await begin(cloud, fis, {});
  assert.equal(await stateOf(fis, late), 'cancelled wait=cancelled');
  const again = await failure(fis.UpdateSafetyLeverState({ id: 'default', state: { status: 'engaged', reason: 'x' } }));
  assert.equal(again.name, 'ConflictException');
  assert.match(again.message, /without a status change/);
  await fis.UpdateSafetyLeverState({ id: 'default', state: { status: 'disengaged', reason: 'done' } });
  const { id: free } = await begin(cloud, fis, {});
  assert.equal(await stateOf(fis, free), 'running wait=running');
  const other = await failure(fis.GetSafetyLever({ id: 'other' }));
  assert.deepEqual([other.name, other.message], ['ResourceNotFoundException', 'Safety lever other not found.']);
});

test('a token again is the same experiment, in another request a conflict; five run at a time', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const { experimentTemplate } = await fis.CreateExperimentTemplate({ ...template(), clientToken: 't' });
  const experimentTemplateId = experimentTemplate.id ?? '';
  const [same] = await Promise.all([1, 2].map(() => fis.CreateExperimentTemplate({ ...template(), clientToken: 't' })));
  assert.equal((await fis.ListExperimentTemplates({})).experimentTemplates.length, 1);
  assert.equal(same?.experimentTemplate.id, experimentTemplateId);
  const start = (clientToken: string, tags?: Record<string, string>) =>
    fis.StartExperiment({ clientToken, experimentTemplateId, ...(tags !== undefined && { tags }) });
  const { experiment } = await start('one');
  await cloud.advance(0);
  assert.equal((await start('one')).experiment.id, experiment.id);
  // Go writes the members of maps in any order.
  const { experiment: tagged } = await start('two', { a: '1', b: '2' });
  assert.equal((await start('two', { b: '2', a: '1' })).experiment.id, tagged.id);
  const other = await failure(start('one', { a: 'b' }));
  assert.deepEqual(
    [other.name, other.message],
    ['ConflictException', 'The client token was used before, in a request with different parameters.'],
  );
  for (const token of ['three', 'four', 'five']) await start(token);
  const many = (await failure(start('six'))) as Error & { status?: number };
  assert.deepEqual([many.name, many.status], ['ServiceQuotaExceededException', 402]);
  await cloud.advance(MINUTE);
  await start('six');
  const all = await fis.ListExperiments({ experimentTemplateId });
  assert.equal(all.experiments.length, 6);
  const first = await fis.ListExperiments({ maxResults: 4 });
  const rest = await fis.ListExperiments({ maxResults: 4, nextToken: first.nextToken });
  assert.deepEqual(
    [...first.experiments, ...rest.experiments].map(({ id }) => id),
    all.experiments.map(({ id }) => id),
  );
  assert.equal(rest.nextToken, undefined);
  await cloud.advance(121 * 24 * 60 * MINUTE);
  assert.deepEqual((await fis.ListExperiments({})).experiments, []);
});

test('a role that FIS may not assume, or that lacks a permission, fails it', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  const missing = await begin(cloud, fis, {});
  assert.equal(missing.state?.status, 'failed');
  assert.deepEqual(missing.state?.error, { code: 'AuthorizationFailure', location: 'roleArn', accountId: ACCOUNT });
  assert.match(
    missing.state?.reason ?? '',
    /^Unable to assume role: .*sts:AssumeRole.* arn:aws:iam::123456789012:role\/fis/,
  );
  await fisRole(cloud, ['sqs:*']);
  const { arn } = await application(cloud);
  const parameters = { service: 'sqs', operations: 'ListQueues', percentage: '100', duration: 'PT1H' };
  const denied = await begin(cloud, fis, {
    targets: { roles: { resourceType: 'aws:iam:role', resourceArns: [arn], selectionMode: 'ALL' } },
    actions: {
      beside: WAIT,
      strike: { actionId: 'aws:fis:inject-api-internal-error', parameters, targets: { Roles: 'roles' } },
    },
  });
  assert.equal(await stateOf(fis, denied.id), 'failed beside=cancelled strike=failed');
  assert.deepEqual(denied.state?.error, {
    code: 'AuthorizationFailure',
    location: 'actions.strike',
    accountId: ACCOUNT,
  });
  assert.match(
    denied.state?.reason ?? '',
    new RegExp(
      `assumed-role/fis/${denied.id} is not authorized to perform: fis:InjectApiInternalError on resource: ${denied.arn}`,
    ),
  );
  assert.equal(denied.roleArn, ROLE);
});
