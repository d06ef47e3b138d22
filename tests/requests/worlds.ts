/** What is there before each request, so that it reaches further than to something that isn't: one world per service. */
import type { ServiceName } from '#kernel/contract';
import { type Furnish, policy } from './world.ts';
import { acm } from './world-of-certificates.ts';
import { distributions } from './world-of-distributions.ts';
import { fis } from './world-of-faults.ts';
import { cloudformation } from './world-of-formation.ts';
import { ecr } from './world-of-images.ts';
import { lambda } from './world-of-lambda.ts';
import { logs } from './world-of-logs.ts';
import { firehose, kinesis } from './world-of-streams.ts';
import { httpApis, restApis } from './worlds-of-apis.ts';
import { cloudtrail, cloudwatch, eventbridge, secretsManager, ssm } from './worlds-of-watchers.ts';

const ACCOUNT = '123456789012';
const TRUST = policy({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' });
const PERMISSIONS = policy({ Action: 's3:GetObject', Resource: '*' });

/** Makes a service's world and says what is in it. */
export const WORLDS: { readonly [name in ServiceName]?: Furnish } = {
  acm,
  'api-gateway': restApis,
  apigatewayv2: httpApis,
  cloudformation,
  cloudtrail,
  cloudwatch,
  ecr,
  eventbridge,
  firehose,
  fis,
  kinesis,
  // Without a proxy: nobody listens there.
  kms: async () => ({
    CustomKeyStoreType: ['EXTERNAL_KEY_STORE'],
    XksProxyConnectivity: ['PUBLIC_ENDPOINT'],
    XksProxyUriEndpoint: ['http://localhost:1', 'https://xks.localhost:1'],
  }),
  lambda,
  'secrets-manager': secretsManager,
  ssm,
  sqs: async ({ sqs }) => {
    const { QueueUrl = '' } = await sqs.CreateQueue({ QueueName: 'jobs' });
    const fifo = await sqs.CreateQueue({ QueueName: 'orders.fifo', Attributes: { FifoQueue: 'true' } });
    for (const MessageBody of ['a', 'b']) await sqs.SendMessage({ QueueUrl, MessageBody });
    const { Messages = [] } = await sqs.ReceiveMessage({ QueueUrl });
    return {
      QueueUrl: [QueueUrl, fifo.QueueUrl],
      QueueName: ['jobs', 'new', 'new.fifo'],
      ReceiptHandle: Messages.map((one) => one.ReceiptHandle),
      SourceArn: [`arn:aws:sqs:us-east-1:${ACCOUNT}:jobs`],
      // Waiting under a clock that stands still would have no end.
      WaitTimeSeconds: [0],
    };
  },
  cloudfront: distributions,
  'cloudfront-keyvaluestore': async ({ cloudfront, 'cloudfront-keyvaluestore': kvs }) => {
    const { KeyValueStore } = await cloudfront.CreateKeyValueStore({ Name: 'pairs' });
    const KvsARN = KeyValueStore?.ARN ?? '';
    const { ETag: IfMatch } = await kvs.DescribeKeyValueStore({ KvsARN });
    const { ETag } = await kvs.PutKey({ KvsARN, IfMatch, Key: 'k', Value: 'v' });
    return { KvsARN: [KvsARN], IfMatch: [ETag], Key: ['k'] };
  },
  dynamodb: async ({ dynamodb, kinesis }) => {
    await kinesis.CreateStream({ StreamName: 'changes', ShardCount: 1 });
    await dynamodb.CreateTable({
      TableName: 'items',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    });
    await dynamodb.PutItem({ TableName: 'items', Item: { id: { S: '1' }, n: { N: '1' } } });
    return {
      TableName: ['items'],
      'CreateTableInput.TableName': ['others'],
      StreamArn: [`arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/changes`],
      ResourceArn: [`arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/items`],
      Key: [{ id: { S: '1' } }, { id: { S: '2' } }],
      Item: [{ id: { S: '1' }, n: { N: '2' } }, { id: { S: '3' } }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeyConditionExpression: ['id = :v', '#n = :v'],
      ConditionExpression: ['attribute_exists(id)', 'n > :v'],
      FilterExpression: ['attribute_exists(n)', 'begins_with(id, :v)'],
      UpdateExpression: ['SET n = :v', 'ADD n :v', 'REMOVE n'],
      ProjectionExpression: ['id', '#n.a[0]'],
      ExpressionAttributeValues: [{ ':v': { N: '1' } }, { ':v': { S: '1' } }],
      ExpressionAttributeNames: [{ '#n': 'id' }],
    };
  },
  'cloudwatch-logs': logs,
  s3: async ({ s3 }) => {
    const target = { Bucket: 'photos-2026', Key: 'a/b.txt' };
    await s3.CreateBucket({ Bucket: target.Bucket });
    await s3.CreateBucket({ Bucket: 'versioned-2026' });
    await s3.PutBucketVersioning({ Bucket: 'versioned-2026', VersioningConfiguration: { Status: 'Enabled' } });
    await s3.CopyObject({ ...target, Key: 'none', CopySource: 'photos-2026/none' }).catch(() => {});
    const { UploadId } = await s3.CreateMultipartUpload(target);
    return {
      Bucket: [target.Bucket, 'versioned-2026'],
      'CreateBucketRequest.Bucket': ['another-2026', target.Bucket],
      'CreateBucketConfiguration.LocationConstraint': ['eu-west-1', 'us-west-2'],
      Key: [target.Key],
      UploadId: [UploadId],
      CopySource: [`${target.Bucket}/${target.Key}`],
      ExpectedBucketOwner: [ACCOUNT],
      ExpectedSourceBucketOwner: [ACCOUNT],
      ContentLength: [],
      Policy: [policy({ Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos-2026/*' })],
    };
  },
  's3-control': async ({ s3, 's3-control': control }) => {
    await s3.CreateBucket({ Bucket: 'photos-2026' });
    const Policy = policy({
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Resource: `arn:aws:s3:us-east-1:${ACCOUNT}:accesspoint/readers/object/*`,
      Action: 's3:GetObject',
    });
    const point = { AccountId: ACCOUNT, Name: 'readers' };
    const { AccessPointArn } = await control.CreateAccessPoint({ ...point, Bucket: 'photos-2026' });
    await control.PutAccessPointPolicy({ ...point, Policy });
    const Spec = { Format: 'S3BatchOperations_CSV_20180820', Fields: ['Bucket', 'Key'] } as const;
    const Location = { ObjectArn: 'arn:aws:s3:::photos-2026/manifest.csv', ETag: 'e' };
    const Operation = { S3DeleteObjectTagging: {} };
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/batch`;
    const { JobId } = await control.CreateJob({
      AccountId: ACCOUNT,
      ConfirmationRequired: true,
      Operation,
      Report: { Enabled: false },
      ClientRequestToken: 'one',
      Manifest: { Spec: { ...Spec, Fields: [...Spec.Fields] }, Location },
      Priority: 1,
      RoleArn,
    });
    return {
      JobId: [JobId],
      Operation: [Operation],
      Manifest: [{ Spec, Location }],
      Report: [{ Enabled: false }],
      RoleArn: [RoleArn],
      RequestedJobStatus: ['Cancelled'],
      AccountId: [ACCOUNT],
      BucketAccountId: [ACCOUNT],
      Name: ['readers'],
      'CreateAccessPointRequest.Name': ['writers', 'readers'],
      Bucket: ['photos-2026'],
      Policy: [Policy],
      ResourceArn: [AccessPointArn, 'arn:aws:s3:::photos-2026'],
    };
  },
  iam: async ({ iam }) => {
    await iam.CreateUser({ UserName: 'ann' });
    await iam.CreateGroup({ GroupName: 'staff' });
    await iam.CreateRole({ RoleName: 'worker', AssumeRolePolicyDocument: TRUST });
    await iam.CreateInstanceProfile({ InstanceProfileName: 'machine' });
    const { Policy } = await iam.CreatePolicy({ PolicyName: 'reads', PolicyDocument: PERMISSIONS });
    const { AccessKey } = await iam.CreateAccessKey({ UserName: 'ann' });
    const { ServiceSpecificCredential } = await iam.CreateServiceSpecificCredential({
      UserName: 'ann',
      ServiceName: 'codecommit.amazonaws.com',
    });
    const { VirtualMFADevice } = await iam.CreateVirtualMFADevice({ VirtualMFADeviceName: 'phone' });
    const { OpenIDConnectProviderArn } = await iam.CreateOpenIDConnectProvider({ Url: 'https://id.example.com' });
    await iam.PutUserPolicy({ UserName: 'ann', PolicyName: 'own', PolicyDocument: PERMISSIONS });
    return {
      UserName: ['ann'],
      GroupName: ['staff'],
      RoleName: ['worker'],
      InstanceProfileName: ['machine'],
      'CreateUserRequest.UserName': ['bob', 'ann'],
      'CreateRoleRequest.RoleName': ['driver', 'worker'],
      PolicyArn: [Policy?.Arn, 'arn:aws:iam::aws:policy/ReadOnlyAccess'],
      PermissionsBoundary: [Policy?.Arn],
      PolicySourceArn: [`arn:aws:iam::${ACCOUNT}:user/ann`, `arn:aws:iam::${ACCOUNT}:role/worker`],
      AccessKeyId: [AccessKey?.AccessKeyId],
      PolicyName: ['own', 'other'],
      VersionId: ['v1'],
      SerialNumber: [VirtualMFADevice.SerialNumber],
      ServiceSpecificCredentialId: [ServiceSpecificCredential?.ServiceSpecificCredentialId],
      ServiceName: ['codecommit.amazonaws.com'],
      OpenIDConnectProviderArn: [OpenIDConnectProviderArn],
      SAMLProviderArn: [`arn:aws:iam::${ACCOUNT}:saml-provider/corp`],
      Url: ['https://id.example.com/realm', 'https://id.example.com'],
      thumbprintListType: ['0123456789abcdef0123456789abcdef01234567'],
      ThumbprintList: ['0123456789abcdef0123456789abcdef01234567'],
      PolicyDocument: [PERMISSIONS],
      AssumeRolePolicyDocument: [TRUST],
      PolicyInputList: [PERMISSIONS],
      ActionNames: ['s3:GetObject'],
      Path: ['/', '/team/'],
      PathPrefix: ['/'],
      Marker: [],
    };
  },
  sns: async ({ sns, sqs }) => {
    await sqs.CreateQueue({ QueueName: 'jobs' });
    const { TopicArn = '' } = await sns.CreateTopic({ Name: 'news' });
    const fifo = await sns.CreateTopic({
      Name: 'orders.fifo',
      Attributes: { FifoTopic: 'true', ContentBasedDeduplication: 'true' },
    });
    const endpoint = `arn:aws:sqs:us-east-1:${ACCOUNT}:jobs`;
    const queue = await sns.Subscribe({ TopicArn, Protocol: 'sqs', Endpoint: endpoint });
    const mail = await sns.Subscribe({
      TopicArn,
      Protocol: 'email',
      Endpoint: 'anna@example.com',
      ReturnSubscriptionArn: true,
    });
    const { PlatformApplicationArn = '' } = await sns.CreatePlatformApplication({
      Name: 'app',
      Platform: 'GCM',
      Attributes: { PlatformCredential: 'secret' },
    });
    const { EndpointArn } = await sns.CreatePlatformEndpoint({ PlatformApplicationArn, Token: 't' });
    await sns.CreateSMSSandboxPhoneNumber({ PhoneNumber: '+15550100' });
    return {
      DataProtectionPolicy: [
        JSON.stringify({
          Name: 'p',
          Version: '2021-06-01',
          Statement: [
            {
              DataDirection: 'Inbound',
              Principal: ['*'],
              DataIdentifier: ['arn:aws:dataprotection::aws:data-identifier/EmailAddress'],
              Operation: { Deidentify: { RedactConfig: {} } },
            },
          ],
        }),
      ],
      TopicArn: [TopicArn, fifo.TopicArn],
      ResourceArn: [TopicArn],
      TargetArn: [TopicArn, EndpointArn],
      SubscriptionArn: [queue.SubscriptionArn, mail.SubscriptionArn],
      PlatformApplicationArn: [PlatformApplicationArn],
      EndpointArn: [EndpointArn],
      'CreateTopicInput.Name': ['more', 'news'],
      'CreateTopicInput.Attributes': [{ DisplayName: 'More' }],
      'CreatePlatformApplicationInput.Platform': ['GCM'],
      'CreatePlatformApplicationInput.Name': ['other', 'app'],
      'CreatePlatformApplicationInput.Attributes': [{ PlatformCredential: 'secret' }],
      'SetPlatformApplicationAttributesInput.Attributes': [{ Enabled: 'false' }],
      'CreatePlatformEndpointInput.Attributes': [{ CustomUserData: 'anna' }],
      'SetEndpointAttributesInput.Attributes': [{ Enabled: 'false' }],
      'SubscribeInput.Attributes': [{ RawMessageDelivery: 'true' }],
      'SetTopicAttributesInput.AttributeName': ['DisplayName'],
      'SetSubscriptionAttributesInput.AttributeName': ['FilterPolicy'],
      'SetSubscriptionAttributesInput.AttributeValue': ['{"kind":["a"]}'],
      Protocol: ['sqs'],
      Endpoint: [endpoint],
      ActionName: ['Publish'],
      AWSAccountId: ['210987654321'],
      PhoneNumber: ['+15550100'],
      phoneNumber: ['+15550100'],
      attributes: [{ DefaultSMSType: 'Transactional' }],
      MessageGroupId: ['g'],
      MessageStructure: [],
      NextToken: [],
      nextToken: [],
    };
  },
  sts: async ({ iam }) => {
    await iam.CreateRole({ RoleName: 'worker', AssumeRolePolicyDocument: TRUST });
    return {
      RoleArn: [`arn:aws:iam::${ACCOUNT}:role/worker`],
      Policy: [PERMISSIONS],
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
    };
  },
};
