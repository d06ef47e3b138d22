/** What AWS::Serverless::Function stands for, at work: its role, version, alias, destinations, tags. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient, ListTagsCommand, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, outputs, physicalIds, remove, update } from './stacks.ts';

const HELLO = `
Transform: AWS::Serverless-2016-10-31
Parameters:
  Alias: { Type: String, Default: live-1 }
  Wanted: { Type: String, Default: 'no' }
  Code: { Type: String, Default: one }
Conditions:
  Ours: !Equals [!Ref Wanted, 'no']
Globals:
  Function: { Runtime: nodejs24.x, Handler: index.handler, Tags: { team: a, tier: b } }
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: !Sub 'exports.handler = async (event) => { if (event.fails) throw new Error("no"); return "\${Code}"; };'
      AutoPublishAlias: !Ref Alias
      PropagateTags: true
      Tags: { tier: c }
      RolePath: /sam/
      DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt Dead.Arn }
      Policies:
        - CloudWatchLambdaInsightsExecutionRolePolicy
        - !If [Ours, { SQSPollerPolicy: { QueueName: !GetAtt Dead.QueueName } }, !Ref AWS::NoValue]
        - Statement: [{ Effect: Allow, Action: 'dynamodb:ListTables', Resource: '*' }]
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig:
          OnSuccess: { Type: SQS }
          OnFailure: { Type: SNS, Destination: !If [Ours, !Ref AWS::NoValue, !Ref AWS::StackId] }
  Dead: { Type: AWS::SQS::Queue }
Outputs:
  Alias: { Value: !Ref Hello.Alias }
  Version: { Value: !GetAtt Hello.Version.Version }
  Queue: { Value: !Ref Hello.DestinationQueue }
  Topic: { Value: !Sub '\${Hello.DestinationTopic}' }
`;

async function policiesOf(cloud: TestCloud, RoleName: string) {
  const iam = cloud.client(IAMClient);
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const inline: { [name: string]: unknown } = {};
  for (const PolicyName of PolicyNames) {
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    inline[PolicyName] = JSON.parse(decodeURIComponent(PolicyDocument));
  }
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  return { inline, attached: AttachedPolicies.map(({ PolicyArn }) => PolicyArn).toSorted() };
}

test('a function with all that SAM makes for it', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 'hello', HELLO);
  const ids = await physicalIds(cloud, 'hello');
  assert.deepEqual(
    Object.keys(ids)
      .map((id) => id.replace(/Version[0-9a-f]{10}$/, 'Version#'))
      .toSorted(),
    [
      'Dead',
      'Hello',
      'HelloAliasliveD1',
      'HelloEventInvokeConfig',
      'HelloEventInvokeConfigOnFailureTopic',
      'HelloEventInvokeConfigOnSuccessQueue',
      'HelloRole',
      'HelloVersion#',
    ],
  );
  const RoleName = ids.HelloRole ?? '';
  const { Role } = await cloud.client(IAMClient).send(new GetRoleCommand({ RoleName }));
  assert.equal(Role?.Path, '/sam/');
  const tags = [
    { Key: 'team', Value: 'a' },
    { Key: 'tier', Value: 'c' },
  ];
  assert.deepEqual(Role?.Tags, tags);
  const lambda = cloud.client(LambdaClient);
  const shown = await lambda.send(
    new ListTagsCommand({ Resource: `arn:aws:lambda:us-east-1:123456789012:function:${ids.Hello}` }),
  );
  assert.equal(shown.Tags?.tier, 'c');
  const { inline, attached } = await policiesOf(cloud, RoleName);
  assert.deepEqual(attached, [
    'arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy',
    'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
  ]);
  const queueArn = `arn:aws:sqs:us-east-1:123456789012:${ids.HelloEventInvokeConfigOnSuccessQueue?.split('/').at(-1)}`;
  assert.deepEqual(inline.HelloEventInvokeConfigOnSuccessSQSPolicy, {
    Statement: [{ Action: 'sqs:SendMessage', Effect: 'Allow', Resource: queueArn }],
  });
  assert.deepEqual(Object.keys(inline).toSorted(), [
    'DeadLetterQueuePolicy',
    'HelloEventInvokeConfigOnFailureSNSPolicy',
    'HelloEventInvokeConfigOnSuccessSQSPolicy',
    'HelloRolePolicy1',
    'HelloRolePolicy2',
  ]);
  const { Alias = '', Version, Queue = '', Topic } = await outputs(cloud, 'hello');
  assert.match(Alias, /:live-1$/);
  assert.equal(Version, '1');
  assert.equal(Topic, ids.HelloEventInvokeConfigOnFailureTopic);
  await lambda.send(new InvokeCommand({ FunctionName: Alias, InvocationType: 'Event', Payload: Buffer.from('{}') }));
  await cloud.server.cloud.settle();
  const { Messages = [] } = await cloud.client(SQSClient).send(new ReceiveMessageCommand({ QueueUrl: Queue }));
  assert.equal(JSON.parse(Messages[0]?.Body ?? '{}').responsePayload, 'one');
  await remove(cloud, 'hello');
});

test('another value of a parameter in the code is another version; what was before stays', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 'hello', HELLO);
  const before = await physicalIds(cloud, 'hello');
  await update(cloud, 'hello', HELLO, { Parameters: [{ ParameterKey: 'Code', ParameterValue: 'two' }] });
  assert.equal((await outputs(cloud, 'hello')).Version, '2');
  const after = await physicalIds(cloud, 'hello');
  assert.equal(after.Hello, before.Hello);
  const { Versions } = await cloud
    .client(LambdaClient)
    .send(new ListVersionsByFunctionCommand({ FunctionName: after.Hello }));
  assert.deepEqual(
    Versions?.map((one) => one.Version),
    ['$LATEST', '1', '2'],
  );
});

test('what is wrong with a template is told all at once, in the words of SAM, by logical ids', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const refused = async (resources: string, more = '') => {
    const TemplateBody = `Transform: AWS::Serverless-2016-10-31\n${more}\nResources:\n${resources}`;
    const error = await failure(
      formation.send(
        new CreateStackCommand({
          StackName: 's',
          TemplateBody,
          Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'],
        }),
      ),
    );
    const head =
      'Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. Number of errors found: ';
    assert.equal(error.name, 'ValidationError');
    assert.ok(error.message.startsWith(head), error.message);
    return error.message.slice(head.length);
  };
  assert.equal(
    await refused(`
  Zoo: { Type: AWS::Serverless::SimpleTable, Properties: { PrimaryKey: { Name: id, Type: Word } } }
  Api: { Type: AWS::Serverless::Api, Properties: { StageName: v1, Cors: { Origin: x } } }
  Fun: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs24.x, Handler: a.b, InlineCode: x, Events: { Day: { Type: Schedule, Properties: { Schedule: rate(1 day), State: ENABLED, Enabled: true } } } } }
  Lay: { Type: AWS::Serverless::LayerVersion, Properties: { Content: x } }`),
    "4. Resource with id [Api] is invalid. Invalid key 'Origin' for 'Cors' property. Resource with id [Fun] is invalid. Event with id [Day] is invalid. State and Enabled Properties cannot both be specified. Resource with id [Lay] is invalid. property Content not defined for resource of type AWS::Serverless::LayerVersion Resource with id [Zoo] is invalid. Invalid 'Type' \"Word\".",
  );
  const fun = (more: string) =>
    `  Fun: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs24.x, Handler: a.b, InlineCode: x, ${more} } }`;
  for (const [more, why] of [
    [
      'Policies: { SQSPollerPolicy: { Queue: q } }',
      "Following required parameters of template 'SQSPollerPolicy' don't have values: ['QueueName']",
    ],
    ['Policies: [{ a: b, c: d }]', "Policy at index 0 in the 'Policies' property is not valid"],
    ['DeadLetterQueue: { Type: Bin, TargetArn: x }', "'DeadLetterQueue' requires Type of ['SQS', 'SNS']"],
    [
      'ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 }',
      'To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function',
    ],
    ['Layers: x', "Type of property 'Layers' is invalid."],
    ['Tags: x', "Property 'Tags' should be a map."],
    [
      'DeploymentPreference: { Type: AllAtOnce }, AutoPublishAlias: live',
      'DeploymentPreference needs AWS CodeDeploy, which is not built in Cloudyard.',
    ],
    [
      'Events: { Q: { Type: MQ, Properties: { Broker: b } } }',
      'Event with id [Q] is invalid. No SourceAccessConfigurations for Amazon MQ event provided.',
    ],
  ] as const)
    assert.equal(await refused(fun(more)), `1. Resource with id [Fun] is invalid. ${why}`);
  assert.equal(
    await refused(fun('Timeout: 3'), 'Globals: { SimpleTable: { TableName: x } }'),
    "1. 'Globals' section is invalid. 'TableName' is not a supported property of 'SimpleTable'. Must be one of the following values - ['SSESpecification']",
  );
  assert.equal(
    await refused(`${fun('Timeout: 3')}\n  FunRole: { Type: AWS::SQS::Queue }`),
    '1. Transforming resource with id [Fun] attempts to create a new resource with id [FunRole] and type "AWS::IAM::Role". A resource with that id already exists within this template. Please use a different id for that resource.',
  );
});
