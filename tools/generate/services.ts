/** The services whose models Cloudyard carries: every one that SYSTEMS.md names, by the folder botocore keeps it in. */
export const BOTOCORE_FOLDERS = [
  'account', 'acm', 'apigateway', 'apigatewaymanagementapi', 'apigatewayv2', 'appflow', 'application-autoscaling',
  'athena', 'autoscaling', 'autoscaling-plans', 'backup', 'budgets', 'ce', 'cloudformation', 'cloudfront', 'cloudtrail',
  'cloudwatch', 'cognito-identity', 'cognito-idp', 'config', 'datasync', 'dax', 'directconnect', 'dynamodb',
  'dynamodbstreams', 'ebs', 'ec2', 'ecr', 'efs', 'elasticache', 'elasticbeanstalk', 'elb', 'elbv2', 'emr',
  'emr-serverless', 'events', 'firehose', 'fis', 'fms', 'fsx', 'glacier', 'globalaccelerator', 'glue', 'health', 'iam',
  'kinesis', 'kinesis-video-archived-media', 'kinesis-video-media', 'kinesis-video-signaling', 'kinesisanalytics',
  'kinesisanalyticsv2', 'kinesisvideo', 'kms', 'lambda', 'logs', 'memorydb', 'mq', 'network-firewall', 'opensearch',
  'organizations', 'outposts', 'pi', 'pipes', 'pricing', 'rds', 'rds-data', 'redshift', 'redshift-data', 'rekognition',
  'resource-groups', 'resourcegroupstaggingapi', 'route53', 'route53domains', 'route53resolver', 'rum', 's3',
  's3control', 'savingsplans', 'scheduler', 'schemas', 'secretsmanager', 'service-quotas', 'ses', 'sesv2', 'shield',
  'sns', 'sqs', 'ssm', 'stepfunctions', 'storagegateway', 'sts', 'swf', 'synthetics', 'waf', 'wafv2', 'wellarchitected',
] as const;

/** Services SYSTEMS.md names for which AWS publishes no client model any more, or never did. */
export const WITHOUT_MODEL = ['opsworks', 'opsworkscm', 'codewhisperer', 'imds', 'ssmmessages', 'ec2messages', 'execute-api'] as const;

/** The pinned source of every model. */
export const BOTOCORE_VERSION = '1.44.5';
