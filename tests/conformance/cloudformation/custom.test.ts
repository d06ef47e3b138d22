import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import {
  create,
  events,
  expectStatus,
  outputs,
  physicalIds,
  reasons,
  remove,
  settled,
  templateOf,
  update,
} from './stacks.ts';

const att = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] });
const ROLE = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
  },
};
const CODE = `
const response = require('cfn-response');
exports.handler = async (event, context) => {
  const { RequestType, ResourceProperties: asked, PhysicalResourceId: id } = event;
  if (asked.Fails === 'true' && RequestType !== 'Delete')
    return response.send(event, context, response.FAILED, {}, 'failed-' + asked.Name);
  await response.send(event, context, response.SUCCESS, { Kind: RequestType, Number: asked.Number }, 'made-' + asked.Name);
};`;

function template(properties: object, code = CODE) {
  return templateOf(
    {
      Role: ROLE,
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: att('Role', 'Arn'),
          Timeout: 10,
          Code: { ZipFile: code },
        },
      },
      Mine: { Type: 'Custom::Thing', Version: 1, Properties: { ServiceToken: att('Function', 'Arn'), ...properties } },
    },
    { Outputs: { Kind: { Value: att('Mine', 'Kind') }, Number: { Value: att('Mine', 'Number') } } },
  );
}

async function begin(cloud: TestCloud, StackName: string, TemplateBody: string) {
  const command = new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_IAM'] });
  return (await cloud.client(CloudFormationClient).send(command)).StackId ?? '';
}

/** As CDK's own resources answer: to the host of the address, by https, whatever port it has. */
const AS_CDK = `
const https = require('https');
exports.handler = ({ ResponseURL, StackId, RequestId, LogicalResourceId }) => new Promise((done, fail) => {
  const { hostname, pathname, search } = new URL(ResponseURL);
  const answer = { Status: 'SUCCESS', PhysicalResourceId: 'one', Data: { Kind: 'cdk', Number: 1 }, StackId, RequestId, LogicalResourceId };
  const body = JSON.stringify(answer);
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body, 'utf8') };
  const request = https.request({ hostname, path: pathname + search, method: 'PUT', headers }, (response) => { response.resume(); done(); });
  request.on('error', fail);
  request.end(body);
});`;

test('a function may answer without the port of the address', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 's', template({}, AS_CDK), { Capabilities: ['CAPABILITY_IAM'] });
  assert.deepEqual(await outputs(cloud, 's'), { Kind: 'cdk', Number: '1' });
  await remove(cloud, 's');
});

test('an answer that is too long, or without a name, fails at once', async () => {
  await using cloud = await startTestCloud();
  const wrong = [
    ["Kind: 'cdk'", "Kind: 'x'.repeat(RequestType === 'Create' ? 4000 : 0)", 'Response object is too long.'],
    [
      "PhysicalResourceId: 'one'",
      "PhysicalResourceId: RequestType === 'Create' ? '' : 'one'",
      'Invalid PhysicalResourceId',
    ],
  ] as const;
  for (const [at, [member, other, reason]] of wrong.entries()) {
    const code = AS_CDK.replace('({ ', '({ RequestType, ').replace(member, other);
    await begin(cloud, `s${at}`, template({}, code));
    await expectStatus(cloud, `s${at}`, 'ROLLBACK_COMPLETE');
    assert.ok((await reasons(cloud, `s${at}`)).includes(`Mine: ${reason}`));
  }
});

