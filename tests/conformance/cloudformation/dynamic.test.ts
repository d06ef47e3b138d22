/** Values that a template does not contain: references to parameters and secrets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { GetUserCommand, IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, events, outputs, physicalIds, reasons, templateOf, update } from './stacks.ts';

async function put(cloud: TestCloud, Name: string, Value: string, Type: 'String' | 'SecureString' = 'String') {
  await cloud.client(SSMClient).send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }));
}

const parameter = (Value: string) => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Name: '/shown', Type: 'String', Value },
});

async function shown(cloud: TestCloud) {
  return (await cloud.client(SSMClient).send(new GetParameterCommand({ Name: '/shown' }))).Parameter?.Value;
}

test('parameters are looked up, of a version or the latest, when a resource is made or changed', async () => {
  await using cloud = await startTestCloud();
  await put(cloud, '/delay', '5');
  await put(cloud, '/delay', '7');
  const template = (reference: string, size = 2_048) =>
    templateOf({
      Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: reference, MaximumMessageSize: size } },
    });
  const delay = async () => {
    const { Queue: QueueUrl } = await physicalIds(cloud, 's');
    const { Attributes } = await cloud
      .client(SQSClient)
      .send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['DelaySeconds'] }));
    return Attributes?.DelaySeconds;
  };
  await create(cloud, 's', template('{{resolve:ssm:/delay:1}}'));
  assert.equal(await delay(), '5');
  await update(cloud, 's', template('{{resolve:ssm:/delay}}'));
  assert.equal(await delay(), '7');
  // A new value alone is no change of the template; it comes with the next change of the resource.
  await put(cloud, '/delay', '9');
  const same = await failure(update(cloud, 's', template('{{resolve:ssm:/delay}}')));
  assert.equal(same.message, 'No updates are to be performed.');
  await update(cloud, 's', template('{{resolve:ssm:/delay}}', 4_096));
  assert.equal(await delay(), '9');
});

test('secrets by key, stage and version; several in one text; none is kept', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  const { ARN = '', VersionId } = await manager.send(
    new CreateSecretCommand({ Name: 'db', SecretString: '{"user":"ann","password":"old"}' }),
  );
  await manager.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: '{"user":"ann","password":"new"}' }));
  const value = async (text: string) => {
    await ((await isThere(cloud)) ? update : create)(cloud, 's', templateOf({ P: parameter(text) }));
    return shown(cloud);
  };
  assert.equal(
    await value('{{resolve:secretsmanager:db:SecretString:user}}:{{resolve:secretsmanager:db:SecretString:password}}'),
    'ann:new',
  );
  assert.equal(await value('{{resolve:secretsmanager:db:SecretString:password:AWSPREVIOUS}}'), 'old');
  assert.equal(await value(`{{resolve:secretsmanager:${ARN}:SecretString:password::${VersionId}}}`), 'old');
  assert.equal(await value('{{resolve:secretsmanager:db}}'), '{"user":"ann","password":"new"}');
  const { TemplateBody } = await cloud.client(CloudFormationClient).send(new GetTemplateCommand({ StackName: 's' }));
  assert.match(TemplateBody ?? '', /\{\{resolve:secretsmanager:db\}\}/);
  assert.ok(!(await events(cloud, 's')).join().includes('new'));
});

async function isThere(cloud: TestCloud): Promise<boolean> {
  return physicalIds(cloud, 's').then(
    () => true,
    () => false,
  );
}

test('secure parameters go into passwords', async () => {
  await using cloud = await startTestCloud();
  await put(cloud, '/password', 'Long-enough-1!', 'SecureString');
  await create(
    cloud,
    's',
    templateOf({
      User: {
        Type: 'AWS::IAM::User',
        Properties: { UserName: 'ann', LoginProfile: { Password: '{{resolve:ssm-secure:/password}}' } },
      },
    }),
  );
  const iam = cloud.client(IAMClient);
  assert.equal((await iam.send(new GetUserCommand({ UserName: 'ann' }))).User?.UserName, 'ann');
  assert.deepEqual((await iam.send(new ListAccessKeysCommand({ UserName: 'ann' }))).AccessKeyMetadata, []);
});

test('what can not be looked up fails the resource, by its reference', async () => {
  await using cloud = await startTestCloud();
  await put(cloud, '/secure', 'x', 'SecureString');
  const said = async (StackName: string, text: string) => {
    await failure(create(cloud, StackName, templateOf({ P: parameter(text) })));
    return (await reasons(cloud, StackName))[0];
  };
  assert.equal(await said('a', '{{resolve:ssm:/none}}'), 'P: Parameters: [ssm:/none] cannot be found.');
  await put(cloud, '/there', 'x');
  assert.equal(await said('d', '{{resolve:ssm:/there:7}}'), 'P: Parameters: [ssm:/there:7] cannot be found.');
  assert.match((await said('b', '{{resolve:ssm:/secure}}')) ?? '', /\/secure is a SecureString: use ssm-secure/);
  assert.match((await said('c', '{{resolve:secretsmanager:none}}')) ?? '', /can't find the specified secret/);
});

test('secure parameters go nowhere else', async () => {
  await using cloud = await startTestCloud();
  await put(cloud, '/secure', 'x', 'SecureString');
  const Tags = [{ Key: 'a', Value: '{{resolve:ssm-secure:/secure:1}}' }];
  const Queue = { Type: 'AWS::SQS::Queue', Properties: { Tags } };
  const TemplateBody = templateOf({ P: parameter('{{resolve:ssm-secure:/secure:1}}'), Queue });
  const refused =
    'SSM Secure reference is not supported in: [AWS::SSM::Parameter/Properties/Value,AWS::SQS::Queue/Properties/Tags]';
  assert.equal((await failure(create(cloud, 's', TemplateBody))).message, refused);
  const formation = cloud.client(CloudFormationClient);
  const { Id: ChangeSetName } = await formation.send(
    new CreateChangeSetCommand({ StackName: 's', ChangeSetName: 'c', ChangeSetType: 'CREATE', TemplateBody }),
  );
  await cloud.server.cloud.settle();
  const { Status, StatusReason } = await formation.send(new DescribeChangeSetCommand({ ChangeSetName }));
  assert.deepEqual([Status, StatusReason], ['FAILED', refused]);
});

test('parameters of stacks are no secure ones; their names are those of parameters', async () => {
  await using cloud = await startTestCloud();
  await put(cloud, '/secure', 'x', 'SecureString');
  const said = async (Type: string, Default: string) => {
    const body = templateOf({ P: parameter('v') }, { Parameters: { Given: { Type, Default } } });
    return (await failure(create(cloud, 's', body))).message;
  };
  assert.equal(
    await said('AWS::SSM::Parameter::Value<String>', '/secure'),
    'Parameters [/secure] referenced by template have types not supported by CloudFormation.',
  );
  assert.equal(
    await said('AWS::SSM::Parameter::Name', '/none'),
    'Unable to fetch parameters [/none] from parameter store for this account.',
  );
});

test('parameters of Systems Manager have ARNs, with one slash before their names', async () => {
  await using cloud = await startTestCloud();
  const parameter = (Name: string) => ({
    Type: 'AWS::SSM::Parameter',
    Properties: { Name, Type: 'String', Value: 'v' },
  });
  const arn = (name: string) => ({ Value: { 'Fn::GetAtt': [name, 'Arn'] } });
  const resources = { Flat: parameter('flat'), Deep: parameter('/a/b') };
  await create(cloud, 's', templateOf(resources, { Outputs: { Flat: arn('Flat'), Deep: arn('Deep') } }));
  assert.deepEqual(await outputs(cloud, 's'), {
    Flat: 'arn:aws:ssm:us-east-1:123456789012:parameter/flat',
    Deep: 'arn:aws:ssm:us-east-1:123456789012:parameter/a/b',
  });
});
