/** What is there before each request to the services that watch, tell and keep: alarms, rules, trails, parameters, secrets. */
import type { Furnish } from './world.ts';

const ACCOUNT = '123456789012';
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:jobs`;

export const cloudwatch: Furnish = async ({ cloudwatch }) => {
  await cloudwatch.PutMetricData({ Namespace: 'Shop', MetricData: [{ MetricName: 'Latency', Value: 5 }] });
  const watched = { Namespace: 'Shop', MetricName: 'Latency', Statistic: 'Sum', Period: 60, Threshold: 1 } as const;
  await cloudwatch.PutMetricAlarm({
    AlarmName: 'slow',
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    ...watched,
  });
  await cloudwatch.PutCompositeAlarm({ AlarmName: 'all', AlarmRule: 'ALARM(slow)' });
  await cloudwatch.PutDashboard({ DashboardName: 'web', DashboardBody: '{"widgets":[]}' });
  const RuleDefinition = JSON.stringify({
    Schema: { Name: 'CloudWatchLogRule', Version: 1 },
    LogGroupNames: ['/web'],
    LogFormat: 'JSON',
    AggregateOn: 'Count',
    Contribution: { Keys: ['$.ip'], Filters: [] },
  });
  await cloudwatch.PutInsightRule({ RuleName: 'top', RuleDefinition });
  const single = { Namespace: 'Shop', MetricName: 'Latency', Stat: 'Sum' };
  const { AnomalyDetectorId } = await cloudwatch.PutAnomalyDetector({ SingleMetricAnomalyDetector: single });
  const Schedule = { Expression: 'cron(0 2 * * *)', Duration: 'PT4H' };
  const MuteTargets = { AlarmNames: ['slow'] };
  await cloudwatch.PutAlarmMuteRule({ Name: 'night', Rule: { Schedule }, MuteTargets });
  const ScheduledQueryConfiguration = {
    QueryString: 'filter level = "ERROR"',
    LogGroupIdentifiers: ['/web'],
    ScheduledQueryRoleARN: `arn:aws:iam::${ACCOUNT}:role/reader`,
    ScheduleConfiguration: { ScheduleExpression: 'rate(5 minutes)', StartTimeOffset: 300 },
    AggregationExpression: 'count(*) by host',
  };
  await cloudwatch.PutLogAlarm({
    AlarmName: 'errors',
    ScheduledQueryConfiguration,
    QueryResultsToEvaluate: 1,
    QueryResultsToAlarm: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
  });
  return {
    'PutLogAlarmInput.AlarmName': ['errors', 'other'],
    ScheduledQueryConfiguration: [ScheduledQueryConfiguration],
    QueryResultsToEvaluate: [3],
    QueryResultsToAlarm: [1, 3],
    ActionLogLineCount: [0],
    ActionLogLineRoleArn: [],
    ActionConfiguration: [],
    AlarmMuteRuleName: ['night'],
    'PutAlarmMuteRuleInput.Name': ['night', 'other'],
    Schedule: [Schedule],
    MuteTargets: [MuteTargets],
    'ListAlarmMuteRulesInput.AlarmName': ['slow'],
    RuleName: ['top'],
    RuleNames: ['top'],
    RuleDefinition: [RuleDefinition],
    RuleState: ['ENABLED'],
    ApplyOnTransformedLogs: [false],
    OrderBy: ['Sum'],
    InsightRuleMetricName: ['Sum'],
    AnomalyDetectorId: [AnomalyDetectorId],
    DashboardName: ['web'],
    DashboardNames: ['web'],
    DashboardBody: ['{"widgets":[]}'],
    MetricWidget: ['{"metrics":[["Shop","Latency"]]}'],
    OutputFormat: ['png'],
    Namespace: ['Shop'],
    MetricName: ['Latency'],
    AlarmName: ['slow', 'new'],
    AlarmNames: ['slow'],
    AlarmRule: ['ALARM(slow)'],
    'PutCompositeAlarmInput.AlarmName': ['all', 'other'],
    ResourceARN: [`arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:slow`],
    ResourceList: [`arn:aws:sns:us-east-1:${ACCOUNT}:news`],
    Stat: ['Average', 'p99'],
    ExtendedStatistic: ['p90'],
    Expression: ['1 + 1', 'SELECT SUM(Latency) FROM Shop GROUP BY Page'],
    NextToken: [],
    ActionsSuppressor: [],
    ThresholdMetricId: [],
  };
};

export const eventbridge: Furnish = async ({ eventbridge, sqs }) => {
  await sqs.CreateQueue({ QueueName: 'jobs' });
  const { EventBusArn = '' } = await eventbridge.CreateEventBus({ Name: 'bus' });
  const { RuleArn = '' } = await eventbridge.PutRule({ Name: 'rule', EventPattern: '{"source":["shop"]}' });
  await eventbridge.PutTargets({ Rule: 'rule', Targets: [{ Id: 'queue', Arn: QUEUE }] });
  const bus = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`;
  const AuthParameters = { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'k' } };
  const { ConnectionArn } = await eventbridge.CreateConnection({
    Name: 'partner',
    AuthorizationType: 'API_KEY',
    AuthParameters,
  });
  const InvocationEndpoint = 'https://example.com/orders';
  await eventbridge.CreateApiDestination({
    Name: 'orders',
    ConnectionArn: ConnectionArn ?? '',
    InvocationEndpoint,
    HttpMethod: 'POST',
  });
  const { ArchiveArn = '' } = await eventbridge.CreateArchive({ ArchiveName: 'archive', EventSourceArn: bus });
  return {
    Name: ['rule', 'bus'],
    ConnectionName: ['partner'],
    ApiDestinationName: ['orders'],
    ConnectionArn: [ConnectionArn],
    AuthorizationType: ['API_KEY'],
    AuthParameters: [AuthParameters],
    InvocationEndpoint: [InvocationEndpoint],
    InvocationConnectivityParameters: [],
    EndpointId: [],
    KmsKeyIdentifier: [],
    LogConfig: [],
    EventSourceName: [],
    Rule: ['rule'],
    EventBusName: ['default'],
    EventPattern: ['{"source":["shop"]}'],
    ScheduleExpression: ['rate(5 minutes)'],
    Arn: [QUEUE],
    TargetArn: [QUEUE],
    Ids: ['queue'],
    Id: ['queue'],
    ArchiveName: ['archive', 'other'],
    EventSourceArn: [bus],
    'StartReplayRequest.EventSourceArn': [ArchiveArn],
    Destination: [{ Arn: bus }],
    Source: ['shop'],
    DetailType: ['order'],
    Detail: ['{}'],
    Event: [
      '{"id":"1","account":"1","source":"shop","time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":[],"detail-type":"t","detail":{}}',
    ],
    ResourceARN: [RuleArn, EventBusArn],
    Principal: [ACCOUNT],
    Action: ['events:PutEvents'],
    StatementId: ['them'],
    Policy: [],
    Input: ['{"a":1}'],
    InputPath: [],
    InputTransformer: [],
    NextToken: [],
  };
};