test('a function makes a custom resource, changes it into another one, and removes it', async () => {
  await using cloud = await startTestCloud();
  await begin(cloud, 's', template({ Name: 'one', Number: 7 }));
  await expectStatus(cloud, 's', 'CREATE_COMPLETE');
  assert.deepEqual(await outputs(cloud, 's'), { Kind: 'Create', Number: '7' });
  assert.equal((await physicalIds(cloud, 's')).Mine, 'made-one');
  const formation = cloud.client(CloudFormationClient);
  const change = (properties: object) =>
    formation.send(
      new UpdateStackCommand({ StackName: 's', TemplateBody: template(properties), Capabilities: ['CAPABILITY_IAM'] }),
    );
  await change({ Name: 'two', Number: 8 });
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  assert.deepEqual(await outputs(cloud, 's'), { Kind: 'Update', Number: '8' });
  assert.equal((await physicalIds(cloud, 's')).Mine, 'made-two');
  const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: 's' }));
  const ofMine = StackEvents.toReversed().filter(({ LogicalResourceId: name }) => name === 'Mine');
  assert.deepEqual(
    ofMine.slice(3).map((one) => [one.ResourceStatus, one.PhysicalResourceId, one.ResourceStatusReason]),
    [
      ['UPDATE_IN_PROGRESS', 'made-one', undefined],
      ['UPDATE_IN_PROGRESS', 'made-two', 'Requested update required the provider to create a new physical resource'],
      ['UPDATE_COMPLETE', 'made-two', undefined],
      ['DELETE_IN_PROGRESS', 'made-one', undefined],
      ['DELETE_COMPLETE', 'made-one', undefined],
    ],
  );
  await change({ Name: 'two', Fails: true });
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  assert.match(
    (await reasons(cloud, 's')).join('\n'),
    /Mine: Received response status \[FAILED\] from custom resource\. Message returned: See the details in CloudWatch Log Stream: \S+ \(RequestId: [0-9a-f-]{36}\)/,
  );
  const stack = await settled(cloud, 's');
  await cloud.client(CloudFormationClient).send(new DeleteStackCommand({ StackName: 's' }));
  await expectStatus(cloud, stack?.StackId ?? '', 'DELETE_COMPLETE');
});

test('a custom resource that nobody answers for fails after its time', async () => {
  await using cloud = await startTestCloud();
  await begin(cloud, 's', template({ Name: 'x', ServiceTimeout: 60 }, 'exports.handler = async () => {};'));
  await settled(cloud, 's');
  await cloud.advance(30_000);
  await expectStatus(cloud, 's', 'CREATE_IN_PROGRESS');
  await cloud.advance(31_000);
  assert.match((await reasons(cloud, 's')).join('\n'), /did not receive a response from your Custom Resource/);
});

test('a topic is asked, and whoever hears of it answers', async () => {
  await using cloud = await startTestCloud();
  const { TopicArn } = await cloud.client(SNSClient).send(new CreateTopicCommand({ Name: 'asked' }));
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: 'asked',
      Attributes: {
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }],
        }),
      },
    }),
  );
  await cloud
    .client(SNSClient)
    .send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: 'arn:aws:sqs:us-east-1:123456789012:asked' }));
  await begin(
    cloud,
    's',
    templateOf({
      Mine: { Type: 'AWS::CloudFormation::CustomResource', Properties: { ServiceToken: TopicArn, Flag: true } },
    }),
  );
  await settled(cloud, 's');
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
  const request = JSON.parse(JSON.parse(Messages?.[0]?.Body ?? '{}').Message);
  assert.deepEqual(
    [request.RequestType, request.LogicalResourceId, request.ResourceType, request.ResourceProperties.Flag],
    ['Create', 'Mine', 'AWS::CloudFormation::CustomResource', 'true'],
  );
  const { RequestId, StackId, LogicalResourceId } = request;
  const answer = { Status: 'SUCCESS', PhysicalResourceId: 'thing', RequestId, StackId, LogicalResourceId };
  const put = await fetch(request.ResponseURL, { method: 'PUT', body: JSON.stringify(answer) });
  assert.equal(put.status, 200);
  await expectStatus(cloud, 's', 'CREATE_COMPLETE');
  assert.equal((await physicalIds(cloud, 's')).Mine, 'thing');
  const gone = await fetch(request.ResponseURL, { method: 'PUT', body: '{}' });
  assert.equal(gone.status, 404);
});

test('a stack waits until its handle was told to go on', async () => {
  await using cloud = await startTestCloud();
  await begin(
    cloud,
    's',
    templateOf(
      {
        Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
        Wait: {
          Type: 'AWS::CloudFormation::WaitCondition',
          Properties: { Handle: { Ref: 'Handle' }, Timeout: '600', Count: 2 },
        },
      },
      { Outputs: { Data: { Value: att('Wait', 'Data') } } },
    ),
  );
  await expectStatus(cloud, 's', 'CREATE_IN_PROGRESS');
  const url = (await physicalIds(cloud, 's')).Handle ?? '';
  for (const UniqueId of ['a', 'b'])
    await fetch(url, { method: 'PUT', body: JSON.stringify({ Status: 'SUCCESS', UniqueId, Data: `of ${UniqueId}` }) });
  await expectStatus(cloud, 's', 'CREATE_COMPLETE');
  assert.deepEqual(await outputs(cloud, 's'), { Data: '{"a":"of a","b":"of b"}' });
  await remove(cloud, 's');
});

