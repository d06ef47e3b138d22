/** CloudFormation's types of small functions and the stores that they read. */
import {
  ifThere,
  isGone,
  type Made,
  madeOnce,
  type Properties,
  type ResourceScope,
  type ResourceTypes,
  tagListOf,
} from '#kernel/contract';
import type { FunctionConfig } from '#models/cloudfront';
import { configOf, toTemplate } from './domain/template.ts';
import { retag } from './resources-tags.ts';

function madeFunction(Name: string, isLive: boolean, { partition, account }: ResourceScope): Made {
  const FunctionARN = `arn:${partition}:cloudfront::${account}:function/${Name}`;
  const Stage = isLive ? 'LIVE' : 'DEVELOPMENT';
  return { id: FunctionARN, attributes: { FunctionARN, 'FunctionMetadata.FunctionARN': FunctionARN, Stage } };
}

async function publish(Name: string, properties: Properties, scope: ResourceScope): Promise<Made> {
  const isLive = String(properties.AutoPublish) === 'true';
  if (isLive) {
    const { ETag = '' } = await scope.aws.cloudfront.DescribeFunction({ Name });
    await scope.aws.cloudfront.PublishFunction({ Name, IfMatch: ETag });
  }
  return madeFunction(Name, isLive, scope);
}

function given(properties: Properties) {
  return {
    Name: String(properties.Name),
    FunctionConfig: configOf(properties, 'FunctionConfig') as unknown as FunctionConfig,
    FunctionCode: Buffer.from(String(properties.FunctionCode)),
  };
}

const nameOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

export const functionResources: ResourceTypes = {
  'AWS::CloudFront::Function': {
    async create(properties, scope) {
      const Tags = { Items: tagListOf(properties, scope) };
      await madeOnce(
        'FunctionAlreadyExists',
        scope,
        scope.aws.cloudfront.CreateFunction({ ...given(properties), Tags }),
      );
      const Name = String(properties.Name);
      scope.begun(madeFunction(Name, false, scope).id);
      return publish(Name, properties, scope);
    },
    async update(arn, properties, before, scope) {
      const { cloudfront } = scope.aws;
      const Name = nameOf(arn);
      const { ETag = '' } = await cloudfront.DescribeFunction({ Name });
      await cloudfront.UpdateFunction({ ...given(properties), Name, IfMatch: ETag });
      await retag(arn, properties, before, scope);
      return publish(Name, properties, scope);
    },
    async delete(arn, _, { aws: { cloudfront } }) {
      const Name = nameOf(arn);
      const found = await ifThere('NoSuchFunctionExists', cloudfront.DescribeFunction({ Name }));
      if (found !== undefined)
        await isGone('NoSuchFunctionExists', cloudfront.DeleteFunction({ Name, IfMatch: found.ETag ?? '' }));
    },
    async read(arn, { AutoPublish }, { aws: { cloudfront } }) {
      const Name = nameOf(arn);
      const found = await ifThere('NoSuchFunctionExists', cloudfront.DescribeFunction({ Name }));
      if (found === undefined) return undefined;
      const { FunctionCode } = await cloudfront.GetFunction({ Name });
      const { Tags } = await cloudfront.ListTagsForResource({ Resource: arn });
      return {
        Name,
        AutoPublish,
        FunctionCode: Buffer.from(FunctionCode as Uint8Array).toString('utf8'),
        FunctionConfig: toTemplate(found.FunctionSummary?.FunctionConfig),
        Tags: Tags.Items ?? [],
      };
    },
  },
  'AWS::CloudFront::KeyValueStore': {
    async create(properties, scope) {
      const { cloudfront } = scope.aws;
      const Name = String(properties.Name);
      const { Comment, ImportSource } = properties;
      const { SourceType, SourceArn } = (ImportSource ?? {}) as { SourceType?: 'S3'; SourceArn?: string };
      const creation = cloudfront.CreateKeyValueStore({
        Name,
        ...(Comment !== undefined && { Comment: String(Comment) }),
        ...(SourceType !== undefined && { ImportSource: { SourceType, SourceARN: SourceArn ?? '' } }),
        Tags: { Items: tagListOf(properties, scope) },
      });
      await madeOnce('EntityAlreadyExists', scope, creation);
      return madeStore(Name, scope);
    },
    async update(Name, properties, before, scope) {
      const { ETag = '', KeyValueStore } = await scope.aws.cloudfront.DescribeKeyValueStore({ Name });
      const Comment = String(properties.Comment ?? '');
      await scope.aws.cloudfront.UpdateKeyValueStore({ Name, Comment, IfMatch: ETag });
      await retag(KeyValueStore?.ARN ?? '', properties, before, scope);
      return madeStore(Name, scope);
    },
    async delete(Name, _, { aws: { cloudfront } }) {
      const found = await ifThere('EntityNotFound', cloudfront.DescribeKeyValueStore({ Name }));
      if (found !== undefined)
        await isGone('EntityNotFound', cloudfront.DeleteKeyValueStore({ Name, IfMatch: found.ETag ?? '' }));
    },
    async read(Name, { ImportSource }, { aws: { cloudfront } }) {
      const found = (await ifThere('EntityNotFound', cloudfront.DescribeKeyValueStore({ Name })))?.KeyValueStore;
      if (found === undefined) return undefined;
      const { Tags } = await cloudfront.ListTagsForResource({ Resource: found.ARN });
      return { Name, Comment: found.Comment, ImportSource, Tags: Tags.Items ?? [] };
    },
    replaces: ({ ImportSource }, before) => JSON.stringify(ImportSource) !== JSON.stringify(before.ImportSource),
  },
};

async function madeStore(Name: string, { aws }: ResourceScope): Promise<Made> {
  const { KeyValueStore } = await aws.cloudfront.DescribeKeyValueStore({ Name });
  const { ARN = '', Id = '', Status = '' } = KeyValueStore ?? {};
  return { id: Name, attributes: { Arn: ARN, Id, Status } };
}
