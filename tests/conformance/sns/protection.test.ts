/** Data protection policies: what is sensitive is found, masked, or stopped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateTopicCommand,
  GetDataProtectionPolicyCommand,
  PublishBatchCommand,
  PublishCommand,
  PutDataProtectionPolicyCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { failure } from '../../support/cloud.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { ACCOUNT, openBed, queueArn, topicArn } from './bed.ts';

const managed = (name: string) => `arn:aws:dataprotection::aws:data-identifier/${name}`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;

type Operation = object;
const statement = (DataDirection: 'Inbound' | 'Outbound', Operation: Operation, more: object = {}) => ({
  DataDirection,
  Principal: ['*'],
  DataIdentifier: [managed('EmailAddress'), managed('CreditCardNumber')],
  Operation,
  ...more,
});
const policy = (...Statement: object[]) => ({ Name: 'p', Version: '2021-06-01', Statement });
const MASK = { Deidentify: { MaskConfig: { MaskWithCharacter: '#' } } };
const REDACT = { Deidentify: { RedactConfig: {} } };

test('what is published is masked, taken out, or refused', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('t');
  const url = await bed.queue('q');
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'), { RawMessageDelivery: 'true' });
  const put = (document: object | string) =>
    sns.send(
      new PutDataProtectionPolicyCommand({
        ResourceArn: TopicArn,
        DataProtectionPolicy: typeof document === 'string' ? document : JSON.stringify(document),
      }),
    );
  const got = async (Message: string) => {
    await sns.send(new PublishCommand({ TopicArn, Message }));
    await bed.settle();
    return (await bed.receive(url)).map(({ Body }) => Body);
  };
  const text = 'ann@example.com paid by card 4111 1111 1111 1111';
  assert.deepEqual(await got(text), [text]);
  await put(policy(statement('Inbound', MASK)));
  assert.deepEqual(await got(text), [`${'#'.repeat(15)} paid by card ${'#'.repeat(19)}`]);
  await put(policy(statement('Inbound', REDACT, { DataIdentifier: [managed('EmailAddress')] })));
  assert.deepEqual(await got(text), [' paid by card 4111 1111 1111 1111']);
  const own = {
    ...policy(statement('Inbound', MASK, { DataIdentifier: ['Badge'] })),
    Configuration: { CustomDataIdentifier: [{ Name: 'Badge', Regex: 'B-\\d+' }] },
  };
  await put(own);
  assert.deepEqual(await got('badge B-77 of ann'), ['badge #### of ann']);
  await put(policy(statement('Inbound', MASK, { Principal: [`arn:aws:iam::${ACCOUNT}:user/other`] })));
  assert.deepEqual(await got(text), [text]);
  await put(policy(statement('Inbound', { Deny: {} }, { Principal: [ROOT] })));
  const refused = await failure(sns.send(new PublishCommand({ TopicArn, Message: text })));
  assert.deepEqual(
    [refused.name, refused.message],
    [
      'AuthorizationErrorException',
      'The message contains sensitive data that the data protection policy of the topic denies',
    ],
  );
  const batch = await sns.send(
    new PublishBatchCommand({
      TopicArn,
      PublishBatchRequestEntries: [
        { Id: 'bad', Message: text },
        { Id: 'good', Message: 'nothing' },
      ],
    }),
  );
  assert.deepEqual(
    [batch.Failed?.map(({ Id, Code }) => [Id, Code]), batch.Successful?.map(({ Id }) => Id)],
    [[['bad', 'AuthorizationError']], ['good']],
  );
  await bed.settle();
  assert.deepEqual(
    (await bed.receive(url)).map(({ Body }) => Body),
    ['nothing'],
  );
  const shown = async () =>
    (await sns.send(new GetDataProtectionPolicyCommand({ ResourceArn: TopicArn }))).DataProtectionPolicy;
  await put(own);
  assert.deepEqual(JSON.parse((await shown()) ?? ''), own);
  await put('');
  assert.equal(await shown(), undefined);
  assert.deepEqual(await got(text), [text]);
});

test('a message of which nothing remains is refused', async () => {
  await using bed = await openBed();
  const DataProtectionPolicy = JSON.stringify(policy(statement('Inbound', { Deidentify: { RedactConfig: {} } })));
  const { TopicArn } = await bed.sns.send(new CreateTopicCommand({ Name: 't', DataProtectionPolicy }));
  const { name } = await failure(bed.sns.send(new PublishCommand({ TopicArn, Message: 'ann@example.com' })));
  assert.equal(name, 'AuthorizationErrorException');
});

test('a subscriber gets what it may have; what it may not goes nowhere, nor to its dead letters', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const DataProtectionPolicy = JSON.stringify(
    policy(
      statement('Outbound', MASK, { DataIdentifier: [managed('EmailAddress')] }),
      statement('Outbound', { Deny: {} }, { DataIdentifier: [managed('CreditCardNumber')] }),
    ),
  );
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 't', DataProtectionPolicy }));
  const [url, dead] = [await bed.queue('q'), await bed.queue('dead')];
  await bed.subscribe(TopicArn, 'sqs', queueArn('q'), {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn('dead') }),
  });
  await sns.send(new PublishCommand({ TopicArn, Message: 'mail to ann@example.com' }));
  await sns.send(new PublishCommand({ TopicArn, Message: 'card 4111111111111111' }));
  await bed.settle();
  await bed.cloud.advance(1_000);
  await bed.settle();
  const bodies = async (of: string) =>
    (await bed.receive(of)).map(({ Body }) => (JSON.parse(Body ?? '{}') as { Message: string }).Message);
  assert.deepEqual(await bodies(url), ['mail to ###############']);
  assert.deepEqual(await bodies(dead), []);
});

test('an audit says what stands where, and counts', async () => {
  await using bed = await openBed();
  const { sns, cloud } = bed;
  const logs = cloud.client(CloudWatchLogsClient);
  const groups = ['/aws/vendedlogs/found', '/aws/vendedlogs/none'] as const;
  for (const logGroupName of groups) await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const Audit = {
    SampleRate: '99',
    FindingsDestination: { CloudWatchLogs: { LogGroup: groups[0] } },
    NoFindingsDestination: { CloudWatchLogs: { LogGroup: groups[1] } },
  };
  const DataProtectionPolicy = JSON.stringify(policy(statement('Inbound', { Audit }), statement('Inbound', MASK)));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 't', DataProtectionPolicy }));
  const ids: (string | undefined)[] = [];
  for (const Message of ['to ann@example.com and bob@example.com', 'nothing'])
    ids.push((await sns.send(new PublishCommand({ TopicArn, Message }))).MessageId);
  await bed.settle();
  const lines = async (logGroupName: string) =>
    ((await logs.send(new FilterLogEventsCommand({ logGroupName }))).events ?? []).map(({ message }) =>
      JSON.parse(message ?? ''),
    );
  const line = (messageId: string | undefined, dataIdentifiers: object[]) => ({
    messageId,
    auditTimestamp: '2026-01-01T00:00:00Z',
    callerPrincipal: ROOT,
    resourceArn: TopicArn,
    dataIdentifiers,
  });
  const detections = [
    { start: 3, end: 18 },
    { start: 23, end: 38 },
  ];
  assert.deepEqual(await lines(groups[0]), [line(ids[0], [{ name: 'EmailAddress', detections, count: 2 }])]);
  assert.deepEqual(await lines(groups[1]), [line(ids[1], [])]);
  const iam = cloud.client(IAMClient);
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['sns:*', 'logs:PutResourcePolicy'], Resource: '*' }],
  });
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  await iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  const refused = await failure(
    cloud
      .client(SNSClient, { credentials })
      .send(new PutDataProtectionPolicyCommand({ ResourceArn: TopicArn, DataProtectionPolicy })),
  );
  assert.match(`${refused.name} ${refused.message}`, /^AuthorizationError.* perform: logs:CreateLogDelivery /);
  const counted = async (MetricName: string) => {
    const { Datapoints = [] } = await cloud.client(CloudWatchClient).send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/SNS',
        MetricName,
        Dimensions: [{ Name: 'TopicName', Value: 't' }],
        StartTime: new Date(Date.UTC(2025, 11, 31)),
        EndTime: new Date(Date.UTC(2026, 0, 2)),
        Period: 86_400,
        Statistics: ['Sum'],
      }),
    );
    return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
  };
  assert.deepEqual([await counted('MessagesWithFindings'), await counted('MessagesWithNoFindings')], [1, 1]);
});

test('policies that mean nothing are refused', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const ResourceArn = await bed.topic('t');
  const said = async (document: object | string, arn = ResourceArn) => {
    const DataProtectionPolicy = typeof document === 'string' ? document : JSON.stringify(document);
    const { name, message } = await failure(
      sns.send(new PutDataProtectionPolicyCommand({ ResourceArn: arn, DataProtectionPolicy })),
    );
    return `${name} ${message.replace('Invalid parameter: DataProtectionPolicy Reason: ', '')}`;
  };
  const good = statement('Inbound', MASK);
  const cases: [object | string, string][] = [
    ['{', 'Policy is not valid JSON'],
    [{ ...policy(good), Name: '' }, 'Name must be specified'],
    [{ ...policy(good), Version: '2012-10-17' }, 'Version must be 2021-06-01'],
    [policy(), 'Statement must not be empty'],
    [policy({ ...good, DataDirection: 'Sideways' }), 'DataDirection must be Inbound or Outbound'],
    [policy({ ...good, Principal: [] }), 'Principal must be specified'],
    [policy({ ...good, DataIdentifier: [] }), 'DataIdentifier must not be empty'],
    [
      policy({ ...good, DataIdentifier: [managed('constructor')] }),
      `Unknown data identifier ${managed('constructor')}`,
    ],
    [policy({ ...good, Operation: {} }), 'Operation must have exactly one of Audit, Deidentify and Deny'],
    [
      policy({ ...good, Operation: { Deidentify: { MaskConfig: { MaskWithCharacter: '"' } } } }),
      'MaskWithCharacter must be one character',
    ],
    [policy(statement('Inbound', { Audit: { SampleRate: '100' } })), 'SampleRate must be an integer from 0 to 99'],
    [
      policy(statement('Inbound', { Audit: { SampleRate: '9' } })),
      'Audit must have FindingsDestination or NoFindingsDestination',
    ],
    [
      policy(statement('Outbound', { Audit: { SampleRate: '9', NoFindingsDestination: {} } })),
      'Audit is only supported for Inbound',
    ],
    [
      policy(...[1, 2].map(() => statement('Inbound', { Audit: { SampleRate: '9', FindingsDestination: {} } }))),
      'At most one Audit statement can be specified',
    ],
    [
      policy(
        statement('Inbound', {
          Audit: { SampleRate: '9', FindingsDestination: { Firehose: { DeliveryStream: 'none' } } },
        }),
      ),
      `Firehose none under account ${ACCOUNT} not found.`,
    ],
    [
      {
        ...policy({ ...good, DataIdentifier: ['x'] }),
        Configuration: { CustomDataIdentifier: [{ Name: 'x', Regex: '(' }] },
      },
      'The expression of the data identifier x is invalid',
    ],
    ...[[null], [{ Name: 'x' }], ['x']].map((CustomDataIdentifier): [object, string] => [
      { ...policy({ ...good, DataIdentifier: ['x'] }), Configuration: { CustomDataIdentifier } },
      'A custom data identifier must have a Name and a Regex',
    ]),
    [{ ...policy(good), Description: 'x'.repeat(30_720) }, 'Policy is longer than 30720 bytes'],
  ];
  for (const [document, message] of cases) assert.equal(await said(document), `InvalidParameterException ${message}`);
  const FindingsDestination = { S3: { Bucket: 'b' } };
  assert.equal(
    await said(policy(statement('Inbound', { Audit: { SampleRate: '9', FindingsDestination } }))),
    'NotImplemented Cloudyard has not built findings of data protection in S3 yet',
  );
  const fifo = await bed.topic('t.fifo');
  assert.equal(
    await said(policy(good), fifo),
    'InvalidParameterException Invalid parameter: DataProtectionPolicy is not supported for FIFO topics',
  );
  const asked = await failure(sns.send(new GetDataProtectionPolicyCommand({ ResourceArn: fifo })));
  assert.deepEqual([asked.name, asked.$metadata?.httpStatusCode], ['InvalidAction', 400]);
  assert.equal(await said(policy(good), topicArn('none')), 'NotFoundException Topic does not exist');
});

test('a stack protects a topic, otherwise, and no longer', async () => {
  await using bed = await openBed();
  const { sns, cloud } = bed;
  const template = (DataProtectionPolicy?: object) =>
    templateOf({
      Topic: {
        Type: 'AWS::SNS::Topic',
        Properties: { TopicName: 't', ...(DataProtectionPolicy !== undefined && { DataProtectionPolicy }) },
      },
    });
  const shown = async () => {
    const { DataProtectionPolicy: text } = await sns.send(
      new GetDataProtectionPolicyCommand({ ResourceArn: topicArn('t') }),
    );
    return text === undefined ? undefined : JSON.parse(text);
  };
  const [first, second] = [policy(statement('Inbound', MASK)), policy(statement('Inbound', REDACT))];
  await create(cloud, 's', template(first));
  assert.deepEqual(await shown(), first);
  await update(cloud, 's', template(second));
  assert.deepEqual(await shown(), second);
  await update(cloud, 's', template());
  assert.equal(await shown(), undefined);
  await remove(cloud, 's');
});
