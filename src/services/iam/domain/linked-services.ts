/** Names of service-linked roles. Source: each service's guide, "Using service-linked roles". */
const NAMES: { readonly [service: string]: string } = {
  'application-autoscaling.amazonaws.com': 'ApplicationAutoScaling',
  'autoscaling.amazonaws.com': 'AutoScaling',
  'autoscaling-plans.amazonaws.com': 'AutoScalingPlans_EC2AutoScaling',
  'backup.amazonaws.com': 'Backup',
  'batch.amazonaws.com': 'Batch',
  'cloudtrail.amazonaws.com': 'CloudTrail',
  'config.amazonaws.com': 'Config',
  'dax.amazonaws.com': 'DAX',
  'dynamodb.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_DynamoDBTable',
  'ecs.amazonaws.com': 'ECS',
  'eks.amazonaws.com': 'AmazonEKS',
  'elasticache.amazonaws.com': 'ElastiCache',
  'elasticbeanstalk.amazonaws.com': 'ElasticBeanstalk',
  'elasticfilesystem.amazonaws.com': 'AmazonElasticFileSystem',
  'elasticloadbalancing.amazonaws.com': 'ElasticLoadBalancing',
  'elasticmapreduce.amazonaws.com': 'EMRCleanup',
  'es.amazonaws.com': 'AmazonElasticsearchService',
  'events.amazonaws.com': 'CloudWatchEvents',
  'fis.amazonaws.com': 'FIS',
  'fsx.amazonaws.com': 'AmazonFSx',
  'globalaccelerator.amazonaws.com': 'GlobalAccelerator',
  'guardduty.amazonaws.com': 'AmazonGuardDuty',
  'kafka.amazonaws.com': 'Kafka',
  'opensearchservice.amazonaws.com': 'AmazonOpenSearchService',
  'ops.apigateway.amazonaws.com': 'APIGateway',
  'organizations.amazonaws.com': 'Organizations',
  'rds.amazonaws.com': 'RDS',
  'rds.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_RDSCluster',
  'redshift.amazonaws.com': 'Redshift',
  'replication.dynamodb.amazonaws.com': 'DynamoDBReplication',
  'spot.amazonaws.com': 'EC2Spot',
  'spotfleet.amazonaws.com': 'EC2SpotFleet',
  'ssm.amazonaws.com': 'AmazonSSM',
};

/** `AWSServiceRoleForECS`; a service that isn't listed gives its own name. */
export function linkedRoleName(service: string, suffix: string | undefined): string {
  const named =
    NAMES[service] ??
    service
      .replace(/\.amazonaws\.com$/, '')
      .replace(/(^|[.-])([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
  return `AWSServiceRoleFor${named}${suffix === undefined ? '' : `_${suffix}`}`;
}
