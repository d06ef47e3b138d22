/** Streams and queues of AWS. */
import { any, required } from '../properties.ts';
import { polled } from './polled.ts';

export const KINESIS = polled({
  rules: { Stream: required(any), StartingPosition: required(any) },
  arn: 'Stream',
  managed: 'service-role/AWSLambdaKinesisExecutionRole',
});

export const DYNAMODB = polled({
  rules: { Stream: required(any), StartingPosition: required(any) },
  arn: 'Stream',
  managed: 'service-role/AWSLambdaDynamoDBExecutionRole',
});

export const SQS = polled({
  rules: { Queue: required(any) },
  arn: 'Queue',
  managed: 'service-role/AWSLambdaSQSQueueExecutionRole',
});
