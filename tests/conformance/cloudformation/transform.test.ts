import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetRoleCommand, GetRolePolicyCommand, IAMClient, ListAttachedRolePoliciesCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, outputs, physicalIds, remove, templateOf } from './stacks.ts';

async function processed(cloud: TestCloud, StackName: string) {
  const formation = cloud.client(CloudFormationClient);
  const { TemplateBody } = await formation.send(new GetTemplateCommand({ StackName, TemplateStage: 'Processed' }));
  return JSON.parse(TemplateBody ?? '{}');
}

test('loops are written out', async () => {
  await using cloud = await startTestCloud();
  const TemplateBody = `
Transform: AWS::LanguageExtensions
Parameters: { Names: { Type: CommaDelimitedList, Default: 'a,b-c' } }
Mappings: { Delays: { a: { Seconds: 3 } } }
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue&{Name}:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub 'x-\${Name}'
          DelaySeconds: !FindInMap [Delays, !Ref Name, Seconds, DefaultValue: 7]
Outputs:
  Count: { Value: !Length [1, 2, 3] }
  Text: { Value: !ToJsonString { A: !Ref QueueA } }
`.replace('!Ref QueueA', '!Ref Queuea');
  const refused = await failure(
    cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 's', TemplateBody })),
  );
  assert.deepEqual(
    [refused.name, refused.message],
    ['InsufficientCapabilitiesException', 'Requires capabilities : [CAPABILITY_AUTO_EXPAND]'],
  );
  await create(cloud, 's', TemplateBody);
  const ids = await physicalIds(cloud, 's');
  assert.deepEqual(Object.keys(ids).toSorted(), ['Queuea', 'Queuebc']);
  assert.match(ids.Queuebc ?? '', /\/x-b-c$/);
  assert.deepEqual(await outputs(cloud, 's'), { Count: '3', Text: JSON.stringify({ A: ids.Queuea }) });
  const { Queuea, Queuebc } = (await processed(cloud, 's')).Resources;
  assert.equal(Queuea.Properties.QueueName['Fn::Sub'], 'x-a');
  assert.equal(Queuebc.Type, 'AWS::SQS::Queue');
});

test('functions make conditions, too', async () => {
  await using cloud = await startTestCloud();
  const Condition = { 'Fn::FindInMap': ['When', 'Held', { Ref: 'Name' }, { DefaultValue: { Ref: 'AWS::NoValue' } }] };
  const TemplateBody = templateOf(
    { 'Fn::ForEach::Queues': ['Name', ['A', 'B', 'C'], { 'Queue${Name}': { Type: 'AWS::SQS::Queue', Condition } }] },
    {
      Transform: 'AWS::LanguageExtensions',
      Mappings: { When: { Held: { B: 'Never', C: 'Always' } } },
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] }, Always: { 'Fn::Equals': ['a', 'a'] } },
    },
  );
  await create(cloud, 's', TemplateBody);
  assert.deepEqual(Object.keys(await physicalIds(cloud, 's')).toSorted(), ['QueueA', 'QueueC']);
});

test('functions make the names that Ref and Fn::GetAtt take; a template with loops is summed up as it is written', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TemplateBody = `
Transform: AWS::LanguageExtensions
Parameters: { Which: { Type: String, Default: B }, What: { Type: String, Default: QueueName } }
Resources:
  Fn::ForEach::Queues:
    - Name
    - [A, B]
    - Queue\${Name}: { Type: AWS::SQS::Queue }
Outputs:
  Fn::ForEach::Told:
    - Name
    - [A, B]
    - Url\${Name}: { Value: !Ref { 'Fn::Sub': 'Queue\${Name}' } }
      Name\${Name}: { Value: !GetAtt [!Sub 'Queue\${Name}', !Ref What] }
  Chosen: { Value: !GetAtt [!Join ['', [Queue, !Ref Which]], QueueName] }
`;
  const { DeclaredTransforms } = await formation.send(new ValidateTemplateCommand({ TemplateBody }));
  assert.deepEqual(DeclaredTransforms, ['AWS::LanguageExtensions']);
  const summary = await formation.send(new GetTemplateSummaryCommand({ TemplateBody }));
  assert.equal(summary.Parameters?.length, 2);
  await create(cloud, 's', TemplateBody, { Capabilities: ['CAPABILITY_AUTO_EXPAND'] });
  const told = await outputs(cloud, 's');
  const { QueueA = '', QueueB = '' } = await physicalIds(cloud, 's');
  const nameOf = (url: string) => url.split('/').at(-1);
  assert.deepEqual(told, {
    UrlA: QueueA,
    UrlB: QueueB,
    NameA: nameOf(QueueA),
    NameB: nameOf(QueueB),
    Chosen: nameOf(QueueB),
  });
});