test('stacks in stacks are made, changed, taken back and removed with their parent', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  const child = (kept: number) =>
    s3.send(
      new PutObjectCommand({
        Bucket: 'templates',
        Key: 'child.json',
        Body: templateOf(
          {
            Queue: {
              Type: 'AWS::SQS::Queue',
              Properties: { DelaySeconds: { Ref: 'Delay' }, QueueName: { Ref: 'Name' }, MessageRetentionPeriod: kept },
            },
          },
          {
            Parameters: { Name: { Type: 'String' }, Delay: { Type: 'Number' } },
            Outputs: { Url: { Value: { Ref: 'Queue' } } },
          },
        ),
      }),
    );
  await child(100);
  const parent = (name: string, bad = false, delay = 1) =>
    templateOf(
      {
        Child: {
          Type: 'AWS::CloudFormation::Stack',
          Properties: {
            TemplateURL: 'https://templates.s3.amazonaws.com/child.json',
            Parameters: { Name: name, Delay: delay },
          },
        },
        ...(bad && {
          Bad: { Type: 'AWS::SQS::Queue', DependsOn: 'Child', Properties: { DelaySeconds: 100_000 } },
        }),
      },
      { Outputs: { Url: { Value: att('Child', 'Outputs.Url') } } },
    );
  await create(cloud, 'parent', parent('one'));
  assert.match((await outputs(cloud, 'parent')).Url ?? '', /\/one$/);
  const childId = (await physicalIds(cloud, 'parent')).Child ?? '';
  const nested = await settled(cloud, childId);
  assert.match(nested?.StackName ?? '', /^parent-Child-[0-9A-Z]{12}$/);
  assert.equal(nested?.ParentId, (await settled(cloud, 'parent'))?.StackId);
  await child(200);
  await update(cloud, 'parent', parent('two'));
  assert.match((await outputs(cloud, 'parent')).Url ?? '', /\/two$/);
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new UpdateStackCommand({ StackName: 'parent', TemplateBody: parent('two', true, 7) }));
  await expectStatus(cloud, 'parent', 'UPDATE_ROLLBACK_COMPLETE');
  const { QueueUrls } = await cloud.client(SQSClient).send(new ListQueuesCommand({}));
  assert.deepEqual(
    QueueUrls?.map((url) => url.split('/').at(-1)),
    ['two'],
  );
  const { Attributes } = await cloud
    .client(SQSClient)
    .send(new GetQueueAttributesCommand({ QueueUrl: QueueUrls?.[0], AttributeNames: ['All'] }));
  assert.deepEqual([Attributes?.DelaySeconds, Attributes?.MessageRetentionPeriod], ['1', '200']);
  await remove(cloud, 'parent');
  assert.equal((await settled(cloud, childId))?.StackStatus, 'DELETE_COMPLETE');
  await begin(cloud, 'broken', parent(''));
  await expectStatus(cloud, 'broken', 'ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, 'broken'))[0] ?? '', /^Child: Embedded stack .* was not successfully created: /);
  assert.ok((await events(cloud, 'broken')).includes('Child DELETE_COMPLETE'));
});

test('references to plain parameters are looked up for a custom resource, those to secrets are not', async () => {
  await using cloud = await startTestCloud();
  await cloud.client(SecretsManagerClient).send(new CreateSecretCommand({ Name: 'db', SecretString: 'hidden' }));
  await cloud.client(SSMClient).send(new PutParameterCommand({ Name: 'plain', Value: 'open', Type: 'String' }));
  const asked = { Name: 'a', Number: '{{resolve:ssm:plain}} {{resolve:secretsmanager:db}}' };
  await begin(cloud, 's', template(asked));
  await expectStatus(cloud, 's', 'CREATE_COMPLETE');
  assert.equal((await outputs(cloud, 's')).Number, 'open {{resolve:secretsmanager:db}}');
});
