/** Condition keys of services: each is denied on one value of a key, and let through on another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACMClient, ExportCertificateCommand, RequestCertificateCommand } from '@aws-sdk/client-acm';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  ListHookResultsCommand,
  SetStackPolicyCommand,
  UpdateStackSetCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  PutDeliveryDestinationCommand,
  PutDeliverySourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateRepositoryCommand, ECRClient, GetAccountSettingCommand } from '@aws-sdk/client-ecr';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, ImportKeyMaterialCommand, KMSClient, ReplicateKeyCommand } from '@aws-sdk/client-kms';
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionCodeSigningConfigCommand,
  RemovePermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { AddTagsToResourceCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { callsOf, check } from './denial.ts';
import { ACCOUNT, type Keys } from './support.ts';

test('CloudFormation: templates, roles, policies, types, Regions, change sets, tags of sets', async () => {
  await using cloud = await startTestCloud();
  const by = callsOf(cloud, CloudFormationClient);
  const [url, other] = ['https://s3.amazonaws.com/b/a.json', 'https://s3.amazonaws.com/b/b.json'];
  const stack = { StackName: 's', TemplateBody: '{"Resources":{"Q":{"Type":"AWS::SQS::Queue"}}}' };
  const role = `arn:aws:iam::${ACCOUNT}:role/a`;
  await check(
    cloud,
    'cloudformation:TemplateUrl',
    url,
    by(new ValidateTemplateCommand({ TemplateURL: url })),
    by(new ValidateTemplateCommand({ TemplateURL: other })),
  );
  await check(
    cloud,
    'cloudformation:RoleArn',
    role,
    by(new DeleteStackCommand({ StackName: 's', RoleARN: role })),
    by(new DeleteStackCommand({ StackName: 's' })),
  );
  await check(
    cloud,
    'cloudformation:StackPolicyUrl',
    url,
    by(new SetStackPolicyCommand({ StackName: 's', StackPolicyURL: url })),
    by(new SetStackPolicyCommand({ StackName: 's', StackPolicyURL: other })),
  );
  await check(
    cloud,
    'cloudformation:ResourceTypes',
    'AWS::IAM::*',
    by(new CreateStackCommand({ ...stack, ResourceTypes: ['AWS::SQS::*', 'AWS::IAM::*'] })),
    by(new CreateStackCommand({ ...stack, ResourceTypes: ['AWS::SNS::*'] })),
  );
  const ResourceIdentifier = { QueueUrl: 'x' };
  const imported = (ResourceType: string) =>
    by(
      new CreateChangeSetCommand({
        ...stack,
        ChangeSetName: 'c',
        ChangeSetType: 'IMPORT',
        ResourcesToImport: [{ LogicalResourceId: 'Q', ResourceIdentifier, ResourceType }],
      }),
    );
  await check(
    cloud,
    'cloudformation:ImportResourceTypes',
    'AWS::SQS::Queue',
    imported('AWS::SQS::Queue'),
    imported('AWS::SNS::Topic'),
  );
  const dropped = (ChangeSetName: string) => by(new DeleteChangeSetCommand({ ChangeSetName, StackName: 's' }));
  await check(cloud, 'cloudformation:ChangeSetName', 'one', dropped('one'), dropped('two'));
  const there = (...Regions: string[]) =>
    by(new CreateStackInstancesCommand({ StackSetName: 'set', Accounts: [ACCOUNT], Regions }));
  await check(cloud, 'cloudformation:TargetRegion', 'eu-west-1', there('us-east-1', 'eu-west-1'), there('us-east-1'));
  const Tags = [{ Key: 'team', Value: 'a' }];
  const set = { ...stack, StackSetName: 'set' };
  const create = (tags?: typeof Tags) => by(new CreateStackSetCommand({ ...set, Tags: tags }));
  await check(cloud, 'cloudformation:CreateAction', 'CreateStackSet', create(Tags), create());
  const update = (tags?: typeof Tags) => by(new UpdateStackSetCommand({ ...set, Tags: tags }));
  await check(cloud, 'cloudformation:CreateAction', 'UpdateStackSet', update(Tags), update());
  const all = by(new ListHookResultsCommand({}));
  const one = by(new ListHookResultsCommand({ TargetType: 'STACK', TargetId: 's' }));
  await check(cloud, 'aws:RequestedRegion', 'us-east-1', all, one, 'cloudformation:ListAllHookResults');
});

test('DynamoDB: capacity that is told, transactions, partition keys of indexes, what PartiQL selects', async () => {
  await using cloud = await startTestCloud();
  const TableName = 'things';
  await cloud.client(DynamoDBClient).send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: ['id', 'color', 'size'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'kinds',
          KeySchema: ['color', 'size'].map((AttributeName) => ({ AttributeName, KeyType: 'HASH' })),
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  const by = callsOf(cloud, DynamoDBClient);
  const Key = { id: { S: 'a' } };
  const get = { TableName, Key };
  await check(
    cloud,
    'dynamodb:ReturnConsumedCapacity',
    'TOTAL',
    by(new GetItemCommand({ ...get, ReturnConsumedCapacity: 'TOTAL' })),
    by(new GetItemCommand(get)),
  );
  await check(
    cloud,
    'dynamodb:EnclosingOperation',
    'TransactGetItems',
    by(new TransactGetItemsCommand({ TransactItems: [{ Get: get }] })),
    by(new GetItemCommand(get)),
  );
  await check(
    cloud,
    'dynamodb:EnclosingOperation',
    'TransactWriteItems',
    by(new TransactWriteItemsCommand({ TransactItems: [{ Delete: get }] })),
    by(new PutItemCommand({ TableName, Item: Key })),
  );
  const query = (color: string, size: string) =>
    by(
      new QueryCommand({
        TableName,
        IndexName: 'kinds',
        KeyConditionExpression: 'color = :c AND #s = :s',
        ExpressionAttributeNames: { '#s': 'size' },
        ExpressionAttributeValues: { ':c': { S: color }, ':s': { S: size } },
      }),
    );
  await check(cloud, 'dynamodb:LeadingKeys', 'red', query('red', 's'), query('blue', 's'));
  await check(cloud, 'dynamodb:SecondPartitionKeyValues', 's', query('red', 's'), query('red', 'm'));
  const select = (what: string) =>
    by(new ExecuteStatementCommand({ Statement: `SELECT ${what} FROM things WHERE id = 'a'` }));
  await check(cloud, 'dynamodb:Select', 'ALL_ATTRIBUTES', select('*'), select('id'));
  const remove = (more: string) =>
    by(new ExecuteStatementCommand({ Statement: `DELETE FROM things WHERE id = 'a'${more}` }));
  await check(cloud, 'dynamodb:ReturnValues', 'ALL_OLD', remove(' RETURNING ALL OLD *'), remove(''));
});

test('Lambda: who gets permissions, addresses, layers, signing', async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await functionRole(cloud), 'f', 'export const handler = async () => 1;');
  const FunctionName = 'f';
  const by = callsOf(cloud, LambdaClient);
  const permit = (Principal: string, StatementId: string) =>
    by(new AddPermissionCommand({ FunctionName, Action: 'lambda:InvokeFunction', Principal, StatementId }));
  await check(cloud, 'lambda:Principal', '*', permit('*', 'all'), permit('s3.amazonaws.com', 's3'));
  await permit('*', 'all')({ accessKeyId: ACCOUNT, secretAccessKey: 'x' });
  const forbid = (StatementId: string) => by(new RemovePermissionCommand({ FunctionName, StatementId }));
  await check(cloud, 'lambda:Principal', 's3.amazonaws.com', forbid('s3'), forbid('all'));
  const open = (AuthType: 'NONE' | 'AWS_IAM') => by(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType }));
  await check(cloud, 'lambda:FunctionUrlAuthType', 'NONE', open('NONE'), open('AWS_IAM'));
  const close = by(new DeleteFunctionUrlConfigCommand({ FunctionName }));
  await check(cloud, 'lambda:FunctionUrlAuthType', 'AWS_IAM', close, open('NONE'));
  const layer = (version: number) => `arn:aws:lambda:us-east-1:${ACCOUNT}:layer:tools:${version}`;
  const update = (version: number) =>
    by(new UpdateFunctionConfigurationCommand({ FunctionName, Layers: [layer(version)] }));
  await check(cloud, 'lambda:Layer', layer(1), update(1), update(2));
  const config = (id: string) => `arn:aws:lambda:us-east-1:${ACCOUNT}:code-signing-config:csc-${id.repeat(17)}`;
  const sign = (id: string) =>
    by(new PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn: config(id) }));
  await check(cloud, 'lambda:CodeSigningConfigArn', config('0'), sign('0'), sign('1'));
});

test('functions of one role are told apart by what they are', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  const arn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:one`;
  const Condition = { ArnEquals: { 'lambda:SourceFunctionArn': arn } };
  const Statement = [{ Effect: 'Allow', Action: 'sqs:ListQueues', Resource: '*', Condition }];
  await cloud.client(IAMClient).send(
    new PutRolePolicyCommand({
      RoleName: 'functions',
      PolicyName: 'queues',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
  const source = `
    import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
    export const handler = () => new SQSClient().send(new ListQueuesCommand()).then(() => 'may', (error) => error.name);
  `;
  const answers = [];
  for (const name of ['one', 'two']) {
    await createFunction(cloud, role, name, source);
    const { Payload } = await cloud.client(LambdaClient).send(new InvokeCommand({ FunctionName: name }));
    answers.push(JSON.parse(Buffer.from(Payload ?? []).toString()));
  }
  assert.deepEqual(answers, ['may', 'AccessDeniedException']);
});

test('ACM and ECR: authorities, transparency, names, settings, tags', async () => {
  await using cloud = await startTestCloud();
  const acm = callsOf(cloud, ACMClient);
  const request = (more: object = {}) => acm(new RequestCertificateCommand({ DomainName: 'a.example', ...more }));
  const logging = (CertificateTransparencyLoggingPreference: 'ENABLED' | 'DISABLED') =>
    request({ Options: { CertificateTransparencyLoggingPreference } });
  await check(cloud, 'acm:CertificateTransparencyLogging', 'ENABLED', request(), logging('DISABLED'));
  const CertificateAuthorityArn = `arn:aws:acm-pca:us-east-1:${ACCOUNT}:certificate-authority/a`;
  await check(
    cloud,
    'acm:CertificateAuthority',
    CertificateAuthorityArn,
    request({ CertificateAuthorityArn }),
    request(),
  );
  await check(cloud, 'acm:Export', 'ENABLED', request({ Options: { Export: 'ENABLED' } }), request());
  const made = (DomainName: string) => cloud.client(ACMClient).send(new RequestCertificateCommand({ DomainName }));
  const [one, two] = [await made('one.example'), await made('two.example')];
  const exported = ({ CertificateArn }: { CertificateArn?: string }) =>
    acm(new ExportCertificateCommand({ CertificateArn, Passphrase: Buffer.from('secret') }));
  await check(cloud, 'acm:DomainNames', 'one.example', exported(one), exported(two));
  const ecr = callsOf(cloud, ECRClient);
  const setting = (name: string) => ecr(new GetAccountSettingCommand({ name }));
  await check(
    cloud,
    'ecr:AccountSetting',
    'BLOB_MOUNTING',
    setting('BLOB_MOUNTING'),
    setting('BASIC_SCAN_TYPE_VERSION'),
  );
  const repository = (repositoryName: string, tags?: { Key: string; Value: string }[]) =>
    ecr(new CreateRepositoryCommand({ repositoryName, tags }));
  const tagged = repository('one', [{ Key: 'a', Value: 'b' }]);
  await check(cloud, 'aws:RequestedRegion', 'us-east-1', tagged, repository('two'), 'ecr:TagResource');
});

test('Logs, Systems Manager, Secrets Manager, SNS, EventBridge', async () => {
  await using cloud = await startTestCloud();
  const logs = callsOf(cloud, CloudWatchLogsClient);
  const source = (resourceArn: string) =>
    logs(new PutDeliverySourceCommand({ name: 'a', resourceArn, logType: 'ACCESS_LOGS' }));
  const distribution = (id: string) => `arn:aws:cloudfront::${ACCOUNT}:distribution/${id}`;
  await check(
    cloud,
    'logs:LogGeneratingResourceArns',
    distribution('A'),
    source(distribution('A')),
    source(distribution('B')),
  );
  const destination = (destinationResourceArn: string) =>
    logs(
      new PutDeliveryDestinationCommand({ name: 'a', deliveryDestinationConfiguration: { destinationResourceArn } }),
    );
  const key = 'logs:DeliveryDestinationResourceArn';
  await check(cloud, key, 'arn:aws:s3:::a', destination('arn:aws:s3:::a'), destination('arn:aws:s3:::b'));

  const ssm = callsOf(cloud, SSMClient);
  const parameter = (Name: string, Policies?: string) =>
    ssm(new PutParameterCommand({ Name, Value: '1', Type: 'String', Policies }));
  await check(cloud, 'ssm:Policies', 'true', parameter('a', '[{}]'), parameter('a'));
  const root = { accessKeyId: ACCOUNT, secretAccessKey: 'x' };
  await parameter('b')(root);
  const Tags = [{ Key: 'team', Value: 'x' }];
  await ssm(new AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId: 'b', Tags }))(root);
  const read = (Name: string) => ssm(new GetParameterCommand({ Name }));
  await check(cloud, 'ssm:resourceTag/team', 'x', read('b'), read('a'));

  const secrets = callsOf(cloud, SecretsManagerClient);
  await secrets(new CreateSecretCommand({ Name: 's', SecretString: '1' }))(root);
  const stage = (VersionStage: string) => secrets(new UpdateSecretVersionStageCommand({ SecretId: 's', VersionStage }));
  await check(cloud, 'secretsmanager:VersionStage', 'AWSCURRENT', stage('AWSCURRENT'), stage('OTHER'));
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  const validate = (SecretId?: string) => secrets(new ValidateResourcePolicyCommand({ SecretId, ResourcePolicy }));
  await check(cloud, 'secretsmanager:SecretPrimaryRegion', 'us-east-1', validate('s'), validate());
  const create = (KmsKeyId: string) => secrets(new CreateSecretCommand({ Name: 'n', SecretString: '1', KmsKeyId }));
  const kms = (id: string) => `arn:aws:kms:us-east-1:${ACCOUNT}:key/${id.repeat(8)}-0000-0000-0000-000000000000`;
  await check(cloud, 'secretsmanager:KmsKeyArn', kms('1'), create(kms('1')), create(kms('2')));

  const sns = callsOf(cloud, SNSClient);
  const { TopicArn } = await cloud.client(SNSClient).send(new CreateTopicCommand({ Name: 't' }));
  const attribute = (AttributeName: string, AttributeValue: string) =>
    sns(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
  const logged = attribute('SQSSuccessFeedbackRoleArn', `arn:aws:iam::${ACCOUNT}:role/a`);
  await check(cloud, 'iam:PassedToService', 'sns.amazonaws.com', logged, attribute('DisplayName', 'x'));

  const put = (credentials: Keys) => {
    const Entries = [{ Source: 'a', DetailType: 'b', Detail: '{}' }];
    return cloud.client(EventBridgeClient, { credentials }).send(new PutEventsCommand({ Entries }));
  };
  const list = ssm(new GetParameterCommand({ Name: 'a' }));
  await check(cloud, 'events:eventBusInvocation', 'false', put, list);
});

test('STS and KMS: tags of roles and of replicas, keys by their old names, how long material is good', async () => {
  await using cloud = await startTestCloud();
  const sts = callsOf(cloud, STSClient);
  for (const [RoleName, Value] of [
    ['one', 'a'],
    ['two', 'b'],
  ]) {
    const Statement = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    const Tags = [{ Key: 'team', Value }];
    await cloud.client(IAMClient).send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, Tags }));
  }
  const assume = (name: string) =>
    sts(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/${name}`, RoleSessionName: 'session' }));
  for (const prefix of ['aws', 'iam'])
    await check(cloud, `${prefix}:ResourceTag/team`, 'a', assume('one'), assume('two'));
  const kms = callsOf(cloud, KMSClient);
  const create = (KeySpec: 'RSA_2048' | 'RSA_3072') => kms(new CreateKeyCommand({ KeySpec, KeyUsage: 'SIGN_VERIFY' }));
  await check(cloud, 'kms:CustomerMasterKeySpec', 'RSA_2048', create('RSA_2048'), create('RSA_3072'));
  const made = await cloud.client(KMSClient).send(new CreateKeyCommand({ MultiRegion: true }));
  const KeyId = made.KeyMetadata?.KeyId;
  const replicate = (Tags?: { TagKey: string; TagValue: string }[]) =>
    kms(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1', Tags }));
  const tagged = replicate([{ TagKey: 'a', TagValue: 'b' }]);
  await check(cloud, 'aws:RequestedRegion', 'us-east-1', tagged, replicate(), 'kms:TagResource');
  const bytes = Buffer.alloc(16);
  const load = (year: number) =>
    kms(
      new ImportKeyMaterialCommand({
        KeyId,
        ImportToken: bytes,
        EncryptedKeyMaterial: bytes,
        ValidTo: new Date(`${year}-01-01`),
      }),
    );
  await check(cloud, 'kms:ValidTo', '2027-01-01T00:00:00.000Z', load(2027), load(2028));
});
