import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelExportTaskCommand,
  CloudWatchLogsClient,
  CreateLogAnomalyDetectorCommand,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteDeliverySourceCommand,
  DescribeExportTasksCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeMetricFiltersCommand,
  FilterLogEventsCommand,
  GetDeliveryCommand,
  GetDeliveryDestinationCommand,
  GetLogEventsCommand,
  type MetricTransformation,
  PutAccountPolicyCommand,
  PutDataProtectionPolicyCommand,
  PutDeliveryDestinationCommand,
  PutDeliverySourceCommand,
  PutDestinationCommand,
  PutDestinationPolicyCommand,
  PutIndexPolicyCommand,
  PutMetricFilterCommand,
  PutQueryDefinitionCommand,
  PutResourcePolicyCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
  PutTransformerCommand,
  StartLiveTailCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { failure, startTestCloud } from '../../support/cloud.ts';

/** Source of the texts: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight). */
const PARSING =
  'Error occurred while parsing accessPolicy. Please check if the accessPolicy has been constructed correctly using IAM grammar.';

test('policies are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'g' }));
  await cloud.client(KinesisClient).send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }));
  const targetArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/s';
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'logs.amazonaws.com' } };
  const may = { Effect: 'Allow', Action: 'kinesis:PutRecord', Resource: targetArn };
  const iam = cloud.client(IAMClient);
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'r',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [may] });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'put', PolicyDocument }));
  const roleArn = Role?.Arn;
  await logs.send(new PutDestinationCommand({ destinationName: 'd', targetArn, roleArn }));
  const account = (policyDocument: string, more: object = {}) =>
    new PutAccountPolicyCommand({ policyName: 'p', policyType: 'SUBSCRIPTION_FILTER_POLICY', policyDocument, ...more });
  const protect = (document: object) =>
    new PutDataProtectionPolicyCommand({ logGroupIdentifier: 'g', policyDocument: JSON.stringify(document) });
  const ids = (...names: string[]) => names.map((name) => `arn:aws:dataprotection::aws:data-identifier/${name}`);
  const statements = (audited: string[], masked: string[], MaskConfig: object = {}) => ({
    Version: '2021-06-01',
    Statement: [
      { DataIdentifier: audited, Operation: { Audit: { FindingsDestination: {} } } },
      { DataIdentifier: masked, Operation: { Deidentify: { MaskConfig } } },
    ],
  });
  const told: [() => Promise<unknown>, string][] = [
    [() => logs.send(new PutResourcePolicyCommand({ policyName: 'p', policyDocument: '{' })), PARSING],
    [() => logs.send(new PutDestinationPolicyCommand({ destinationName: 'd', accessPolicy: 'x' })), PARSING],
    [() => logs.send(account('{')), 'Malformed Subscription filter policy'],
    [() => logs.send(account('{"FilterPattern":""}')), 'MissingDestinationArnfield in policy document'],
    [() => logs.send(protect({ Version: '2012-10-17' })), 'Policy Version must be 2021-06-01'],
    [
      () => logs.send(protect({ Version: '2021-06-01', Statement: [] })),
      'Policy can only have two statements. One for Audit Operation and one for Deidentify Operation',
    ],
    [
      () => logs.send(protect(statements(ids('IpAddress'), ids('EmailAddress')))),
      'Audit Statement and Deidentify Statement must have the same Data Identifiers',
    ],
    [() => logs.send(protect(statements(ids('IpAddress'), ids('IpAddress'), { X: 1 }))), 'X is not a valid field'],
    [() => logs.send(protect(statements(['Mine'], ['Mine']))), 'Mine is not a valid Data Identifier'],
    [
      () =>
        logs.send(
          new PutIndexPolicyCommand({
            logGroupIdentifier: 'g',
            policyDocument: JSON.stringify({ Fields: Array.from({ length: 21 }, (_, index) => `f${index}`) }),
          }),
        ),
      'Policy document contains more than 20 fields.',
    ],
  ];
  for (const [sent, message] of told) assert.equal((await failure(sent())).message, message);
  await logs.send(protect(statements(ids('IpAddress', 'EmailAddress'), ids('EmailAddress', 'IpAddress'))));
});

