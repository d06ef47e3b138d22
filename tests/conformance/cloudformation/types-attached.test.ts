/** Types that hang on something else: policies within, rotations, certificates, destinations; global tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  DescribeAccountPoliciesCommand,
  DescribeDestinationsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetGroupPolicyCommand,
  GetServerCertificateCommand,
  IAMClient,
  UpdateServerCertificateCommand,
} from '@aws-sdk/client-iam';
import { DescribeSecretCommand, GetResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { foreignCertificate } from '../../support/certificates.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { drifted } from '../api-gateway/world.ts';
import { create, outputs, physicalIds, remove, templateOf, update } from './stacks.ts';

const ref = (Ref: string) => ({ Ref });
const att = (...names: [string, string]) => ({ 'Fn::GetAtt': names });
const allow = (Action: string, more: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, ...more }],
});
const role = (service: string, action: string) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: allow('sts:AssumeRole', { Principal: { Service: service } }),
    Policies: [{ PolicyName: 'own', PolicyDocument: allow(action, { Resource: '*' }) }],
  },
});

test('policies of a topic, a queue, a secret and a group, each a resource of its own', async () => {
  await using cloud = await startTestCloud();
  const template = (who: string) => {
    const open = (Action: string) => allow(Action, { Principal: { AWS: who }, Resource: '*' });
    return templateOf({
      Topic: { Type: 'AWS::SNS::Topic' },
      TopicPolicy: {
        Type: 'AWS::SNS::TopicInlinePolicy',
        Properties: { TopicArn: ref('Topic'), PolicyDocument: open('sns:Publish') },
      },
      Queue: { Type: 'AWS::SQS::Queue' },
      QueuePolicy: {
        Type: 'AWS::SQS::QueueInlinePolicy',
        Properties: { Queue: ref('Queue'), PolicyDocument: open('sqs:SendMessage') },
      },
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'hush' } },
      SecretPolicy: {
        Type: 'AWS::SecretsManager::ResourcePolicy',
        Properties: { SecretId: ref('Secret'), ResourcePolicy: open('secretsmanager:GetSecretValue') },
      },
      Group: { Type: 'AWS::IAM::Group' },
      GroupPolicy: {
        Type: 'AWS::IAM::GroupPolicy',
        Properties: {
          GroupName: ref('Group'),
          PolicyName: 'own',
          PolicyDocument: allow('s3:GetObject', { Resource: `arn:aws:s3:::${who}/*` }),
        },
      },
    });
  };
  const ann = '123456789012';
  const ben = '210987654321';
  await create(cloud, 'own', template(ann));
  const ids = await physicalIds(cloud, 'own');
  const texts = async () => {
    const topic = await cloud.client(SNSClient).send(new GetTopicAttributesCommand({ TopicArn: ids.Topic }));
    const queue = await cloud
      .client(SQSClient)
      .send(new GetQueueAttributesCommand({ QueueUrl: ids.Queue, AttributeNames: ['Policy'] }));
    const secret = await cloud
      .client(SecretsManagerClient)
      .send(new GetResourcePolicyCommand({ SecretId: ids.Secret }));
    const group = await cloud
      .client(IAMClient)
      .send(new GetGroupPolicyCommand({ GroupName: ids.Group, PolicyName: 'own' }));
    return [
      topic.Attributes?.Policy,
      queue.Attributes?.Policy,
      secret.ResourcePolicy,
      decodeURIComponent(group.PolicyDocument ?? ''),
    ];
  };
  for (const text of await texts()) assert.ok(text?.includes(ann), String(text));
  assert.deepEqual(await drifted(cloud, 'own'), []);
  await update(cloud, 'own', template(ben));
  for (const text of await texts()) assert.ok(text?.includes(ben), String(text));
  assert.deepEqual(await physicalIds(cloud, 'own'), ids);
  const { Resources } = JSON.parse(template(ben));
  const without = Object.fromEntries(Object.entries(Resources).filter(([name]) => !name.endsWith('Policy')));
  await update(cloud, 'own', templateOf(without));
  const group = cloud.client(IAMClient).send(new GetGroupPolicyCommand({ GroupName: ids.Group, PolicyName: 'own' }));
  assert.equal((await failure(group)).name, 'NoSuchEntityException');
  await remove(cloud, 'own');
});

test('a secret is rotated by a function on its days', async () => {
  await using cloud = await startTestCloud();
  const ZipFile = 'exports.handler = async () => {};';
  const template = (days: number) =>
    templateOf({
      Role: role('lambda.amazonaws.com', 'secretsmanager:*'),
      Rotator: {
        Type: 'AWS::Lambda::Function',
        Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Role: att('Role', 'Arn'), Code: { ZipFile } },
      },
      Allowed: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: ref('Rotator'),
          Action: 'lambda:InvokeFunction',
          Principal: 'secretsmanager.amazonaws.com',
        },
      },
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'hush' } },
      Rotation: {
        Type: 'AWS::SecretsManager::RotationSchedule',
        DependsOn: 'Allowed',
        Properties: {
          SecretId: ref('Secret'),
          RotationLambdaARN: att('Rotator', 'Arn'),
          RotationRules: { AutomaticallyAfterDays: days },
          RotateImmediatelyOnUpdate: false,
        },
      },
    });
  await create(cloud, 'turning', template(30));
  const { Secret: SecretId } = await physicalIds(cloud, 'turning');
  const describe = () => cloud.client(SecretsManagerClient).send(new DescribeSecretCommand({ SecretId }));
  assert.deepEqual(
    [(await describe()).RotationEnabled, (await describe()).RotationRules?.AutomaticallyAfterDays],
    [true, 30],
  );
  await update(cloud, 'turning', template(7));
  assert.equal((await describe()).RotationRules?.AutomaticallyAfterDays, 7);
  const { Rotation: _, ...rest } = JSON.parse(template(7)).Resources;
  await update(cloud, 'turning', templateOf(rest));
  assert.notEqual((await describe()).RotationEnabled, true);
  await remove(cloud, 'turning');
});

test('certificates of servers, policies and destinations of logs', async () => {
  await using cloud = await startTestCloud();
  const { certificate, chain, key } = await foreignCertificate(['www.example.com']);
  const template = (second: boolean) =>
    templateOf(
      {
        Certificate: {
          Type: 'AWS::IAM::ServerCertificate',
          Properties: {
            CertificateBody: certificate,
            CertificateChain: chain,
            PrivateKey: key,
            Path: second ? '/web/' : '/',
            ...(!second && { Tags: [{ Key: 'team', Value: 'a' }] }),
          },
        },
        Account: {
          Type: 'AWS::Logs::AccountPolicy',
          Properties: {
            PolicyName: 'all',
            PolicyType: 'SUBSCRIPTION_FILTER_POLICY',
            PolicyDocument: {
              'Fn::Sub': JSON.stringify({
                DestinationArn: `\${Events.Arn}`,
                RoleArn: `\${Stream.Arn}`,
                FilterPattern: second ? 'ERROR' : '',
                Distribution: 'Random',
              }),
            },
            Scope: 'ALL',
          },
        },
        Stream: role('logs.amazonaws.com', 'kinesis:PutRecord'),
        Events: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
        Destination: {
          Type: 'AWS::Logs::Destination',
          Properties: {
            DestinationName: 'there',
            TargetArn: att('Events', 'Arn'),
            RoleArn: att('Stream', 'Arn'),
            DestinationPolicy: JSON.stringify(
              allow('logs:PutSubscriptionFilter', {
                Principal: { AWS: second ? '210987654321' : '123456789012' },
                Resource: 'arn:aws:logs:us-east-1:123456789012:destination:there',
              }),
            ),
          },
        },
      },
      {
        Outputs: {
          Certificate: { Value: att('Certificate', 'Arn') },
          Destination: { Value: att('Destination', 'Arn') },
          Account: { Value: att('Account', 'AccountId') },
        },
      },
    );
  await create(cloud, 'attached', template(false));
  const iam = cloud.client(IAMClient);
  const logs = cloud.client(CloudWatchLogsClient);
  const { Certificate: ServerCertificateName } = await physicalIds(cloud, 'attached');
  const shown = async () => {
    const { ServerCertificate } = await iam.send(new GetServerCertificateCommand({ ServerCertificateName }));
    const { accountPolicies } = await logs.send(
      new DescribeAccountPoliciesCommand({ policyType: 'SUBSCRIPTION_FILTER_POLICY' }),
    );
    const { destinations } = await logs.send(new DescribeDestinationsCommand({}));
    return [
      ServerCertificate?.ServerCertificateMetadata?.Path,
      ServerCertificate?.Tags?.length ?? 0,
      JSON.parse(accountPolicies?.[0]?.policyDocument ?? '{}').FilterPattern,
      /\d{12}/.exec(destinations?.[0]?.accessPolicy ?? '')?.[0],
    ];
  };
  assert.deepEqual(await shown(), ['/', 1, '', '123456789012']);
  const values = await outputs(cloud, 'attached');
  assert.match(values.Certificate ?? '', /^arn:aws:iam::123456789012:server-certificate\/attached-Certificate-/);
  assert.equal(values.Destination, 'arn:aws:logs:us-east-1:123456789012:destination:there');
  assert.equal(values.Account, '123456789012');
  assert.deepEqual(await drifted(cloud, 'attached'), []);
  await iam.send(new UpdateServerCertificateCommand({ ServerCertificateName, NewPath: '/theirs/' }));
  assert.deepEqual(
    (await drifted(cloud, 'attached')).map(([name]) => name),
    ['Certificate'],
  );
  await update(cloud, 'attached', template(true));
  assert.deepEqual(await shown(), ['/web/', 0, 'ERROR', '210987654321']);
  await remove(cloud, 'attached');
  assert.deepEqual((await logs.send(new DescribeDestinationsCommand({}))).destinations, []);
});

test('a global table has a replica in each Region', async () => {
  await using cloud = await startTestCloud();
  const template = (...regions: string[]) =>
    templateOf(
      {
        Table: {
          Type: 'AWS::DynamoDB::GlobalTable',
          Properties: {
            BillingMode: 'PAY_PER_REQUEST',
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
            StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
            Replicas: regions.map((Region) => ({ Region })),
          },
        },
      },
      { Outputs: { Arn: { Value: att('Table', 'Arn') } } },
    );
  await create(cloud, 'global', template('us-east-1', 'eu-west-1'));
  const { Table: TableName } = await physicalIds(cloud, 'global');
  assert.equal((await outputs(cloud, 'global')).Arn, `arn:aws:dynamodb:us-east-1:123456789012:table/${TableName}`);
  const isIn = async (region: string) => {
    const dynamodb = cloud.client(DynamoDBClient, { region });
    return dynamodb.send(new DescribeTableCommand({ TableName })).then(
      ({ Table }) => Table?.TableStatus,
      (error) => error.name,
    );
  };
  assert.deepEqual([await isIn('us-east-1'), await isIn('eu-west-1')], ['ACTIVE', 'ACTIVE']);
  await update(cloud, 'global', template('us-east-1'));
  assert.equal(await isIn('eu-west-1'), 'ResourceNotFoundException');
  await remove(cloud, 'global');
  assert.equal(await isIn('us-east-1'), 'ResourceNotFoundException');
});
