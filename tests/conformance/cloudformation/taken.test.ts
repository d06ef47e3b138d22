/** Things that are there already are nobody's to take. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { startTestCloud } from '../../support/cloud.ts';
import { create, expectStatus, reasons, remove, templateOf } from './stacks.ts';

const ACCOUNT = '123456789012';
const ALARM = {
  MetricName: 'depth',
  Namespace: 'shop',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanThreshold',
};
const group = { '/properties/LogGroupName': 'group' };

const THINGS: readonly [string, object, string][] = [
  ['AWS::SNS::Topic', { TopicName: 'topic' }, 'topic already exists'],
  ['AWS::SQS::Queue', { QueueName: 'queue' }, 'queue already exists'],
  ['AWS::Events::Rule', { Name: 'rule', EventPattern: { source: ['shop'] } }, 'rule already exists'],
  ['AWS::CloudWatch::Alarm', { AlarmName: 'alarm', ...ALARM }, 'alarm already exists'],
  ['AWS::CloudWatch::CompositeAlarm', { AlarmName: 'both', AlarmRule: 'FALSE' }, 'both already exists'],
  [
    'AWS::CloudWatch::Dashboard',
    { DashboardName: 'board', DashboardBody: '{"widgets":[]}' },
    "Dashboard 'board' already exists",
  ],
  [
    'AWS::Logs::LogGroup',
    { LogGroupName: 'group' },
    `Resource of type 'AWS::Logs::LogGroup' with identifier '${JSON.stringify(group)}' already exists.`,
  ],
  [
    'AWS::Logs::MetricFilter',
    {
      LogGroupName: 'group',
      FilterName: 'filter',
      FilterPattern: 'x',
      MetricTransformations: [{ MetricName: 'm', MetricNamespace: 'n', MetricValue: '1' }],
    },
    'Metric Filter with name filter already exists in log group group.',
  ],
  [
    'AWS::SSM::Parameter',
    { Name: '/parameter', Type: 'String', Value: 'a' },
    "Resource of type 'AWS::SSM::Parameter' with identifier '/parameter' already exists.",
  ],
  [
    'AWS::ECR::Repository',
    { RepositoryName: 'repository' },
    "Resource of type 'AWS::ECR::Repository' with identifier 'repository' already exists.",
  ],
  [
    'AWS::Logs::ResourcePolicy',
    {
      PolicyName: 'policy',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'logs:PutLogEvents',
            Resource: '*',
          },
        ],
      }),
    },
    `Resource of type 'AWS::Logs::ResourcePolicy' with identifier '{"/properties/PolicyName":"policy"}' already exists.`,
  ],
];

test('a stack takes nothing that is there, and leaves it where it is', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  for (const [index, [Type, Properties, text]] of THINGS.entries()) {
    const TemplateBody = templateOf({ Thing: { Type, Properties } });
    await create(cloud, `first-${index}`, TemplateBody);
    const StackName = `second-${index}`;
    await formation.send(new CreateStackCommand({ StackName, TemplateBody, DisableValidation: true }));
    await expectStatus(cloud, StackName, 'ROLLBACK_COMPLETE');
    assert.equal(
      (await reasons(cloud, StackName))[0],
      `Thing: Resource handler returned message: "${text}" (HandlerErrorCode: AlreadyExists)`,
    );
    await remove(cloud, StackName);
  }
  const TopicArn = `arn:aws:sns:us-east-1:${ACCOUNT}:topic`;
  assert.ok((await cloud.client(SNSClient).send(new GetTopicAttributesCommand({ TopicArn }))).Attributes);
});
