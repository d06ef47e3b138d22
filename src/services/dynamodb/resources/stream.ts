/** Streams of CloudFormation's tables: their view, and the policies that they carry themselves. */
import { isDeepStrictEqual } from 'node:util';
import type { Properties, ResourceScope } from '#kernel/contract';
import { ifThere, textOf } from '#kernel/contract';
import type { StreamViewType } from '#models/dynamodb';
import { readForm } from '../domain/policy-text.ts';

export type Stream = { StreamViewType: StreamViewType; ResourcePolicy?: { PolicyDocument: unknown }; Tags?: unknown };

/** As DynamoDB takes it. */
export function streaming(stream: Stream | undefined) {
  return stream && { StreamEnabled: true, StreamViewType: stream.StreamViewType };
}

/** A step that is tried again finds the stream that it made. */
export async function setStream(
  TableName: string,
  wanted: ReturnType<typeof streaming>,
  { aws: { dynamodb } }: ResourceScope,
): Promise<void> {
  const { Table } = await dynamodb.DescribeTable({ TableName });
  const { StreamViewType: has } = Table?.StreamSpecification ?? {};
  if (has === wanted?.StreamViewType) return;
  // Another view is another stream.
  if (has !== undefined) await dynamodb.UpdateTable({ TableName, StreamSpecification: { StreamEnabled: false } });
  if (wanted !== undefined) await dynamodb.UpdateTable({ TableName, StreamSpecification: wanted });
}

/** The policy of a table or stream, in the words of its template where those say the same. */
export async function policyOf(
  ResourceArn: string,
  wanted: Stream['ResourcePolicy'],
  { aws }: ResourceScope,
): Promise<Properties | undefined> {
  const has = await ifThere('PolicyNotFoundException', aws.dynamodb.GetResourcePolicy({ ResourceArn }));
  if (has?.Policy === undefined) return undefined;
  const text = textOf(wanted?.PolicyDocument);
  const isSame = text !== undefined && readForm(text, ResourceArn.split(':')[1] ?? '') === has.Policy;
  return { PolicyDocument: JSON.parse(isSame ? text : has.Policy) };
}

/** A stream that takes another's place has no policy yet; one that is there keeps what it has. */
export async function setStreamPolicy(
  ResourceArn: string | undefined,
  wanted: Stream | undefined,
  before: Stream | undefined,
  scope: ResourceScope,
): Promise<void> {
  const { dynamodb } = scope.aws;
  const document = wanted?.ResourcePolicy?.PolicyDocument;
  if (ResourceArn === undefined || wanted === undefined) return;
  const Policy = textOf(document);
  if (Policy === undefined) {
    if (before?.ResourcePolicy !== undefined) await dynamodb.DeleteResourcePolicy({ ResourceArn });
    return;
  }
  const has = await policyOf(ResourceArn, wanted.ResourcePolicy, scope);
  if (!isDeepStrictEqual(has?.PolicyDocument, JSON.parse(Policy)))
    await dynamodb.PutResourcePolicy({ ResourceArn, Policy });
}
