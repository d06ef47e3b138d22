/** Records as functions get them. Source: Lambda Developer Guide, "Using Lambda with Amazon SQS" and "… Amazon DynamoDB", example events. */
import { SECOND } from '#kernel/base';
import type { Record_ } from '#models/dynamodb-streams';
import type { Record_ as KinesisRecord } from '#models/kinesis';
import type { Message } from '#models/sqs';

/** A message of a queue. */
export function queueRecord(message: Message, source: string, region: string): { [name: string]: unknown } {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    {
      ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
      ...(value.BinaryValue !== undefined && { binaryValue: base64(value.BinaryValue) }),
      stringListValues: [],
      binaryListValues: [],
      dataType: value.DataType,
    },
  ]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes),
    ...(message.MD5OfMessageAttributes !== undefined && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: source,
    awsRegion: region,
  };
}

/** A record of a shard, read by the role whose ARN is given. */
export function shardRecord(
  record: KinesisRecord,
  shard: string,
  source: string,
  invokeIdentityArn: string,
): { [name: string]: unknown } {
  const { SequenceNumber: sequenceNumber, ApproximateArrivalTimestamp: at = 0 } = record;
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.PartitionKey,
      sequenceNumber,
      data: base64(record.Data),
      approximateArrivalTimestamp: at / SECOND,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shard}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn,
    awsRegion: source.split(':')[3],
    eventSourceARN: source,
  };
}

/** A change of an item: instants in seconds, bytes in base64. */
export function streamRecord(record: Record_, source: string): { [name: string]: unknown } {
  const { ApproximateCreationDateTime: at = 0, ...dynamodb } = record.dynamodb ?? {};
  const { PrincipalId, Type } = record.userIdentity ?? {};
  const shown = {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: record.eventSource,
    awsRegion: record.awsRegion,
    dynamodb: { ApproximateCreationDateTime: Number(at) / SECOND, ...dynamodb },
    ...(record.userIdentity !== undefined && { userIdentity: { principalId: PrincipalId, type: Type } }),
    eventSourceARN: source,
  };
  return plain(shown) as { [name: string]: unknown };
}

/** Without bytes, and without what is undefined. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return base64(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(kept.map(([name, one]) => [name, plain(one)]));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
