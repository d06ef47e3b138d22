/** Types change what their templates change, as AWS's own handlers do, and make nothing anew that is gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  DeleteMetricFilterCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeRepositoriesCommand,
  ECRClient,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand as ListTagsOfRepository,
  SetRepositoryPolicyCommand,
  TagResourceCommand as TagRepository,
} from '@aws-sdk/client-ecr';
import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from '@aws-sdk/client-sns';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectStatus, physicalIds, reasons, templateOf, update } from './stacks.ts';

async function change(cloud: TestCloud, StackName: string, TemplateBody: string, status: string): Promise<void> {
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand({ StackName, TemplateBody }));
  await expectStatus(cloud, StackName, status);
}

test('what a handler says has the token of its request', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const Properties = { LogGroupName: 'none', FilterPattern: '', MetricTransformations: [] };
  const TemplateBody = templateOf({ Filter: { Type: 'AWS::Logs::MetricFilter', Properties } });
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody }));
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: 's' }));
  const [failed] = StackEvents.filter((one) => one.ResourceStatus === 'CREATE_FAILED');
  assert.match(
    failed?.ResourceStatusReason ?? '',
    /^Resource handler returned message: ".*" \(RequestToken: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}, HandlerErrorCode: \w+\)$/s,
  );
});

test('AWS::SSM::Parameter: other tags make no version, tags of the stack go with it', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const template = (Value: string, Tags: object) =>
    templateOf({ Setting: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value, Tags } } });
  await create(cloud, 's', template('a', { team: 'web' }), { Tags: [{ Key: 'stack', Value: 'yes' }] });
  const { Setting: Name = '' } = await physicalIds(cloud, 's');
  assert.match(Name, /^CFN-Setting-[A-Za-z0-9]{12}$/);
  await update(cloud, 's', template('a', { team: 'shop' }), { Tags: [] });
  assert.equal((await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Version, 1);
  const list = new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: Name });
  const { TagList = [] } = await ssm.send(list);
  const own = TagList.filter(({ Key }) => !Key?.startsWith('aws:'));
  assert.deepEqual(own, [{ Key: 'team', Value: 'shop' }]);
  await update(cloud, 's', template('b', { team: 'shop' }));
  assert.equal((await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Version, 2);
  await ssm.send(new DeleteParameterCommand({ Name }));
  await change(cloud, 's', template('c', { team: 'shop' }), 'UPDATE_ROLLBACK_FAILED');
  assert.equal(
    (await reasons(cloud, 's'))[0],
    `Setting: Resource handler returned message: "Resource of type 'AWS::SSM::Parameter' with identifier '${Name}' was not found." (HandlerErrorCode: NotFound)`,
  );
});

test('AWS::SSM::Parameter: none is made that is secret', async () => {
  await using cloud = await startTestCloud();
  const Properties = { Type: 'SecureString', Value: 'a' };
  const TemplateBody = templateOf({ Setting: { Type: 'AWS::SSM::Parameter', Properties } });
  const input = { StackName: 's', TemplateBody, DisableValidation: true };
  await cloud.client(CloudFormationClient).send(new CreateStackCommand(input));
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  assert.equal(
    (await reasons(cloud, 's'))[0],
    'Setting: Properties validation failed for resource Setting with message:\n#/Type: failed validation constraint for keyword [enum]',
  );
});

test('AWS::Logs: retention that others set stays, filters that are gone are not made anew', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const template = (team: string, pattern: string) =>
    templateOf({
      Group: {
        Type: 'AWS::Logs::LogGroup',
        Properties: { LogGroupName: 'g', RetentionInDays: 7, Tags: [{ Key: 'team', Value: team }] },
      },
      Filter: {
        Type: 'AWS::Logs::MetricFilter',
        Properties: {
          LogGroupName: { Ref: 'Group' },
          FilterName: 'f',
          FilterPattern: pattern,
          MetricTransformations: [{ MetricName: 'm', MetricNamespace: 'n', MetricValue: '1' }],
        },
      },
    });
  await create(cloud, 's', template('web', 'a'));
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: 'g', retentionInDays: 30 }));
  await change(cloud, 's', template('shop', 'a'), 'UPDATE_COMPLETE');
  const { logGroups: [group] = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  assert.equal(group?.retentionInDays, 30);
  await logs.send(new DeleteMetricFilterCommand({ logGroupName: 'g', filterName: 'f' }));
  await change(cloud, 's', template('shop', 'b'), 'UPDATE_ROLLBACK_FAILED');
  const id = '{"/properties/LogGroupName":"g","/properties/FilterName":"f"}';
  assert.equal(
    (await reasons(cloud, 's'))[0],
    `Filter: Resource handler returned message: "Resource of type 'AWS::Logs::MetricFilter' with identifier '${id}' was not found." (HandlerErrorCode: NotFound)`,
  );
});

test('AWS::ECR::Repository: policies and tags are those of the template alone', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  const template = (team: string) =>
    templateOf({ Images: { Type: 'AWS::ECR::Repository', Properties: { Tags: [{ Key: 'team', Value: team }] } } });
  await create(cloud, 's', template('web'));
  const { Images: repositoryName = '' } = await physicalIds(cloud, 's');
  const { repositories: [row] = [] } = await ecr.send(new DescribeRepositoriesCommand({}));
  const resourceArn = row?.repositoryArn ?? '';
  await ecr.send(new TagRepository({ resourceArn, tags: [{ Key: 'by-hand', Value: 'yes' }] }));
  const policyText = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }],
  });
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
  await update(cloud, 's', template('shop'));
  const { tags } = await ecr.send(new ListTagsOfRepository({ resourceArn }));
  assert.deepEqual(tags, [{ Key: 'team', Value: 'shop' }]);
  const gone = await failure(ecr.send(new GetRepositoryPolicyCommand({ repositoryName })));
  assert.equal(gone.name, 'RepositoryPolicyNotFoundException');
});

test('AWS::KMS::Key: a description that others set stays, without a policy there is the default one', async () => {
  await using cloud = await startTestCloud();
  const kms = cloud.client(KMSClient);
  const root = { AWS: 'arn:aws:iam::123456789012:root' };
  const Statement = [{ Sid: 'mine', Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' }];
  const KeyPolicy = { Version: '2012-10-17', Statement };
  const template = (Properties: object) => templateOf({ Key: { Type: 'AWS::KMS::Key', Properties } });
  await create(cloud, 's', template({ Description: 'a', KeyPolicy }));
  const { Key: KeyId = '' } = await physicalIds(cloud, 's');
  await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'by hand' }));
  await change(cloud, 's', template({ Description: 'a' }), 'UPDATE_COMPLETE');
  assert.equal((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.Description, 'by hand');
  const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  assert.equal(JSON.parse(Policy).Id, 'key-default-1');
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
  await change(cloud, 's', template({ Description: 'b' }), 'UPDATE_ROLLBACK_FAILED');
  assert.equal(
    (await reasons(cloud, 's'))[0],
    `Key: Resource handler returned message: "Resource of type 'AWS::KMS::Key' with identifier '${KeyId}' was not found." (HandlerErrorCode: NotFound)`,
  );
});

test('AWS::SNS::Topic: who has unsubscribed is not subscribed again', async () => {
  await using cloud = await startTestCloud();
  const sns = cloud.client(SNSClient);
  const template = (DisplayName: string) => {
    const Subscription = [{ Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] } }];
    return templateOf({
      Queue: { Type: 'AWS::SQS::Queue' },
      Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName, Subscription } },
    });
  };
  await create(cloud, 's', template('a'));
  const { Topic: TopicArn } = await physicalIds(cloud, 's');
  const subscriptions = async () =>
    (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? [];
  const [{ SubscriptionArn } = {}] = await subscriptions();
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  await change(cloud, 's', template('b'), 'UPDATE_COMPLETE');
  assert.deepEqual(await subscriptions(), []);
});

test('names that are made up have the name of the stack, but of some types not', async () => {
  await using cloud = await startTestCloud();
  const AuthParameters = { ApiKeyAuthParameters: { ApiKeyName: 'x', ApiKeyValue: 'y' } };
  const Transformation = { MetricName: 'm', MetricNamespace: 'n', MetricValue: '1' };
  const things: { [logical: string]: [type: string, properties: object] } = {
    Group: ['Logs::LogGroup', {}],
    Filter: [
      'Logs::MetricFilter',
      { LogGroupName: { Ref: 'Group' }, FilterPattern: '', MetricTransformations: [Transformation] },
    ],
    Setting: ['SSM::Parameter', { Type: 'String', Value: 'a' }],
    Secret: ['SecretsManager::Secret', { SecretString: 'a' }],
    Connection: ['Events::Connection', { AuthorizationType: 'API_KEY', AuthParameters }],
  };
  const resources = Object.entries(things).map(([id, [type, Properties]]) => [
    id,
    { Type: `AWS::${type}`, Properties },
  ]);
  await create(cloud, 's', templateOf(Object.fromEntries(resources)));
  const made = Object.values(await physicalIds(cloud, 's')).map((id) =>
    id.replace(/^arn:.*:secret:(.*)-\w{6}$/, '$1').replace(/-[A-Za-z0-9]{12}$/, ''),
  );
  assert.deepEqual(made.toSorted(), ['CFN-Setting', 'Connection', 'Filter', 'Secret', 's-Group']);
});
