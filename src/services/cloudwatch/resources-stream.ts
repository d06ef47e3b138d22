/** CloudFormation's type of metric streams. */
import type { InputOf, Made, Properties, ResourceScope, ResourceType } from '#kernel/contract';
import { ifThere, tagListOf, tagsGone } from '#kernel/contract';
import { wireTime } from './domain/words.ts';

type Put = InputOf<'cloudwatch', 'PutMetricStream'>;

async function put(Name: string, properties: Properties, { aws }: ResourceScope, tags: Put['Tags']): Promise<Made> {
  const { IncludeLinkedAccountsMetrics: linked, Tags: _, ...given } = properties;
  await aws.cloudwatch.PutMetricStream({
    ...(given as Put),
    Name,
    ...(tags !== undefined && { Tags: tags }),
    ...(linked !== undefined && { IncludeLinkedAccountsMetrics: String(linked) === 'true' }),
  });
  const { Arn, State, CreationDate = 0, LastUpdateDate = 0 } = await aws.cloudwatch.GetMetricStream({ Name });
  const attributes = { Arn, State, CreationDate: wireTime(CreationDate), LastUpdateDate: wireTime(LastUpdateDate) };
  return { id: Name, attributes };
}

export const metricStream: ResourceType = {
  create: (properties, scope) =>
    put(String(properties.Name ?? scope.name(255)), properties, scope, tagListOf(properties, scope)),
  async update(name, properties, before, scope) {
    const made = await put(name, properties, scope, undefined);
    const ResourceARN = String(made.attributes.Arn);
    const TagKeys = tagsGone(properties, before, scope);
    if (TagKeys.length > 0) await scope.aws.cloudwatch.UntagResource({ ResourceARN, TagKeys });
    const Tags = tagListOf(properties, scope);
    if (Tags.length > 0) await scope.aws.cloudwatch.TagResource({ ResourceARN, Tags });
    return made;
  },
  async delete(Name, _, { aws }) {
    await aws.cloudwatch.DeleteMetricStream({ Name });
  },
  async read(Name, properties, { aws }) {
    const found = await ifThere('ResourceNotFoundException', aws.cloudwatch.GetMetricStream({ Name }));
    if (found === undefined) return undefined;
    const asked = Object.keys(properties).filter((name) => name in found);
    return { ...properties, ...Object.fromEntries(asked.map((name) => [name, found[name as keyof typeof found]])) };
  },
};
