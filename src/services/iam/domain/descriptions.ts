/**
 * What AWS says of its most used managed policies; the lists of AWS's policies don't tell it.
 *
 * Deviation: GetPolicy tells no description of others.
 *
 * @see AWS Managed Policy Reference Guide
 */
export const DESCRIPTIONS: { readonly [name: string]: string } = {
  AWSCertificateManagerFullAccess: 'Provides full access to AWS Certificate Manager (ACM)',
  AWSCertificateManagerReadOnly: 'Provides read only access to AWS Certificate Manager (ACM).',
  AWSCloudFormationFullAccess: 'Provides full access to AWS CloudFormation.',
  AWSCloudFormationReadOnlyAccess: 'Provides access to AWS CloudFormation via the AWS Management Console.',
  AWSCloudTrail_ReadOnlyAccess: 'Provides read only access to AWS CloudTrail.',
  AWSKeyManagementServicePowerUser: 'Provides access to AWS Key Management Service (KMS).',
  AWSLambdaBasicDurableExecutionRolePolicy:
    'Provides write permissions to CloudWatch Logs and read/write permissions to durable execution APIs used by Lambda durable functions.',
  AWSLambdaBasicExecutionRole: 'Provides write permissions to CloudWatch Logs.',
  AWSLambdaDynamoDBExecutionRole:
    'Provides list and read access to DynamoDB streams and write permissions to CloudWatch logs.',
  AWSLambdaKinesisExecutionRole:
    'Provides list and read access to Kinesis streams and write permissions to CloudWatch logs.',
  AWSLambdaRole: 'Default policy for AWS Lambda service role.',
  AWSLambdaSQSQueueExecutionRole:
    'Provides receive message, delete message, and read attribute access to SQS queues, and write permissions to CloudWatch logs.',
  AWSLambdaVPCAccessExecutionRole:
    'Provides minimum permissions for a Lambda function to execute while accessing a resource within a VPC - create, describe, delete network interfaces and write permissions to CloudWatch Logs.',
  AWSLambda_FullAccess:
    'Grants full access to AWS Lambda service, AWS Lambda console features, and other related AWS services.',
  AWSLambda_ReadOnlyAccess:
    'Grants read-only access to AWS Lambda service, AWS Lambda console features, and other related AWS services.',
  AWSXRayDaemonWriteAccess:
    "Allow the AWS X-Ray Daemon to relay raw trace segments data to the service's API and retrieve sampling data (rules, targets, etc.) to be used by the X-Ray SDK.",
  AdministratorAccess: 'Provides full access to AWS services and resources.',
  AmazonAPIGatewayAdministrator:
    'Provides full access to create/edit/delete APIs in Amazon API Gateway via the AWS Management Console.',
  AmazonAPIGatewayInvokeFullAccess: 'Provides full access to invoke APIs in Amazon API Gateway.',
  AmazonAPIGatewayPushToCloudWatchLogs: "Allows API Gateway to push logs to user's account.",
  AmazonDynamoDBFullAccess: 'Provides full access to Amazon DynamoDB via the AWS Management Console.',
  AmazonDynamoDBReadOnlyAccess: 'Provides read only access to Amazon DynamoDB via the AWS Management Console.',
  AmazonEC2ContainerRegistryFullAccess: 'Provides administrative access to Amazon ECR resources',
  AmazonEC2ContainerRegistryPowerUser:
    'Provides full access to Amazon EC2 Container Registry repositories, but does not allow repository deletion or policy changes.',
  AmazonEC2ContainerRegistryPullOnly: 'Provides pull access to Amazon ECR repositories.',
  AmazonEC2ContainerRegistryReadOnly: 'Provides read-only access to Amazon EC2 Container Registry repositories.',
  AmazonEC2FullAccess: 'Provides full access to Amazon EC2 via the AWS Management Console.',
  AmazonEC2ReadOnlyAccess: 'Provides read only access to Amazon EC2 via the AWS Management Console.',
  AmazonKinesisFirehoseFullAccess: 'Provides full access to all Amazon Kinesis Firehose Delivery Streams.',
  AmazonKinesisFirehoseReadOnlyAccess: 'Provides read only access to all Amazon Kinesis Firehose Delivery Streams.',
  AmazonKinesisFullAccess: 'Provides full access to all streams via the AWS Management Console.',
  AmazonKinesisReadOnlyAccess: 'Provides read only access to all streams via the AWS Management Console.',
  AmazonRDSFullAccess: 'Provides full access to Amazon RDS via the AWS Management Console.',
  AmazonS3FullAccess: 'Provides full access to all buckets via the AWS Management Console.',
  AmazonS3ReadOnlyAccess: 'Provides read only access to all buckets via the AWS Management Console.',
  AmazonSNSFullAccess: 'Provides full access to Amazon SNS via the AWS Management Console.',
  AmazonSNSReadOnlyAccess: 'Provides read only access to Amazon SNS via the AWS Management Console.',
  AmazonSQSFullAccess: 'Provides full access to Amazon SQS via the AWS Management Console.',
  AmazonSQSReadOnlyAccess: 'Provides read only access to Amazon SQS via the AWS Management Console.',
  AmazonSSMManagedInstanceCore:
    'The policy for Amazon EC2 Role to enable AWS Systems Manager service core functionality.',
  AmazonSSMReadOnlyAccess: 'Provides read only access to Amazon SSM.',
  CloudWatchAgentServerPolicy: 'Permissions required to use AmazonCloudWatchAgent on servers',
  CloudWatchFullAccess: 'Provides full access to CloudWatch.',
  CloudWatchLogsFullAccess: 'Provides full access to CloudWatch Logs',
  CloudWatchReadOnlyAccess: 'Provides read only access to CloudWatch.',
  IAMFullAccess: 'Provides full access to IAM via the AWS Management Console.',
  IAMReadOnlyAccess: 'Provides read only access to IAM via the AWS Management Console.',
  IAMUserChangePassword: 'Provides the ability for an IAM user to change their own password.',
  PowerUserAccess:
    'Provides full access to AWS services and resources, but does not allow management of Users and groups.',
  ReadOnlyAccess: 'Provides read-only access to AWS services and resources.',
  SecretsManagerReadWrite: 'Provides read/write access to AWS Secrets Manager via the AWS Management Console.',
  SecurityAudit:
    'The security audit template grants access to read security configuration metadata. It is useful for software that audits the configuration of an AWS account.',
  ViewOnlyAccess: 'This policy grants permissions to view resources and basic metadata across all AWS services.',
};
