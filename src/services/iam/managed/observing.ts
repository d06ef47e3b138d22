/** Managed policies of CloudWatch, CloudWatch Logs and X-Ray. */
import { allow, type WrittenPolicies } from './shape.ts';

export const observingPolicies: WrittenPolicies = {
  AmazonAPIGatewayPushToCloudWatchLogs: {
    path: '/service-role/',
    description: "Allows API Gateway to push logs to user's account.",
    statements: [
      allow([
        'logs:CreateLogGroup',
        'logs:CreateLogStream',
        'logs:DescribeLogGroups',
        'logs:DescribeLogStreams',
        'logs:PutLogEvents',
        'logs:GetLogEvents',
        'logs:FilterLogEvents',
      ]),
    ],
  },
  CloudWatchFullAccess: {
    description: 'Provides full access to CloudWatch.',
    statements: [
      allow([
        'autoscaling:Describe*',
        'cloudwatch:*',
        'logs:*',
        'sns:*',
        'iam:GetPolicy',
        'iam:GetPolicyVersion',
        'iam:GetRole',
        'oam:ListSinks',
      ]),
      {
        Effect: 'Allow',
        Action: 'iam:CreateServiceLinkedRole',
        Resource: 'arn:aws:iam::*:role/aws-service-role/events.amazonaws.com/AWSServiceRoleForCloudWatchEvents*',
        Condition: { StringLike: { 'iam:AWSServiceName': 'events.amazonaws.com' } },
      },
      { Effect: 'Allow', Action: ['oam:ListAttachedLinks'], Resource: 'arn:aws:oam:*:*:sink/*' },
    ],
  },
  CloudWatchReadOnlyAccess: {
    description: 'Provides read only access to CloudWatch.',
    statements: [
      allow(
        [
          'application-autoscaling:DescribeScalingPolicies',
          'autoscaling:Describe*',
          'cloudwatch:BatchGet*',
          'cloudwatch:Describe*',
          'cloudwatch:GenerateQuery',
          'cloudwatch:Get*',
          'cloudwatch:List*',
          'logs:Get*',
          'logs:List*',
          'logs:StartQuery',
          'logs:StopQuery',
          'logs:Describe*',
          'logs:TestMetricFilter',
          'logs:FilterLogEvents',
          'logs:StartLiveTail',
          'logs:StopLiveTail',
          'oam:ListSinks',
          'sns:Get*',
          'sns:List*',
          'rum:BatchGet*',
          'rum:Get*',
          'rum:List*',
          'synthetics:Describe*',
          'synthetics:Get*',
          'synthetics:List*',
          'xray:BatchGet*',
          'xray:Get*',
          'xray:List*',
        ],
        'CloudWatchReadOnlyAccessPermissions',
      ),
      {
        Sid: 'OAMReadPermissions',
        Effect: 'Allow',
        Action: ['oam:ListAttachedLinks'],
        Resource: 'arn:aws:oam:*:*:sink/*',
      },
    ],
  },
  CloudWatchLogsFullAccess: {
    description: 'Provides full access to CloudWatch Logs',
    statements: [allow(['logs:*', 'cloudwatch:GenerateQuery'], 'CloudWatchLogsFullAccess')],
  },
  CloudWatchAgentServerPolicy: {
    description: 'Permissions required to use AmazonCloudWatchAgent on servers',
    statements: [
      allow(
        [
          'cloudwatch:PutMetricData',
          'ec2:DescribeVolumes',
          'ec2:DescribeTags',
          'logs:PutLogEvents',
          'logs:PutRetentionPolicy',
          'logs:DescribeLogStreams',
          'logs:DescribeLogGroups',
          'logs:CreateLogStream',
          'logs:CreateLogGroup',
          'xray:PutTraceSegments',
          'xray:PutTelemetryRecords',
          'xray:GetSamplingRules',
          'xray:GetSamplingTargets',
          'xray:GetSamplingStatisticSummaries',
        ],
        'CWACloudWatchServerPermissions',
      ),
      {
        Sid: 'CWASSMServerPermissions',
        Effect: 'Allow',
        Action: ['ssm:GetParameter'],
        Resource: 'arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*',
      },
    ],
  },
  AWSXRayDaemonWriteAccess: {
    description:
      "Allow the AWS X-Ray Daemon to relay raw trace segments data to the service's API and retrieve sampling data (rules, targets, etc.) to be used by the X-Ray SDK.",
    statements: [
      allow([
        'xray:PutTraceSegments',
        'xray:PutTelemetryRecords',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:GetSamplingStatisticSummaries',
      ]),
    ],
  },
};