test('filters, transformers and deliveries are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'g' }));
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'seldom', logGroupClass: 'INFREQUENT_ACCESS' }));
  const metric = (more: Partial<MetricTransformation>, logGroupName = 'g') =>
    new PutMetricFilterCommand({
      logGroupName,
      filterName: 'f',
      filterPattern: '{ $.a = * }',
      metricTransformations: [{ metricName: 'M', metricNamespace: 'N', metricValue: '1', ...more }],
    });
  const destination = (destinationResourceArn: string, outputFormat?: 'w3c') =>
    new PutDeliveryDestinationCommand({
      name: 'd',
      deliveryDestinationConfiguration: { destinationResourceArn },
      outputFormat,
    });
  const told: [() => Promise<unknown>, string][] = [
    [() => logs.send(metric({}, 'seldom')), 'This operation is only supported on the Standard log class.'],
    [
      () => logs.send(metric({ metricNamespace: 'AWS/X' })),
      'Metric namespaces starting with AWS/ are reserved for AWS.',
    ],
    [
      () => logs.send(metric({ dimensions: { A: 'plain' } })),
      'Invalid metric transformation: dimension value must be valid selector',
    ],
    [
      () => logs.send(metric({ dimensions: { A: '$.a' }, defaultValue: 0 })),
      'Invalid metric transformation: dimensions and default value are mutually exclusive properties',
    ],
    [
      () =>
        logs.send(
          new PutSubscriptionFilterCommand({
            logGroupName: 'g',
            filterName: 'f',
            filterPattern: '',
            destinationArn: 'arn:aws:sqs:us-east-1:123456789012:q',
          }),
        ),
      'PutSubscriptionFilter operation cannot work with destinationArn for vendor sqs',
    ],
    [
      () =>
        logs.send(
          new PutQueryDefinitionCommand({
            name: 'q',
            queryString: 'fields @message',
            logGroupNames: Array.from({ length: 51 }, (_, index) => `g${index}`),
          }),
        ),
      'Too many log groups specified',
    ],
    [
      () =>
        logs.send(
          new PutTransformerCommand({ logGroupIdentifier: 'g', transformerConfig: [{ grok: { match: '%{NONE:a}' } }] }),
        ),
      "No definition for key 'NONE' found",
    ],
    [
      () => logs.send(destination('arn:aws:logs:eu-west-1:123456789012:log-group:g')),
      'Region from identity does not match the Destination Resource ARN.',
    ],
    [
      () => logs.send(destination('arn:aws:logs:us-east-1:123456789012:log-group:g', 'w3c')),
      'Invalid output format value provided.',
    ],
  ];
  for (const [sent, message] of told) assert.equal((await failure(sent())).message, message);
});

/** Source: answers of AWS as recorded in February 2026 by tests of LocalStack. */
test('names, other accounts’ functions, tasks and deliveries are answered in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const [long, logGroupName] = ['x'.repeat(513), 'g'];
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const [name, taskId] = ['none', '11111111-1111-4111-8111-111111111111'];
  const function_ = 'arn:aws:lambda:us-east-1:210987654321:function:f';
  const bad =
    'InvalidParameterException: Invalid LogGroup or LogStream, both must have length less than or equal to 512.';
  const gone = (what: string) => `ResourceNotFoundException: Requested ${what} does not exist in this account.`;
  const told: [() => Promise<unknown>, string | RegExp][] = [
    [() => logs.send(new CreateLogGroupCommand({ logGroupName: long })), bad],
    [() => logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: long })), bad],
    [
      () => logs.send(new DescribeLogStreamsCommand({ logGroupName, logGroupIdentifier: logGroupName })),
      'ValidationException: LogGroup name and LogGroup ARN are mutually exclusive parameters.',
    ],
    [
      () =>
        logs.send(
          new PutSubscriptionFilterCommand({
            logGroupName: name,
            filterName: 'f',
            filterPattern: '',
            destinationArn: function_,
          }),
        ),
      'AccessDeniedException: Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.',
    ],
    [
      () => logs.send(new StartQueryCommand({ logGroupName: name, startTime: 1, endTime: 2, queryString: 'limit 1' })),
      /^ResourceNotFoundException: Log group 'none' does not exist for account ID '123456789012' \(Service: AWSLogs; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
    ],
    [
      () => logs.send(new CancelExportTaskCommand({ taskId })),
      'ResourceNotFoundException: The specified export task does not exist.',
    ],
    [() => logs.send(new GetDeliveryCommand({ id: name })), gone('Delivery')],
    [() => logs.send(new GetDeliveryDestinationCommand({ name })), gone('Delivery Destination')],
    [() => logs.send(new DeleteDeliverySourceCommand({ name })), gone('Delivery Source')],
    [
      () => logs.send(new PutDeliverySourceCommand({ name, resourceArn: 'arn:aws:s3:::b', logType: 'ACCESS_LOGS' })),
      'ResourceNotFoundException: Cannot access provided service.',
    ],
  ];
  for (const [sent, text] of told) {
    const refused = await failure(sent());
    const [message, wanted] = [`${refused.name}: ${refused.message}`, text];
    if (typeof wanted === 'string') assert.equal(message, wanted);
    else assert.match(message, wanted);
  }
  assert.deepEqual((await logs.send(new DescribeExportTasksCommand({ taskId }))).exportTasks, []);
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePattern: 'g' }));
  assert.deepEqual(Object.keys(logGroups?.[0] ?? {}).sort(), [
    'arn',
    'creationTime',
    'logGroupArn',
    'logGroupClass',
    'logGroupName',
    'metricFilterCount',
  ]);
});