test('loops that no transform writes out are refused', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const loop = '"Fn::ForEach::Queues": [Name, [A], { "&{Name}": { Type: AWS::SQS::Queue } }]';
  const text = 'Template format error: Resource name Fn::ForEach::Queues is non alphanumeric.';
  for (const TemplateBody of [`Resources: { ${loop} }`, `Resources: { Other: { Type: AWS::SQS::Queue }, ${loop} }`]) {
    const refused = [
      formation.send(new CreateStackCommand({ StackName: 'loops', TemplateBody })),
      formation.send(new ValidateTemplateCommand({ TemplateBody })),
      formation.send(new GetTemplateSummaryCommand({ TemplateBody })),
    ];
    for (const { name, message } of await Promise.all(refused.map(failure)))
      assert.deepEqual([name, message], ['ValidationError', text]);
  }
});

test('pieces of templates are included, and changed by macros', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'pieces' }));
  await s3.send(new PutObjectCommand({ Bucket: 'pieces', Key: 'p.yml', Body: 'DelaySeconds: 9\n' }));
  const ROLE = {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
    },
  };
  const ZipFile = `exports.handler = async ({ fragment, params, requestId, templateParameterValues }) => {
    if (params.Fail) return { requestId, status: 'failed', errorMessage: 'no' };
    if (params.Deep) for (let n = 0; n < 10_000; n += 1) fragment = { fragment };
    if (params.Large) fragment.Description = 'x'.repeat(1_100_000);
    if (params.None || params.Deep || params.Large) return { requestId, status: 'success', ...(!params.None && { fragment }) };
    for (const one of Object.values(fragment.Resources)) one.Properties.QueueName = templateParameterValues.Name;
    return { requestId, status: 'success', fragment };
  };`;
  await create(
    cloud,
    'macros',
    templateOf({
      Role: ROLE,
      Code: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: { ZipFile },
        },
      },
      Macro: { Type: 'AWS::CloudFormation::Macro', Properties: { Name: 'Namer', FunctionName: { Ref: 'Code' } } },
    }),
  );
  const Mappings = { Pieces: { 'us-east-1': { Address: 's3://pieces/p.yml' } } };
  const Location = { 'Fn::FindInMap': ['Pieces', { Ref: 'AWS::Region' }, 'Address'] };
  const template = (Transform: unknown) =>
    templateOf(
      {
        Queue: {
          Type: 'AWS::SQS::Queue',
          Properties: { 'Fn::Transform': { Name: 'AWS::Include', Parameters: { Location } } },
        },
      },
      { Transform, Parameters: { Name: { Type: 'String', Default: 'named' } }, Mappings },
    );
  await create(cloud, 's', template('Namer'));
  assert.match((await physicalIds(cloud, 's')).Queue ?? '', /\/named$/);
  assert.equal((await processed(cloud, 's')).Resources.Queue.Properties.DelaySeconds, 9);
  const failed = await failure(create(cloud, 't', template({ Name: 'Namer', Parameters: { Fail: true } })));
  assert.equal(failed.message, 'Transform 123456789012::Namer failed with: no.');
  const odd = async (Parameters: object) =>
    (await failure(create(cloud, 't', template({ Name: 'Namer', Parameters })))).message;
  assert.equal(await odd({ None: 1 }), 'Transform Namer failed with: the template it made is not an object.');
  assert.equal(await odd({ Deep: 1 }), 'Template format error: the template is nested too deeply.');
  assert.equal(await odd({ Large: 1 }), 'Transformation data limit exceeded');
  const nothing = JSON.stringify({ 'Fn::Transform': { Name: 'Namer', Parameters: { None: 1 } }, Resources: {} });
  assert.equal(
    (await failure(create(cloud, 't', nothing))).message,
    'Transform Fn::Transform failed with: the template it made is not an object.',
  );
  const missing = await failure(create(cloud, 't', template('Nobody')));
  assert.equal(missing.message, 'No transform named 123456789012::Nobody found.');
});

