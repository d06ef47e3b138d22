/** Targets: found by ARN, tags and filters, in one account or several; chosen; previewed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateBucketCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { CreateExperimentTemplateTargetInput } from '#models/fis';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, type FisClient, fisClient } from './client.ts';
import { application, begin, fisRole, makeRole, ROLE, stateOf, template, WAIT } from './world.ts';

const OTHER = '210987654321';
const STRIKE = {
  actionId: 'aws:fis:inject-api-throttle-error',
  parameters: { service: 'sqs', operations: 'ListQueues', percentage: '100', duration: 'PT1M' },
  targets: { Roles: 'roles' },
};
const roles = (more: Partial<CreateExperimentTemplateTargetInput>) => ({
  roles: { resourceType: 'aws:iam:role', selectionMode: 'ALL', ...more },
});
const namesOf = async (fis: FisClient, experimentId: string) =>
  (await fis.ListExperimentResolvedTargets({ experimentId })).resolvedTargets.map(
    ({ targetInformation }) => targetInformation?.arn?.split('/').at(-1) ?? '',
  );

test('by tags, all of which must be there, and by filters', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const trust = { AWS: ACCOUNT };
  await makeRole(cloud, 'blue', trust, [], { app: 'shop', env: 'prod' });
  await makeRole(cloud, 'green', trust, [], { app: 'shop', env: 'test' });
  await makeRole(cloud, 'grey', trust, [], { app: 'shop', env: '' });
  const found = async (target: Partial<CreateExperimentTemplateTargetInput>) => {
    const { id } = await begin(
      cloud,
      fis,
      { targets: roles(target), actions: { strike: STRIKE } },
      { actionsMode: 'skip-all' },
    );
    return namesOf(fis, id);
  };
  assert.deepEqual(await found({ resourceTags: { app: 'shop' } }), ['blue', 'green', 'grey']);
  assert.deepEqual(await found({ resourceTags: { app: 'shop', env: 'prod' } }), ['blue']);
  assert.deepEqual(await found({ resourceTags: { env: '' } }), ['grey'], 'an empty value is no wildcard');
  const byName = (...values: string[]) => [{ path: 'RoleName', values }];
  assert.deepEqual(await found({ resourceTags: { app: 'shop' }, filters: byName('green', 'fis') }), ['green']);
  assert.deepEqual(await found({ filters: byName('green', 'fis') }), ['fis', 'green']);
  for (const [mode, count] of [
    ['COUNT(2)', 2],
    ['COUNT(9)', 3],
    ['PERCENT(70)', 2],
    ['PERCENT(34)', 1],
  ] as const)
    assert.equal((await found({ resourceTags: { app: 'shop' }, selectionMode: mode })).length, count, mode);
});

test('a preview resolves targets and does nothing', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud, ['tag:GetResources']);
  const { credentials } = await application(cloud, 'app', { app: 'shop' });
  const targets = roles({ resourceTags: { app: 'shop' } });
  const { id, experimentOptions } = await begin(
    cloud,
    fis,
    { targets, actions: { strike: STRIKE, wait: WAIT } },
    { actionsMode: 'skip-all' },
  );
  assert.equal(experimentOptions?.actionsMode, 'skip-all');
  assert.equal(await stateOf(fis, id), 'completed strike=skipped wait=skipped');
  assert.deepEqual(await fis.ListExperimentResolvedTargets({ experimentId: id, targetName: 'roles' }), {
    resolvedTargets: [
      {
        resourceType: 'aws:iam:role',
        targetName: 'roles',
        targetInformation: { arn: `arn:aws:iam::${ACCOUNT}:role/app` },
      },
    ],
  });
  await cloud.client(SQSClient, { credentials }).send(new ListQueuesCommand({}));
});

test('nothing found: the experiment fails, or goes on without the action', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const error = { code: 'InvalidTarget', location: 'targets.roles', accountId: ACCOUNT };
  const run = (target: Partial<CreateExperimentTemplateTargetInput>, emptyTargetResolutionMode: 'fail' | 'skip') =>
    begin(cloud, fis, {
      targets: roles(target),
      actions: { strike: STRIKE, after: { ...WAIT, startAfter: ['strike'] } },
      experimentOptions: { emptyTargetResolutionMode },
    });
  const failed = await run({ resourceTags: { a: 'b' } }, 'fail');
  assert.deepEqual(failed.state, { status: 'failed', reason: 'Target resolution returned empty set.', error });
  const skipped = await run({ resourceTags: { a: 'b' } }, 'skip');
  assert.equal(await stateOf(fis, skipped.id), 'running strike=skipped after=running');
  const arn = `arn:aws:iam::${ACCOUNT}:role/none`;
  const named = await run({ resourceArns: [arn] }, 'skip');
  assert.deepEqual(named.state, { status: 'failed', reason: `Target roles was not found: ${arn}.`, error });
  const few = await run({ resourceArns: [ROLE], selectionMode: 'PERCENT(50)' }, 'skip');
  assert.deepEqual(few.state, { status: 'failed', reason: 'Target resolution returned empty set.', error });
});

test('targets by tags need tag:GetResources', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud, ['fis:*']);
  const denied = await begin(cloud, fis, { targets: roles({ resourceTags: { a: 'b' } }), actions: { strike: STRIKE } });
  assert.equal(denied.state?.error?.code, 'AuthorizationFailure');
  assert.match(
    denied.state?.reason ?? '',
    /^Unable to resolve target roles: .* not authorized to perform: tag:GetResources/,
  );
});

test('the resources of several accounts, each with a role of its own', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  const own = await fisRole(cloud);
  const there = { credentials: { accessKeyId: OTHER, secretAccessKey: 'x' } };
  const roleArn = await makeRole(cloud, 'fis-there', { AWS: own }, ['fis:*', 'tag:*'], {}, there);
  const appArn = await makeRole(cloud, 'app', { AWS: OTHER }, ['*'], { app: 'shop' }, there);
  const { Credentials } = await cloud
    .client(STSClient, there)
    .send(new AssumeRoleCommand({ RoleArn: appArn, RoleSessionName: 'app' }));
  const app = cloud.client(SQSClient, {
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  });
  const { experimentTemplate } = await fis.CreateExperimentTemplate(
    template({
      targets: roles({ resourceTags: { app: 'shop' } }),
      actions: { strike: STRIKE },
      experimentOptions: { accountTargeting: 'multi-account' },
    }),
  );
  const experimentTemplateId = experimentTemplate.id ?? '';
  const none = await failure(fis.StartExperiment({ experimentTemplateId }));
  assert.equal(none.message, `Experiment template ${experimentTemplateId} has no target account configurations.`);
  const made = await fis.CreateTargetAccountConfiguration({
    experimentTemplateId,
    accountId: OTHER,
    roleArn,
    description: 'd',
  });
  assert.deepEqual(made, { targetAccountConfiguration: { accountId: OTHER, roleArn, description: 'd' } });
  const { experiment } = await fis.StartExperiment({ experimentTemplateId });
  const id = experiment.id ?? '';
  await cloud.advance(0);
  assert.equal(await stateOf(fis, id), 'running strike=running');
  assert.equal((await fis.GetExperiment({ id })).experiment.targetAccountConfigurationsCount, 1);
  assert.deepEqual(await fis.GetExperimentTargetAccountConfiguration({ experimentId: id, accountId: OTHER }), made);
  const { targetAccountConfigurations } = await fis.ListExperimentTargetAccountConfigurations({ experimentId: id });
  assert.deepEqual(targetAccountConfigurations, [made.targetAccountConfiguration]);
  assert.equal((await failure(app.send(new ListQueuesCommand({})))).name, 'ThrottlingException');
  await app.send(new CreateQueueCommand({ QueueName: 'q' }));
});

test('an action has only so many targets', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const Tagging = { TagSet: [{ Key: 'app', Value: 'shop' }] };
  for (let at = 0; at < 26; at++) {
    await s3.send(new CreateBucketCommand({ Bucket: `of-the-shop-${at}` }));
    await s3.send(new PutBucketTaggingCommand({ Bucket: `of-the-shop-${at}`, Tagging }));
  }
  const pause = {
    actionId: 'aws:s3:bucket-pause-replication',
    parameters: { duration: 'PT1M', region: 'eu-west-1' },
    targets: { Buckets: 'buckets' },
  };
  const pausing = (selectionMode: string) => {
    const buckets = { resourceType: 'aws:s3:bucket', selectionMode, resourceTags: { app: 'shop' } };
    return begin(cloud, fis, { targets: { buckets }, actions: { pause } });
  };
  const { state } = await pausing('ALL');
  assert.deepEqual([state?.status, state?.error?.code], ['failed', 'QuotaExceededFailure']);
  const { id } = await pausing('COUNT(25)');
  assert.equal(await stateOf(fis, id), 'running pause=running');
});
