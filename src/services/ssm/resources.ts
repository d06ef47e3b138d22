/** Parameter Store's types of CloudFormation. */
import { ifThere, isGone, type Properties, type ResourceScope, type ResourceTypes, textOf } from '#kernel/contract';
import { arnOf } from './domain/names.ts';
import { resources as ofAccount } from './resources-account.ts';

const text = (properties: Properties, name: string) => textOf(properties[name]);

/** Tags are a map here, unlike those of most types. */
function tagsOf({ Tags }: Properties, scope: ResourceScope): Record<string, string> {
  return { ...scope.tags, ...((Tags ?? {}) as Record<string, string>) };
}

async function put(name: string, properties: Properties, overwrite: boolean, scope: ResourceScope) {
  const tags = Object.entries(tagsOf(properties, scope)).map(([Key, Value]) => ({ Key, Value }));
  await scope.aws.ssm.PutParameter({
    Name: name,
    Value: text(properties, 'Value') ?? '',
    Type: text(properties, 'Type') as 'String' | 'StringList',
    Description: text(properties, 'Description'),
    AllowedPattern: text(properties, 'AllowedPattern'),
    DataType: text(properties, 'DataType'),
    Tier: text(properties, 'Tier') as 'Standard' | 'Advanced' | undefined,
    Policies: text(properties, 'Policies'),
    ...(overwrite ? { Overwrite: true } : { Tags: tags }),
  });
  if (overwrite && tags.length > 0)
    await scope.aws.ssm.AddTagsToResource({ ResourceType: 'Parameter', ResourceId: name, Tags: tags });
  return { id: name, attributes: { Arn: arnOf(name, scope), Type: properties.Type, Value: properties.Value } };
}

export const resources: ResourceTypes = {
  ...ofAccount,
  'AWS::SSM::Parameter': {
    create: (properties, scope) => {
      const name = text(properties, 'Name') ?? `CFN-${scope.name(200)}`;
      return put(name, properties, scope.again, scope);
    },
    async update(name, properties, before, scope) {
      const [tags, old] = [tagsOf(properties, scope), tagsOf(before, scope)];
      const gone = Object.keys(old).filter((key) => !(key in tags));
      if (gone.length > 0)
        await scope.aws.ssm.RemoveTagsFromResource({ ResourceType: 'Parameter', ResourceId: name, TagKeys: gone });
      return put(name, properties, true, scope);
    },
    delete: (Name, _, { aws }) => isGone('ParameterNotFound', aws.ssm.DeleteParameter({ Name })),
    async read(Name, properties, { aws }) {
      const found = await ifThere('ParameterNotFound', aws.ssm.GetParameter({ Name }));
      if (found?.Parameter === undefined) return undefined;
      const { Type, Value, DataType } = found.Parameter;
      const ParameterFilters = [{ Key: 'Name', Option: 'Equals', Values: [Name] }];
      const { Parameters: [shown] = [] } = await aws.ssm.DescribeParameters({ ParameterFilters });
      const { TagList = [] } = await aws.ssm.ListTagsForResource({ ResourceType: 'Parameter', ResourceId: Name });
      return {
        ...properties,
        ...{ Name, Type, Value, DataType },
        Description: shown?.Description,
        AllowedPattern: shown?.AllowedPattern,
        Tier: shown?.Tier,
        Tags: Object.fromEntries(TagList.map(({ Key, Value: value }) => [Key, value])),
      };
    },
  },
};