export const ssm: Furnish = async ({ ssm }) => {
  await ssm.PutParameter({ Name: '/app/name', Value: 'v', Type: 'String', Tags: [{ Key: 'a', Value: 'b' }] });
  await ssm.PutParameter({ Name: 'secret', Value: 'v', Type: 'SecureString' });
  await ssm.LabelParameterVersion({ Name: '/app/name', Labels: ['stable'] });
  await ssm.PutParameter({ Name: '/app/shared', Value: 'v', Type: 'String', Tier: 'Advanced' });
  const ResourceArn = `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/app/shared`;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: '210987654321' }, Action: 'ssm:GetParameter', Resource: ResourceArn },
    ],
  });
  const { PolicyId, PolicyHash } = await ssm.PutResourcePolicy({ ResourceArn, Policy });
  return {
    ResourceArn: [ResourceArn],
    Policy: [Policy],
    PolicyId: [PolicyId],
    PolicyHash: [PolicyHash],
    SettingId: ['/ssm/parameter-store/default-parameter-tier'],
    SettingValue: ['Advanced'],
    Name: ['/app/name', 'secret', '/app/name:stable'],
    'PutParameterRequest.Name': ['/app/other'],
    Names: ['/app/name', 'none'],
    Path: ['/app', '/'],
    ResourceType: ['Parameter'],
    ResourceId: ['/app/name'],
    DataType: ['text'],
    KeyId: [],
    AllowedPattern: ['.*'],
    Policies: [],
    Value: ['value'],
    Labels: ['stable'],
    ParameterFilters: [{ Key: 'Type', Values: ['String'] }],
    Filters: [],
    NextToken: [],
  };
};

