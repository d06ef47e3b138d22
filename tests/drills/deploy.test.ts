/**
 * A stack of thirty resources, made, changed and removed, and the cloud killed by SIGKILL in the middle of each, at moments drawn from a seed:
 * afterwards the stack is as it was asked to be, and nothing is left over. `DEPLOY_ROUNDS` (2) says how often, `DEPLOY_SEED` repeats the draws.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { freshSeed, Random } from '#kernel/random';
import { type RunningBinary, sandbox } from '../support/binary.ts';

const ROUNDS = Number(process.env.DEPLOY_ROUNDS ?? 2);
const SEED = process.env.DEPLOY_SEED ?? freshSeed();
const OF_A_KIND = 6;

/** Queues that wait for each other, tables, topics, roles and policies: thirty in all. */
function template(delay: number, name: string): string {
  const Resources: { [logicalId: string]: object } = {};
  for (let n = 0; n < OF_A_KIND; n += 1) {
    Resources[`Queue${n}`] = {
      Type: 'AWS::SQS::Queue',
      ...(n > 0 && { DependsOn: `Queue${n - 1}` }),
      Properties: { DelaySeconds: delay + n },
    };
    Resources[`Table${n}`] = {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        // Another name is another table.
        TableName: { 'Fn::Sub': `\${AWS::StackName}-${name}-${n}` },
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      },
    };
    Resources[`Topic${n}`] = { Type: 'AWS::SNS::Topic', Properties: { DisplayName: `${name}${n}` } };
    Resources[`Role${n}`] = {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
      },
    };
    Resources[`Policy${n}`] = {
      Type: 'AWS::IAM::RolePolicy',
      Properties: {
        RoleName: { Ref: `Role${n}` },
        PolicyName: 'own',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: { 'Fn::GetAtt': [`Queue${n}`, 'Arn'] } }],
        },
      },
    };
  }
  return JSON.stringify({ Resources });
}

type Client<T> = new (config: object) => T;

function clientOf<T>({ url }: RunningBinary, Class: Client<T>): T {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new Class({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 });
}

/** What is really there, beside what CloudFormation says. */
async function things(cloud: RunningBinary) {
  const { QueueUrls = [] } = await clientOf(cloud, SQSClient).send(new ListQueuesCommand({}));
  const { TableNames = [] } = await clientOf(cloud, DynamoDBClient).send(new ListTablesCommand({}));
  const { Topics = [] } = await clientOf(cloud, SNSClient).send(new ListTopicsCommand({}));
  const { Roles = [] } = await clientOf(cloud, IAMClient).send(new ListRolesCommand({}));
  return [...QueueUrls, ...TableNames, ...Topics.map(({ TopicArn }) => TopicArn), ...Roles.map((one) => one.RoleName)];
}

/** The stack's status once nothing moves; undefined where it is gone. */
async function settledStatus(cloud: RunningBinary, StackName: string): Promise<string | undefined> {
  const formation = clientOf(cloud, CloudFormationClient);
  for (;;) {
    const found = await formation.send(new DescribeStacksCommand({ StackName })).catch(() => undefined);
    const status = found?.Stacks?.[0]?.StackStatus;
    if (status?.endsWith('_IN_PROGRESS') !== true) return status;
  }
}

test(`deployments killed ${ROUNDS} times each, seed ${SEED}`, { timeout: 300_000 }, async (t) => {
  await using box = sandbox();
  const random = new Random(SEED).stream('deploy');
  let cloud = await box.start();
  let interrupted = 0;
  /** Asks for something, and kills the cloud once so many resources have been touched; then it goes on by itself. */
  const killed = async (ask: (formation: CloudFormationClient) => Promise<unknown>, StackName: string) => {
    const formation = clientOf(cloud, CloudFormationClient);
    await ask(formation);
    const looks = random.below(12);
    for (let look = 0; look < looks; look += 1)
      await formation.send(new DescribeStackResourcesCommand({ StackName })).catch(() => undefined);
    await cloud.end('SIGKILL');
    cloud = await box.start();
    const found = await clientOf(cloud, CloudFormationClient)
      .send(new DescribeStacksCommand({ StackName }))
      .catch(() => undefined);
    if (found?.Stacks?.[0]?.StackStatus?.endsWith('_IN_PROGRESS') === true) interrupted += 1;
    return settledStatus(cloud, StackName);
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    const StackName = `round${round}`;
    const Capabilities = ['CAPABILITY_IAM' as const];
    const make = (TemplateBody: string) =>
      killed(
        (formation) => formation.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities })),
        StackName,
      );
    const change = (TemplateBody: string) =>
      killed(
        (formation) => formation.send(new UpdateStackCommand({ StackName, TemplateBody, Capabilities })),
        StackName,
      );
    assert.equal(await make(template(1, 'a')), 'CREATE_COMPLETE');
    assert.equal((await things(cloud)).length, 4 * OF_A_KIND, 'nothing was made twice');
    assert.equal(await change(template(2, 'b')), 'UPDATE_COMPLETE');
    assert.equal((await things(cloud)).length, 4 * OF_A_KIND, 'what was replaced is gone');
    const gone = await killed((formation) => formation.send(new DeleteStackCommand({ StackName })), StackName);
    assert.equal(gone, undefined);
    assert.deepEqual(await things(cloud), [], 'nothing is left');
  }
  t.diagnostic(`${interrupted} of ${ROUNDS * 3} deployments were killed in their middle`);
});
