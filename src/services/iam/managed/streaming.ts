/** Managed policies of Kinesis Data Streams and Data Firehose. */
import { allow, type WrittenPolicies } from './shape.ts';

export const streamingPolicies: WrittenPolicies = {
  AmazonKinesisFullAccess: {
    description: 'Provides full access to all streams via the AWS Management Console.',
    statements: [allow('kinesis:*')],
  },
  AmazonKinesisReadOnlyAccess: {
    description: 'Provides read only access to all streams via the AWS Management Console.',
    statements: [allow(['kinesis:Get*', 'kinesis:List*', 'kinesis:Describe*'])],
  },
  AmazonKinesisFirehoseFullAccess: {
    description: 'Provides full access to all Amazon Kinesis Firehose Delivery Streams.',
    statements: [allow(['firehose:*'])],
  },
  AmazonKinesisFirehoseReadOnlyAccess: {
    description: 'Provides read only access to all Amazon Kinesis Firehose Delivery Streams.',
    statements: [allow(['firehose:Describe*', 'firehose:List*'])],
  },
};