export const secretsManager: Furnish = async (aws) => {
  const manager = aws['secrets-manager'];
  const { ARN = '', VersionId } = await manager.CreateSecret({ Name: 'app/key', SecretString: 'hush' });
  return {
    SecretId: [ARN, 'app/key'],
    Name: ['app/other'],
    SecretString: ['hush'],
    SecretBinary: [],
    VersionId: [VersionId],
    VersionStage: ['AWSCURRENT'],
    MoveToVersionId: [VersionId],
    RemoveFromVersionId: [VersionId],
    ResourcePolicy: [
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"}]}',
    ],
    RotationLambdaARN: [`arn:aws:lambda:us-east-1:${ACCOUNT}:function:f`],
    RotationRules: [{ AutomaticallyAfterDays: 30 }],
    ScheduleExpression: ['rate(10 days)'],
    KmsKeyId: [],
    AddReplicaRegions: [{ Region: 'eu-west-1' }, { Region: 'us-west-2' }],
    RemoveReplicaRegions: ['eu-west-1'],
    Type: [],
    CrossAccountPrimaryARN: [],
    ExternalSecretRotationMetadata: [],
    ExternalSecretRotationRoleArn: [],
    NextToken: [],
  };
};

export const cloudtrail: Furnish = async ({ cloudtrail, s3 }) => {
  const Bucket = 'trail-of-all';
  await s3.CreateBucket({ Bucket });
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
    Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
  };
  await s3.PutBucketPolicy({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [open] }) });
  const { TrailARN = '' } = await cloudtrail.CreateTrail({ Name: 'all', S3BucketName: Bucket });
  await cloudtrail.PutInsightSelectors({
    TrailName: 'all',
    InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }],
  });
  const lake = await cloudtrail.CreateEventDataStore({ Name: 'lake', TerminationProtectionEnabled: false });
  const { EventDataStoreArn = '' } = lake;
  const store = EventDataStoreArn.slice(EventDataStoreArn.lastIndexOf('/') + 1);
  const QueryStatement = `SELECT eventName, count(*) AS n FROM ${store} GROUP BY eventName`;
  const { QueryId = '' } = await cloudtrail.StartQuery({ QueryStatement });
  return {
    EventDataStore: [EventDataStoreArn, store],
    'CreateEventDataStoreRequest.Name': ['other'],
    'UpdateEventDataStoreRequest.Name': ['lake', 'other'],
    QueryStatement: [QueryStatement],
    QueryId: [QueryId],
    QueryAlias: [],
    QueryParameters: [],
    DeliveryS3Uri: [],
    RefreshId: [],
    OrganizationEnabled: [false],
    'PutInsightSelectorsRequest.EventDataStore': [],
    'GetInsightSelectorsRequest.EventDataStore': [],
    EventCategories: ['Management'],
    Name: ['all', TrailARN],
    'CreateTrailRequest.Name': ['other'],
    TrailName: ['all'],
    trailNameList: ['all'],
    S3BucketName: [Bucket],
    S3KeyPrefix: ['logs'],
    ResourceId: [TrailARN, EventDataStoreArn],
    ResourceIdList: [TrailARN, EventDataStoreArn],
    CloudWatchLogsLogGroupArn: [],
    CloudWatchLogsRoleArn: [],
    KmsKeyId: [],
    Type: ['AWS::S3::Object'],
    NextToken: [],
  };
};
