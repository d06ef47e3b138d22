/**
 * Stack sets under crashes: instances in two accounts and two Regions are made, changed and removed, and the cloud is killed in the middle of operations.
 * Each operation comes to its end, and what is there is what was asked.
 */
import assert from 'node:assert/strict';
import type { Aws } from '#kernel/contract';
import { type Simulation, simulate } from '../support/simulation.ts';

const ACCOUNTS = ['123456789012', '210987654321'];
const REGIONS = ['us-east-1', 'eu-west-1'];
const ROUNDS = 10;
const StackSetName = 'fleet';
const TemplateBody = JSON.stringify({
  Parameters: { Delay: { Type: 'Number', Default: 0 } },
  Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: { Ref: 'Delay' } } } },
});
const trust = (Principal: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] });
const ALL = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });

async function role({ iam }: Aws, RoleName: string, principal: object): Promise<void> {
  await iam.CreateRole({ RoleName, AssumeRolePolicyDocument: trust(principal) });
  await iam.PutRolePolicy({ RoleName, PolicyName: 'all', PolicyDocument: ALL });
}

/** The delays of all queues that are there. */
async function found(simulation: Simulation): Promise<string[]> {
  const lines: string[] = [];
  for (const account of ACCOUNTS)
    for (const region of REGIONS) {
      const { sqs } = simulation.cloud.aws(account, region);
      for (const QueueUrl of (await sqs.ListQueues({})).QueueUrls ?? []) {
        const { Attributes } = await sqs.GetQueueAttributes({ QueueUrl, AttributeNames: ['DelaySeconds'] });
        lines.push(`${account} ${region} ${Attributes?.DelaySeconds}`);
      }
    }
  return lines.toSorted();
}

simulate('tests/sim/stack-sets.test.ts', 3, async (simulation) => {
  const [home = ''] = ACCOUNTS;
  const aws = () => simulation.cloud.aws(home, 'us-east-1');
  const slow = () => {
    if (simulation.cloud.kernel.faults.list().length > 0) return;
    for (const service of ['sqs', 'sts', 'cloudformation'])
      simulation.fault({ service, effect: { kind: 'latency', millis: 1_000 } });
  };
  await role(aws(), 'AWSCloudFormationStackSetAdministrationRole', { Service: 'cloudformation.amazonaws.com' });
  for (const account of ACCOUNTS)
    await role(simulation.cloud.aws(account, 'us-east-1'), 'AWSCloudFormationStackSetExecutionRole', { AWS: home });
  await aws().cloudformation.CreateStackSet({ StackSetName, TemplateBody });
  const wanted = new Map<string, string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const Accounts = simulation.chance(2) ? ACCOUNTS : [simulation.pick(ACCOUNTS)];
    const Regions = simulation.chance(2) ? REGIONS : [simulation.pick(REGIONS)];
    const preferences = { MaxConcurrentCount: 2, FailureToleranceCount: 1 };
    const targets = { StackSetName, Accounts, Regions, OperationPreferences: preferences };
    const keys = Accounts.flatMap((account) => Regions.map((region) => `${account} ${region}`));
    const value = String(simulation.random.below(9));
    const ParameterOverrides = [{ ParameterKey: 'Delay', ParameterValue: value }];
    let begun: { OperationId?: string | undefined };
    if (simulation.chance(4)) {
      begun = await aws().cloudformation.DeleteStackInstances({ ...targets, RetainStacks: false });
      for (const key of keys) wanted.delete(key);
    } else {
      begun = await aws().cloudformation.CreateStackInstances({ ...targets, ParameterOverrides });
      for (const key of keys) wanted.set(key, value);
    }
    simulation.note('asked', targets, value);
    await simulation.cloud.kernel.store.durable();
    slow();
    const { OperationId = '' } = begun;
    const statusOf = async () => {
      const asked = { StackSetName, OperationId };
      const { StackSetOperation } = await aws().cloudformation.DescribeStackSetOperation(asked);
      return StackSetOperation?.Status;
    };
    let status: string | undefined = 'RUNNING';
    for (let turns = 0; status === 'RUNNING'; turns += 1) {
      assert.ok(turns < 300, 'the operation comes to an end');
      await simulation.advance(500 + simulation.random.below(3_000));
      if (simulation.chance(3)) {
        await simulation.crash();
        slow();
      }
      simulation.mend();
      status = await statusOf();
      slow();
    }
    simulation.mend();
    assert.equal(status, 'SUCCEEDED');
    const expected = [...wanted].map(([key, delay]) => `${key} ${delay}`).toSorted();
    assert.deepEqual(await found(simulation), expected);
  }
});
