/** Managed policies of SQS and SNS. */
import { allow, type WrittenPolicies } from './shape.ts';

export const messagingPolicies: WrittenPolicies = {
  AmazonSQSFullAccess: {
    description: 'Provides full access to Amazon SQS via the AWS Management Console.',
    statements: [allow(['sqs:*'])],
  },
  AmazonSQSReadOnlyAccess: {
    description: 'Provides read only access to Amazon SQS via the AWS Management Console.',
    statements: [
      allow([
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ListDeadLetterSourceQueues',
        'sqs:ListQueues',
        'sqs:ListMessageMoveTasks',
        'sqs:ListQueueTags',
      ]),
    ],
  },
  AmazonSNSFullAccess: {
    description: 'Provides full access to Amazon SNS via the AWS Management Console.',
    statements: [allow(['sns:*'])],
  },
  AmazonSNSReadOnlyAccess: {
    description: 'Provides read only access to Amazon SNS via the AWS Management Console.',
    statements: [
      allow([
        'sns:GetTopicAttributes',
        'sns:List*',
        'sns:CheckIfPhoneNumberIsOptedOut',
        'sns:GetEndpointAttributes',
        'sns:GetDataProtectionPolicy',
        'sns:GetPlatformApplicationAttributes',
        'sns:GetSMSAttributes',
        'sns:GetSMSSandboxAccountStatus',
        'sns:GetSubscriptionAttributes',
      ]),
    ],
  },
};
