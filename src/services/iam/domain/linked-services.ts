/** Service-linked roles: the names of roles after `AWSServiceRoleFor`, and the policies that AWS attaches. Source: each service's guide, "Using service-linked roles". */
export const KNOWN: { readonly [service: string]: readonly [name: string, policy: string] } = {
  'apidestinations.events': ['AmazonEventBridgeApiDestinations', 'AmazonEventBridgeApiDestinationsServiceRolePolicy'],
  autoscaling: ['AutoScaling', 'AutoScalingServiceRolePolicy'],
  'autoscaling-plans': ['AutoScalingPlans_EC2AutoScaling', 'AWSAutoScalingPlansEC2AutoScalingPolicy'],
  backup: ['Backup', 'AWSBackupServiceLinkedRolePolicyForBackup'],
  batch: ['Batch', 'BatchServiceRolePolicy'],
  'cks.kms': ['KeyManagementServiceCustomKeyStores', 'AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy'],
  cloudtrail: ['CloudTrail', 'CloudTrailServiceRolePolicy'],
  config: ['Config', 'AWSConfigServiceRolePolicy'],
  'contributorinsights.dynamodb': [
    'DynamoDBCloudWatchContributorInsights',
    'DynamoDBCloudWatchContributorInsightsServiceRolePolicy',
  ],
  'custom-resource.application-autoscaling': [
    'ApplicationAutoScaling_CustomResource',
    'AWSApplicationAutoScalingCustomResourcePolicy',
  ],
  dax: ['DAX', 'DAXServiceRolePolicy'],
  'delivery.logs': ['LogDelivery', 'AWSServiceRoleForLogDeliveryPolicy'],
  'dynamodb.application-autoscaling': [
    'ApplicationAutoScaling_DynamoDBTable',
    'AWSApplicationAutoscalingDynamoDBTablePolicy',
  ],
  ecs: ['ECS', 'AmazonECSServiceRolePolicy'],
  'ecs.application-autoscaling': ['ApplicationAutoScaling_ECSService', 'AWSApplicationAutoscalingECSServicePolicy'],
  eks: ['AmazonEKS', 'AmazonEKSServiceRolePolicy'],
  elasticache: ['ElastiCache', 'ElastiCacheServiceRolePolicy'],
  elasticbeanstalk: ['ElasticBeanstalk', 'AWSElasticBeanstalkServiceRolePolicy'],
  elasticfilesystem: ['AmazonElasticFileSystem', 'AmazonElasticFileSystemServiceRolePolicy'],
  elasticloadbalancing: ['ElasticLoadBalancing', 'AWSElasticLoadBalancingServiceRolePolicy'],
  elasticmapreduce: ['EMRCleanup', 'AmazonEMRCleanupPolicy'],
  es: ['AmazonElasticsearchService', 'AmazonElasticsearchServiceRolePolicy'],
  events: ['CloudWatchEvents', 'CloudWatchEventsServiceRolePolicy'],
  fis: ['FIS', 'AmazonFISServiceRolePolicy'],
  fsx: ['AmazonFSx', 'AmazonFSxServiceRolePolicy'],
  globalaccelerator: ['GlobalAccelerator', 'AWSGlobalAcceleratorSLRPolicy'],
  guardduty: ['AmazonGuardDuty', 'AmazonGuardDutyServiceRolePolicy'],
  kafka: ['Kafka', 'KafkaServiceRolePolicy'],
  'kinesisreplication.dynamodb': [
    'DynamoDBKinesisDataStreamsReplication',
    'DynamoDBKinesisReplicationServiceRolePolicy',
  ],
  'lambda.application-autoscaling': [
    'ApplicationAutoScaling_LambdaConcurrency',
    'AWSApplicationAutoscalingLambdaConcurrencyPolicy',
  ],
  'logger.cloudfront': ['CloudFrontLogger', 'AWSCloudFrontLogger'],
  'mrk.kms': ['KeyManagementServiceMultiRegionKeys', 'AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy'],
  opensearchservice: ['AmazonOpenSearchService', 'AmazonOpenSearchServiceRolePolicy'],
  'ops.apigateway': ['APIGateway', 'APIGatewayServiceRolePolicy'],
  organizations: ['Organizations', 'AWSOrganizationsServiceTrustPolicy'],
  rds: ['RDS', 'AmazonRDSServiceRolePolicy'],
  'rds.application-autoscaling': ['ApplicationAutoScaling_RDSCluster', 'AWSApplicationAutoscalingRDSClusterPolicy'],
  redshift: ['Redshift', 'AmazonRedshiftServiceLinkedRolePolicy'],
  'replication.dynamodb': ['DynamoDBReplication', 'DynamoDBReplicationServiceRolePolicy'],
  'replicator.lambda': ['LambdaReplicator', 'AWSLambdaReplicator'],
  spot: ['EC2Spot', 'AWSEC2SpotServiceRolePolicy'],
  spotfleet: ['EC2SpotFleet', 'AWSEC2SpotFleetServiceRolePolicy'],
  ssm: ['AmazonSSM', 'AmazonSSMServiceRolePolicy'],
};

const shortOf = (service: string) => service.replace(/\.amazonaws\.com$/, '');

/** `AWSServiceRoleForECS`; a service that isn't listed gives its own name. @param service `ecs.amazonaws.com` */
export function linkedRoleName(service: string, suffix: string | undefined): string {
  const short = shortOf(service);
  const named = KNOWN[short]?.[0] ?? short.replace(/(^|[.-])([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
  return `AWSServiceRoleFor${named}${suffix === undefined ? '' : `_${suffix}`}`;
}

/** ARNs of the policies that AWS attaches to a service's role: none of a service that isn't listed. */
export function linkedPolicies(service: string): string[] {
  const policy = KNOWN[shortOf(service)]?.[1];
  return policy === undefined ? [] : [`arn:aws:iam::aws:policy/aws-service-role/${policy}`];
}
