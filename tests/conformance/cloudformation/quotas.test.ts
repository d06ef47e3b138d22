/** How many stacks and stack sets there may be, and how much a template, its parameters and a policy may say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  CreateStackSetCommand,
  DeleteStackCommand,
  DescribeAccountLimitsCommand,
  SetStackPolicyCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { create, templateOf } from './stacks.ts';

const PLACE = { account: '123456789012', region: 'us-east-1' };
const TEMPLATE = templateOf({ Queue: { Type: 'AWS::SQS::Queue' } });
const quota = (code: string, name: string) => ({
  service: 'cloudformation',
  code,
  name,
  value: 0,
  adjustable: true,
  global: false,
});

async function refusal(promise: Promise<unknown>): Promise<string> {
  const { name, message } = await failure(promise);
  return `${name}: ${message}`;
}

test('stacks and stack sets are not without number', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const { quotas } = cloud.server.cloud.kernel;
  quotas.grant(PLACE, quota('L-0485CB21', 'Stack count'), 2);
  const { AccountLimits } = await formation.send(new DescribeAccountLimitsCommand({}));
  assert.equal(AccountLimits?.find(({ Name }) => Name === 'StackLimit')?.Value, 2);
  for (const name of ['a', 'b']) await create(cloud, name, TEMPLATE);
  const full = 'LimitExceededException: Limit for stack has been exceeded';
  const make = (StackName: string) => formation.send(new CreateStackCommand({ StackName, TemplateBody: TEMPLATE }));
  assert.equal(await refusal(make('c')), full);
  const change = { StackName: 'c', ChangeSetName: 'c', ChangeSetType: 'CREATE', TemplateBody: TEMPLATE } as const;
  assert.equal(await refusal(formation.send(new CreateChangeSetCommand(change))), full);
  await formation.send(new DeleteStackCommand({ StackName: 'a' }));
  await cloud.server.cloud.settle();
  await make('c');
  quotas.grant(PLACE, quota('L-EC62D81A', 'Stack sets per administrator account'), 1);
  const set = (StackSetName: string) =>
    formation.send(new CreateStackSetCommand({ StackSetName, TemplateBody: TEMPLATE }));
  await set('one');
  assert.equal((await failure(set('two'))).name, 'LimitExceededException');
});

test('names, mappings, values of parameters and policies are as long as may be', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const check = (more: object) => {
    const TemplateBody = JSON.stringify({ ...JSON.parse(TEMPLATE), ...more });
    return formation.send(new ValidateTemplateCommand({ TemplateBody }));
  };
  const attributes = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, { b: 'c' }]));
  await check({ Mappings: { M: attributes(200) } });
  assert.match(await refusal(check({ Mappings: { M: attributes(201) } })), /^ValidationError: Template format error/);
  const long = 'x'.repeat(256);
  for (const more of [{ Parameters: { [long]: { Type: 'String' } } }, { Outputs: { [long]: { Value: 'v' } } }])
    assert.match(await refusal(check(more)), /^ValidationError: Template format error/);
  const withValue = (length: number) =>
    formation.send(
      new CreateStackCommand({
        StackName: 's',
        TemplateBody: JSON.stringify({ ...JSON.parse(TEMPLATE), Parameters: { P: { Type: 'String' } } }),
        Parameters: [{ ParameterKey: 'P', ParameterValue: 'x'.repeat(length) }],
      }),
    );
  assert.equal((await failure(withValue(4_097))).name, 'ValidationError');
  await withValue(4_096);
  const policy = (StackPolicyBody: string) =>
    formation.send(new SetStackPolicyCommand({ StackName: 's', StackPolicyBody }));
  for (const body of ['{}', '{"Statement":[]}'])
    assert.match(await refusal(policy(body)), /^ValidationError: Error validating stack policy: /);
});
