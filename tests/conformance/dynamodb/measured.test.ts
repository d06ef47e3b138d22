/** Refusals as they were measured at AWS in September 2026. Source: badmintoncryer/cdk-preflight. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';
import { schema, startWorld } from './world.ts';

const INVALID = 'One or more parameter values were invalid: ';
const REQUEST = 'Invalid request provided: ';
const STRONG = 'not supported for global tables with MultiRegionConsistency set to STRONG';
const ALL = { ProjectionType: 'ALL' } as const;

test('stacks with tables that can not be are refused in the words of AWS', async () => {
  const { KeySchema, AttributeDefinitions } = schema('id:S');
  const index = { IndexName: 'i', KeySchema, Projection: ALL };
  const units = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
  const PAID = "Property ProvisionedThroughput can't be used with PAY_PER_REQUEST BillingMode.";
  const MISSING = 'Property ProvisionedThroughput cannot be empty';
  const UNDEFINED = 'An attribute referenced in a KeySchema element is not defined in AttributeDefinitions';
  const local = { ...index, KeySchema: schema('id:S other:S').KeySchema };
  await using cloud = await startTestCloud();
  await expectRefusals(
    cloud,
    'AWS::DynamoDB::Table',
    { BillingMode: 'PAY_PER_REQUEST', KeySchema, AttributeDefinitions },
    [
      [{ ProvisionedThroughput: units }, PAID],
      [{ GlobalSecondaryIndexes: [{ ...index, ProvisionedThroughput: units }] }, PAID],
      [{ BillingMode: 'PROVISIONED' }, MISSING],
      [{ BillingMode: 'PROVISIONED', ProvisionedThroughput: units, GlobalSecondaryIndexes: [index] }, MISSING],
      [
        { BillingMode: 'PROVISIONED', ProvisionedThroughput: units, OnDemandThroughput: { MaxReadRequestUnits: 5 } },
        "Property MaxReadRequestUnits for OnDemandThroughput can't be used with PROVISIONED BillingMode.",
      ],
      [
        { AttributeDefinitions: schema('id:S other:S').AttributeDefinitions },
        'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
      ],
      [
        { AttributeDefinitions: schema('id:S id:N').AttributeDefinitions },
        'An attribute appears more than once in AttributeDefinitions',
      ],
      [{ LocalSecondaryIndexes: [local] }, UNDEFINED],
      [
        { AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'X' }] },
        "Value 'X' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]",
      ],
      [
        { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false, RecoveryPeriodInDays: 7 } },
        'Cannot set RecoveryPeriodInDays property when PointInTimeRecoveryEnabled is false',
      ],
      [
        { TableClass: 'GLACIER' },
        `${REQUEST}The only valid values for TableClass are STANDARD and STANDARD_INFREQUENT_ACCESS`,
      ],
      [
        { TimeToLiveSpecification: { Enabled: true } },
        `${REQUEST}AttributeName property of TimeToLiveSpecification is required when TTL status is enabled or when enabling TTL.`,
      ],
      [
        { SSESpecification: { SSEEnabled: false, SSEType: 'KMS' } },
        `${INVALID}SSEType can not be specified if Enabled is false`,
      ],
      [
        {
          ImportSourceSpecification: {
            InputFormat: 'DYNAMODB_JSON',
            InputFormatOptions: { Csv: { Delimiter: ',' } },
            S3BucketSource: { S3Bucket: 'none' },
          },
        },
        'Invalid Request: Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON.',
      ],
    ],
  );
});

test('stacks with global tables that can not be are refused in the words of AWS', async () => {
  const { KeySchema, AttributeDefinitions } = schema('id:S');
  const [Here, There] = [{ Region: 'us-east-1' }, { Region: 'us-west-2' }];
  const scaling = { MinCapacity: 1, MaxCapacity: 9, TargetTrackingScalingPolicyConfiguration: { TargetValue: 70 } };
  const written = { WriteProvisionedThroughputSettings: { WriteCapacityAutoScalingSettings: scaling } };
  const index = { IndexName: 'i', KeySchema, Projection: ALL };
  const strong = { MultiRegionConsistency: 'STRONG', Replicas: [Here, There, { Region: 'us-east-2' }] };
  const key = { KMSMasterKeyId: 'arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000' };
  const foreign = { KMSMasterKeyId: key.KMSMasterKeyId.replace('us-east-1', 'us-west-2') };
  const NO_SCALING =
    'You must specify write AutoScale settings for the global table and each of its GSIs when BillingMode is Provisioned';
  const base = { BillingMode: 'PAY_PER_REQUEST', KeySchema, AttributeDefinitions, Replicas: [Here] };
  await using cloud = await startTestCloud();
  await expectRefusals(cloud, 'AWS::DynamoDB::GlobalTable', base, [
    [{ Replicas: [There] }, 'The Replicas section must contain an entry for the current region'],
    [{ Replicas: [Here, There] }, 'You must specify StreamSpecification for a global table.'],
    [{ BillingMode: 'PROVISIONED' }, NO_SCALING],
    [{ BillingMode: 'PROVISIONED', ...written, GlobalSecondaryIndexes: [index] }, NO_SCALING],
    [
      { BillingMode: 'PROVISIONED', ...written, WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 5 } },
      'WriteOnDemandThroughputSettings cannot be specified for table when BillingMode is PROVISIONED',
    ],
    [written, 'Read or Write ProvisionedThroughputSettings cannot be used with PAY_PER_REQUEST BillingMode.'],
    [
      {
        ...written,
        BillingMode: 'PROVISIONED',
        Replicas: [
          {
            ...Here,
            ReadProvisionedThroughputSettings: { ReadCapacityUnits: 5, ReadCapacityAutoScalingSettings: scaling },
          },
        ],
      },
      'You cannot specify both ReadCapacityUnits and ReadCapacityAutoScalingSettings at the same time for one replica or GSI.',
    ],
    [
      { ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 5 } },
      'Table level ReadOnDemandThroughput settings cannot be set when Global Table Settings Replication is not ENABLED. Please enable Global Table Settings Replication on a replica or remove table-level ReadOnDemandThroughput settings.',
    ],
    [
      { Replicas: [{ ...Here, GlobalSecondaryIndexes: [{ IndexName: 'nope' }] }] },
      'IndexNames [nope] in ReplicaSpecification must refer to an existing index name',
    ],
    [
      {
        Replicas: [
          {
            ...Here,
            KinesisStreamSpecification: { StreamArn: 'arn:aws:kinesis:us-west-2:123456789012:stream/s' },
          },
        ],
      },
      'To enable Kinesis Data Stream in DynamoDBTable, both the stream and table must be in the same region.',
    ],
    [
      {
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        Replicas: [{ ...Here, SSESpecification: key }, There],
      },
      'Either all replicas have a KMS key id specified, or no one of them.',
    ],
    [
      {
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        Replicas: [{ ...Here, SSESpecification: foreign }],
      },
      'KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Invalid arn us-west-2',
    ],
    [
      { GlobalTableWitnesses: [There] },
      'Witnesses are not supported for global tables with MultiRegionConsistency set to EVENTUAL',
    ],
    [
      {
        ...strong,
        AttributeDefinitions: schema('id:S at:N').AttributeDefinitions,
        KeySchema: schema('id:S at:N').KeySchema,
        LocalSecondaryIndexes: [{ ...index, KeySchema: schema('id:S at:N').KeySchema }],
      },
      `Local secondary indexes are ${STRONG}`,
    ],
    [{ ...strong, TimeToLiveSpecification: { AttributeName: 'until', Enabled: true } }, `Time To Live is ${STRONG}`],
    [
      { ...strong, Replicas: [Here, There] },
      'Unsupported replica count for global tables with MultiRegionConsistency set to STRONG',
    ],
    [
      { BillingMode: undefined, GlobalTableSourceArn: 'arn:aws:dynamodb:us-east-1:210987654321:table/t' },
      'GlobalTableSourceArn',
      'NotImplemented',
    ],
    [strong, 'has not built strong consistency over Regions', 'NotImplemented'],
  ]);
});

test('what all indexes project together is told with its number', async () => {
  await using world = await startWorld();
  const db = world.cloud.client(DynamoDBClient);
  const { KeySchema, AttributeDefinitions } = schema('id:S');
  const names = Array.from({ length: 101 }, (_, at) => `a${at}`);
  const input: CreateTableCommandInput = {
    TableName: 'wide',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema,
    AttributeDefinitions,
    GlobalSecondaryIndexes: [0, 20, 40, 60, 80, 100].map((from) => ({
      IndexName: `from-${from}`,
      KeySchema,
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: names.slice(from, from + 20) },
    })),
  };
  const { name, message } = await failure(db.send(new CreateTableCommand(input)));
  assert.deepEqual(
    [name, message],
    [
      'ValidationException',
      `${INVALID}Number of projected attributes in all indexes exceeds limit of 100, number of projected attributes:101`,
    ],
  );
});
