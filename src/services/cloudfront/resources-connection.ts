/** Connection functions as a type of CloudFormation. */
import {
  ifThere,
  isGone,
  type Made,
  madeOnce,
  type Properties,
  type ResourceScope,
  type ResourceType,
  tagListOf,
} from '#kernel/contract';
import type { FunctionConfig } from '#models/cloudfront';
import { configOf, toTemplate } from './domain/template.ts';
import { retag } from './resources-tags.ts';

const GONE = 'EntityNotFound';

const inputOf = (properties: Properties) => ({
  ConnectionFunctionConfig: configOf(properties, 'ConnectionFunctionConfig') as unknown as FunctionConfig,
  ConnectionFunctionCode: Buffer.from(String(properties.ConnectionFunctionCode)),
});

/** Publishes it where that is wanted, and tells of it. */
async function made(Identifier: string, { AutoPublish }: Properties, { aws }: ResourceScope): Promise<Made> {
  const { cloudfront } = aws;
  const { ConnectionFunctionSummary: found, ETag = '' } = await cloudfront.DescribeConnectionFunction({ Identifier });
  const { Id = '', ConnectionFunctionArn } = found ?? {};
  const isLive = String(AutoPublish) === 'true';
  if (isLive) await cloudfront.PublishConnectionFunction({ Id, IfMatch: ETag });
  const Stage = isLive ? 'LIVE' : 'DEVELOPMENT';
  const { ConnectionFunctionSummary: now } = await cloudfront.DescribeConnectionFunction({ Identifier: Id, Stage });
  const time = (millis = 0) => new Date(millis).toISOString();
  return {
    id: Id,
    attributes: {
      Id,
      ConnectionFunctionArn,
      ETag,
      Stage,
      Status: now?.Status,
      CreatedTime: time(now?.CreatedTime),
      LastModifiedTime: time(now?.LastModifiedTime),
    },
  };
}

export const connectionFunction: ResourceType = {
  async create(properties, scope) {
    const Name = String(properties.Name);
    const Tags = { Items: tagListOf(properties, scope) };
    const creation = scope.aws.cloudfront.CreateConnectionFunction({ Name, Tags, ...inputOf(properties) });
    await madeOnce('EntityAlreadyExists', scope, creation);
    return made(Name, properties, scope);
  },
  async update(Id, properties, before, scope) {
    const { cloudfront } = scope.aws;
    const { ETag = '', ConnectionFunctionSummary } = await cloudfront.DescribeConnectionFunction({ Identifier: Id });
    await cloudfront.UpdateConnectionFunction({ Id, IfMatch: ETag, ...inputOf(properties) });
    await retag(ConnectionFunctionSummary?.ConnectionFunctionArn ?? '', properties, before, scope);
    return made(Id, properties, scope);
  },
  async delete(Id, _, { aws: { cloudfront } }) {
    const found = await ifThere(GONE, cloudfront.DescribeConnectionFunction({ Identifier: Id }));
    if (found !== undefined) await isGone(GONE, cloudfront.DeleteConnectionFunction({ Id, IfMatch: found.ETag ?? '' }));
  },
  async read(Id, { AutoPublish }, { aws: { cloudfront } }) {
    const found = await ifThere(GONE, cloudfront.DescribeConnectionFunction({ Identifier: Id }));
    const summary = found?.ConnectionFunctionSummary;
    if (summary === undefined) return undefined;
    const { ConnectionFunctionCode } = await cloudfront.GetConnectionFunction({ Identifier: Id });
    const { Tags } = await cloudfront.ListTagsForResource({ Resource: summary.ConnectionFunctionArn });
    return {
      Name: summary.Name,
      AutoPublish,
      ConnectionFunctionCode: Buffer.from(ConnectionFunctionCode as Uint8Array).toString('utf8'),
      ConnectionFunctionConfig: toTemplate(summary.ConnectionFunctionConfig),
      Tags: Tags.Items ?? [],
    };
  },
};