test('what is not for a group’s class', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  for (const [logGroupName, logGroupClass] of [
    ['seldom', 'INFREQUENT_ACCESS'],
    ['away', 'DELIVERY'],
  ] as const)
    await logs.send(new CreateLogGroupCommand({ logGroupName, logGroupClass }));
  const refused = async (sent: Promise<unknown>) => {
    const { name, message } = await failure(sent);
    return [name, message];
  };
  const standardOnly = ['ValidationException', 'This operation is only supported on the Standard log class.'];
  for (const logGroupName of ['seldom', 'away']) {
    assert.deepEqual(await refused(logs.send(new DescribeMetricFiltersCommand({ logGroupName }))), standardOnly);
    assert.deepEqual(await refused(logs.send(new FilterLogEventsCommand({ logGroupName }))), standardOnly);
    const events = new GetLogEventsCommand({ logGroupName, logStreamName: 's' });
    assert.deepEqual(await refused(logs.send(events)), standardOnly);
  }
  const logGroupArnList = ['arn:aws:logs:us-east-1:123456789012:log-group:seldom'];
  assert.deepEqual(await refused(logs.send(new CreateLogAnomalyDetectorCommand({ logGroupArnList }))), standardOnly);
  const tail = new StartLiveTailCommand({ logGroupIdentifiers: logGroupArnList });
  const tailing = cloud.client(CloudWatchLogsClient, { disableHostPrefix: true });
  assert.equal((await refused(tailing.send(tail)))[0], 'InvalidOperationException');
  const keep = (logGroupName: string) => logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 }));
  assert.deepEqual(await refused(keep('away')), [
    'ValidationException',
    'This operation is not supported for Delivery log class',
  ]);
  await keep('seldom');
});

test('a group has five subscription filters, an account so many detectors', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const logGroupName = 'g';
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await cloud.client(KinesisClient).send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }));
  const destinationArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/s';
  const iam = cloud.client(IAMClient);
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'logs.amazonaws.com' } };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'logs',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  const may = { Effect: 'Allow', Action: 'kinesis:PutRecord', Resource: destinationArn };
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'logs',
      PolicyName: 'may',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [may] }),
    }),
  );
  const put = (filterName: string) =>
    logs.send(
      new PutSubscriptionFilterCommand({
        logGroupName,
        filterName,
        filterPattern: '',
        destinationArn,
        roleArn: Role?.Arn,
      }),
    );
  for (const name of 'abcde') await put(name);
  const { name, message } = await failure(put('f'));
  assert.deepEqual([name, message], ['LimitExceededException', 'Resource limit exceeded.']);
  await put('e');

  const quota = { service: 'logs', code: 'L-B53B9649', name: 'logs anomaly detectors', value: 500 };
  cloud.server.cloud.kernel.quotas.grant(
    { account: '123456789012', region: 'us-east-1' },
    { ...quota, adjustable: true, global: false },
    1,
  );
  const detect = () =>
    logs.send(
      new CreateLogAnomalyDetectorCommand({ logGroupArnList: ['arn:aws:logs:us-east-1:123456789012:log-group:g'] }),
    );
  await detect();
  assert.equal((await failure(detect())).name, 'LimitExceededException');
});
