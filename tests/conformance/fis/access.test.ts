/** Who may do what: templates, the actions in them, the role that is passed on; and what the experiment's role needs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, type FisError, fisClient } from './client.ts';
import { application, begin, fisRole, makeRole, ROLE, stateOf, template, WAIT } from './world.ts';

/** A client of a user who is allowed what the statements say. */
async function user(cloud: TestCloud, name: string, ...Statement: object[]) {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: name }));
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  return fisClient(cloud, {
    keys: { accessKeyId: AccessKey?.AccessKeyId ?? '', secret: AccessKey?.SecretAccessKey ?? '' },
  });
}

const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition !== undefined && { Condition }),
});
const denied = async (call: Promise<unknown>) => {
  const error = (await failure(call)) as FisError;
  assert.deepEqual([error.code, error.status], ['AccessDeniedException', 403], error.message);
  return / perform: (\S+) on resource: (\S+)/.exec(error.message)?.slice(1).join(' ');
};

test('a template needs its actions, its tags and its role to be allowed', async () => {
  await using cloud = await startTestCloud();
  await fisRole(cloud);
  const arn = (rest: string) => `arn:aws:fis:us-east-1:${ACCOUNT}:${rest}`;
  const create = allow('fis:CreateExperimentTemplate', [arn('experiment-template/*'), arn('action/aws:fis:wait')]);
  const pass = allow('iam:PassRole', ROLE, { StringEquals: { 'iam:PassedToService': 'fis.amazonaws.com' } });
  const ann = await user(cloud, 'ann', create, pass);
  await ann.CreateExperimentTemplate(template());
  const stop = { actionId: 'cloudyard:region:dark', parameters: { region: 'eu-west-1', duration: 'PT1M' } };
  assert.equal(
    await denied(ann.CreateExperimentTemplate(template({ actions: { wait: WAIT, stop } }))),
    `fis:CreateExperimentTemplate ${arn('action/cloudyard:region:dark')}`,
  );
  assert.equal(
    await denied(ann.CreateExperimentTemplate(template({ tags: { a: 'b' } }))),
    `fis:TagResource ${arn('experiment-template/*')}`,
  );
  const bob = await user(cloud, 'bob', create);
  assert.equal(await denied(bob.CreateExperimentTemplate(template())), `iam:PassRole ${ROLE}`);
});

test('who may start experiments of templates with a tag', async () => {
  await using cloud = await startTestCloud();
  await fisRole(cloud);
  const root = fisClient(cloud);
  const tagged =
    (await root.CreateExperimentTemplate(template({ tags: { Purpose: 'Test' } }))).experimentTemplate.id ?? '';
  const other = (await root.CreateExperimentTemplate(template())).experimentTemplate.id ?? '';
  const condition = { StringEquals: { 'aws:ResourceTag/Purpose': 'Test' } };
  const ann = await user(
    cloud,
    'ann',
    allow('fis:StartExperiment', 'arn:aws:fis:*:*:*', condition),
    allow('fis:GetExperiment', '*'),
  );
  const { experiment } = await ann.StartExperiment({ experimentTemplateId: tagged });
  await ann.GetExperiment({ id: experiment.id ?? '' });
  const why = await denied(ann.StartExperiment({ experimentTemplateId: other }));
  assert.equal(why, `fis:StartExperiment arn:aws:fis:us-east-1:${ACCOUNT}:experiment-template/${other}`);
  assert.equal(
    await denied(ann.StopExperiment({ id: experiment.id ?? '' })),
    `fis:StopExperiment arn:aws:fis:us-east-1:${ACCOUNT}:experiment/${experiment.id}`,
  );
  const bob = await user(cloud, 'bob', allow('fis:ListActions', 'arn:aws:fis:*:*:action/*'));
  await bob.ListActions({});
  assert.equal(
    await denied(bob.GetSafetyLever({ id: 'default' })),
    `fis:GetSafetyLever arn:aws:fis:us-east-1:${ACCOUNT}:safety-lever/default`,
  );
});

test('the experiment’s role is held to the service, operations, share and targets that its policy names', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  const { arn } = await application(cloud);
  const { arn: other } = await application(cloud, 'other');
  const conditions: [string, object, boolean][] = [
    ['service', { StringEquals: { 'fis:Service': 'sqs' } }, true],
    ['another-service', { StringEquals: { 'fis:Service': 'sns' } }, false],
    ['operations', { 'ForAllValues:StringEquals': { 'fis:Operations': ['ListQueues', 'SendMessage'] } }, true],
    ['other-operations', { 'ForAllValues:StringEquals': { 'fis:Operations': ['SendMessage'] } }, false],
    ['share', { NumericLessThanEquals: { 'fis:Percentage': '50' } }, true],
    ['smaller-share', { NumericLessThanEquals: { 'fis:Percentage': '20' } }, false],
    ['targets', { 'ForAllValues:ArnEquals': { 'fis:Targets': [arn] } }, true],
    ['other-targets', { 'ForAllValues:ArnEquals': { 'fis:Targets': [other] } }, false],
  ];
  for (const [name, Condition, isAllowed] of conditions) {
    const roleArn = await makeRole(cloud, name, { Service: 'fis.amazonaws.com' }, []);
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [allow('fis:InjectApiThrottleError', 'arn:*:fis:*:*:experiment/*', Condition)],
    });
    await cloud.client(IAMClient).send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'p', PolicyDocument }));
    const { id } = await begin(cloud, fis, {
      roleArn,
      targets: { roles: { resourceType: 'aws:iam:role', resourceArns: [arn], selectionMode: 'ALL' } },
      actions: {
        strike: {
          actionId: 'aws:fis:inject-api-throttle-error',
          parameters: { service: 'sqs', operations: 'ListQueues', percentage: '40', duration: 'PT1M' },
          targets: { Roles: 'roles' },
        },
      },
    });
    assert.equal(await stateOf(fis, id), isAllowed ? 'running strike=running' : 'failed strike=failed', name);
    if (isAllowed) await fis.StopExperiment({ id });
    await cloud.advance(0);
  }
});
