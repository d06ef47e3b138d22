/** What is there before each request to CloudWatch Logs. */
import { type Furnish, policy } from './world.ts';

const ACCOUNT = '123456789012';

export const logs: Furnish = async (aws) => {
  const client = aws['cloudwatch-logs'];
  const logGroupName = '/app/web';
  const logStreamName = 'one';
  const arn = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:${logGroupName}`;
  await client.CreateLogGroup({ logGroupName });
  await client.CreateLogStream({ logGroupName, logStreamName });
  const logEvents = [{ timestamp: Date.UTC(2026, 0, 1), message: '{"level":"ERROR","ms":12}' }];
  await client.PutLogEvents({ logGroupName, logStreamName, logEvents });
  const transformation = { metricName: 'Errors', metricNamespace: 'App', metricValue: '1' };
  const filter = { logGroupName, filterName: 'errors', filterPattern: 'ERROR' };
  await client.PutMetricFilter({ ...filter, metricTransformations: [transformation] });
  const targetArn = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
  await aws.kinesis.CreateStream({ StreamName: 's', ShardCount: 1 });
  const AssumeRolePolicyDocument = policy({ Principal: { Service: 'logs.amazonaws.com' }, Action: 'sts:AssumeRole' });
  const { Role } = await aws.iam.CreateRole({ RoleName: 'r', AssumeRolePolicyDocument });
  const PolicyDocument = policy({ Action: 'kinesis:PutRecord', Resource: targetArn });
  await aws.iam.PutRolePolicy({ RoleName: 'r', PolicyName: 'put', PolicyDocument });
  const roleArn = Role.Arn;
  const { destination } = await client.PutDestination({ destinationName: 'there', targetArn, roleArn });
  const accessPolicy = policy({
    Principal: { AWS: ACCOUNT },
    Action: 'logs:PutSubscriptionFilter',
    Resource: destination?.arn,
  });
  await client.PutDestinationPolicy({ destinationName: 'there', accessPolicy });
  const { queryId } = await client.StartQuery({
    logGroupName,
    queryString: 'fields level',
    startTime: 0,
    endTime: 1_800_000_000,
  });
  const { queryDefinitionId } = await client.PutQueryDefinition({ name: 'kept', queryString: 'limit 1' });
  const policyDocument = policy({
    Principal: { Service: 'es.amazonaws.com' },
    Action: 'logs:PutLogEvents',
    Resource: '*',
  });
  await client.PutResourcePolicy({ policyName: 'kept', policyDocument });
  const distribution = `arn:aws:cloudfront::${ACCOUNT}:distribution/E1`;
  await client.PutDeliverySource({ name: 'web', resourceArn: distribution, logType: 'ACCESS_LOGS' });
  const { deliveryDestination } = await client.PutDeliveryDestination({
    name: 'kept',
    deliveryDestinationConfiguration: { destinationResourceArn: arn },
  });
  const deliveryDestinationArn = deliveryDestination?.arn ?? '';
  const { delivery } = await client.CreateDelivery({ deliverySourceName: 'web', deliveryDestinationArn });
  const { scheduledQueryArn } = await client.CreateScheduledQuery({
    name: 'paths',
    queryLanguage: 'CWLI',
    queryString: 'fields level',
    scheduleExpression: 'rate(5 minutes)',
    executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/r`,
  });
  const tableBody = 'id,name\n1,Jo\n';
  const { lookupTableArn } = await client.CreateLookupTable({ lookupTableName: 'users', tableBody });
  const { anomalyDetectorArn } = await client.CreateLogAnomalyDetector({ logGroupArnList: [arn] });
  return {
    anomalyDetectorArn: [anomalyDetectorArn],
    logGroupArnList: [arn],
    'ListLogAnomalyDetectorsRequest.filterLogGroupArn': [arn],
    DetectorKmsKeyArn: [],
    'CreateLogAnomalyDetectorRequest.kmsKeyId': [],
    lookupTableArn: [lookupTableArn],
    lookupTableName: ['other'],
    lookupTableNamePrefix: ['us'],
    tableBody: [tableBody],
    'CreateLookupTableRequest.queryId': [],
    'UpdateLookupTableRequest.queryId': [],
    identifier: ['paths', scheduledQueryArn],
    queryLanguage: ['CWLI'],
    timezone: ['UTC'],
    scheduleExpression: ['rate(5 minutes)', 'cron(0 10 * * ? *)'],
    destinationConfiguration: [],
    scheduleType: ['CUSTOMER_MANAGED'],
    transformerConfig: [{ parseJSON: {} }],
    'PutDeliverySourceRequest.resourceArn': [distribution],
    logType: ['ACCESS_LOGS'],
    DeliverySourceName: ['web'],
    DeliveryDestinationName: ['kept'],
    deliveryDestinationArn: [deliveryDestinationArn],
    destinationResourceArn: [arn],
    DeliveryId: [delivery?.id],
    recordFields: ['date'],
    outputFormat: ['json'],
    deliverySourceConfiguration: [],
    s3DeliveryConfiguration: [],
    deliveryDestinationPolicy: [accessPolicy],
    logGroupName: [logGroupName],
    'CreateLogGroupRequest.logGroupName': ['/app/new', 'aws/new', logGroupName],
    logStreamName: [logStreamName],
    'CreateLogStreamRequest.logStreamName': ['two', logStreamName],
    logGroupIdentifier: [logGroupName, arn, `${arn}:*`],
    logGroupNamePrefix: ['/app'],
    logGroupNamePattern: ['app'],
    logStreamNames: [logStreamName],
    logStreamNamePrefix: ['o'],
    logGroupNames: [logGroupName],
    logGroupIdentifiers: [arn],
    LogGroupNames: [logGroupName],
    resourceArn: [arn],
    resourceIdentifier: [arn],
    timestamp: [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1) - 1],
    retentionInDays: [1, 7, 8],
    filterName: ['errors'],
    filterPattern: ['ERROR', '{ $.ms > 1 }', '[a, b=1, ...]', '%x+%', '{'],
    metricValue: ['1', '$.ms', '$a'],
    metricNamespace: ['App'],
    metricName: ['Errors'],
    logEventMessages: ['a 1 x', '{"ms":3}', 'ERROR'],
    destinationArn: [destination?.arn],
    destinationName: ['there'],
    accessPolicy: [accessPolicy],
    queryString: ['fields @message', 'stats count(*) by bin(1h)', 'nonsense'],
    queryId: [queryId],
    queryDefinitionId: [queryDefinitionId],
    policyDocument: [policyDocument],
    policyName: ['kept'],
    // A key or bucket of another service, a token of a page: what isn't there.
    nextToken: [],
    kmsKeyId: [],
    startTime: [1_700_000_000],
    endTime: [1_800_000_000],
  };
};