test('a SAM template: functions with roles, events, aliases, addresses; tables', async () => {
  await using cloud = await startTestCloud();
  const TemplateBody = `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs22.x
    Timeout: 10
    Environment: { Variables: { SHARED: 'yes' } }
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      InlineCode: exports.handler = async () => process.env.SHARED + process.env.OWN;
      AutoPublishAlias: live
      Environment: { Variables: { OWN: '!' } }
      FunctionUrlConfig: { AuthType: NONE }
      Policies:
        - SQSSendMessagePolicy: { QueueName: !GetAtt Jobs.QueueName }
        - AmazonS3ReadOnlyAccess
      Events:
        News: { Type: SNS, Properties: { Topic: !Ref Topic } }
        Files: { Type: S3, Properties: { Bucket: !Ref Bucket, Events: 's3:ObjectCreated:*' } }
  Bucket: { Type: AWS::S3::Bucket }
  Topic: { Type: AWS::SNS::Topic }
  Jobs: { Type: AWS::SQS::Queue }
  Things: { Type: AWS::Serverless::SimpleTable }
Outputs:
  Alias: { Value: !Ref Hello.Alias }
`;
  await create(cloud, 'sam', TemplateBody);
  const ids = await physicalIds(cloud, 'sam');
  const names = Object.keys(ids).map((name) => name.replace(/Version[0-9a-f]{10}$/, 'Version#'));
  assert.deepEqual(names.toSorted(), [
    'Bucket',
    'Hello',
    'HelloAliaslive',
    'HelloFilesPermission',
    'HelloNews',
    'HelloNewsPermission',
    'HelloRole',
    'HelloURLInvokeAllowPublicAccess',
    'HelloUrl',
    'HelloUrlPublicPermissions',
    'HelloVersion#',
    'Jobs',
    'Things',
    'Topic',
  ]);
  const { Payload } = await cloud.client(LambdaClient).send(new InvokeCommand({ FunctionName: ids.Hello }));
  assert.equal(Buffer.from(Payload ?? []).toString(), '"yes!"');
  assert.match((await outputs(cloud, 'sam')).Alias ?? '', /:function:sam-Hello-\w{12}:live$/);
  const iam = cloud.client(IAMClient);
  const RoleName = ids.HelloRole;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  assert.deepEqual(Role?.Tags, [{ Key: 'lambda:createdBy', Value: 'SAM' }]);
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  assert.deepEqual(AttachedPolicies?.map(({ PolicyName }) => PolicyName).toSorted(), [
    'AWSLambdaBasicExecutionRole',
    'AmazonS3ReadOnlyAccess',
  ]);
  const inline = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'HelloRolePolicy0' }));
  assert.match(decodeURIComponent(inline.PolicyDocument ?? ''), /"sqs:SendMessage\*"/);
  const notified = await cloud
    .client(S3Client, { forcePathStyle: true })
    .send(new GetBucketNotificationConfigurationCommand({ Bucket: ids.Bucket }));
  assert.match(notified.LambdaFunctionConfigurations?.[0]?.LambdaFunctionArn ?? '', /:live$/);
  const { Table } = await cloud.client(DynamoDBClient).send(new DescribeTableCommand({ TableName: ids.Things }));
  assert.deepEqual(Table?.KeySchema, [{ AttributeName: 'id', KeyType: 'HASH' }]);
  await remove(cloud, 'sam');
});

test('an API that events imply has the names that AWS gives it; what is not built is named', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const template = (type: string, events: object = {}) =>
    templateOf(
      {
        Hello: {
          Type: `AWS::Serverless::${type}`,
          Properties: { Handler: 'index.handler', Runtime: 'nodejs22.x', InlineCode: 'x', Events: events },
        },
      },
      { Transform: 'AWS::Serverless-2016-10-31' },
    );
  const Capabilities = ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'] as const;
  const refused = async (TemplateBody: string) =>
    (
      await failure(
        formation.send(new CreateStackCommand({ StackName: 's', TemplateBody, Capabilities: [...Capabilities] })),
      )
    ).message;
  assert.match(
    await refused(template('StateMachine')),
    /Resource with id \[Hello\] is invalid\. property Handler not defined for resource of type AWS::Serverless::StateMachine$/,
  );
  assert.match(
    await refused(template('Function', { Bell: { Type: 'Doorbell' } })),
    /Event with id \[Bell\] is invalid\. Resource dict has missing or invalid value for key Type\. Event Type is: Doorbell\.$/,
  );
});

test('what a transform has yet to make may be referred to where a template is summed up', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'pieces' }));
  await s3.send(new PutObjectCommand({ Bucket: 'pieces', Key: 'topic.yml', Body: 'Type: AWS::SNS::Topic' }));
  const TemplateBody = `
Transform: AWS::Serverless-2016-10-31
Parameters: { Stage: { Type: String, Default: dev } }
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      { Runtime: nodejs24.x, Handler: index.handler, InlineCode: 'exports.handler = () => 1', Events: { Get: { Type: Api, Properties: { Path: /, Method: get } } } }
  Topic: { 'Fn::Transform': { Name: AWS::Include, Parameters: { Location: s3://pieces/topic.yml } } }
Outputs:
  Api: { Value: !Sub 'https://\${ServerlessRestApi}.execute-api.\${AWS::Region}.amazonaws.com/Prod/' }
  Role: { Value: !GetAtt HelloRole.Arn }
`;
  await formation.send(new ValidateTemplateCommand({ TemplateBody }));
  await create(cloud, 'hello', TemplateBody);
  for (const whose of [{ TemplateBody }, { StackName: 'hello' }]) {
    const { Parameters = [] } = await formation.send(new GetTemplateSummaryCommand(whose));
    assert.deepEqual(
      Parameters.map(({ ParameterKey }) => ParameterKey),
      ['Stage'],
    );
  }
});
