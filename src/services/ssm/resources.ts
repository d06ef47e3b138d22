/** Parameter Store's types of CloudFormation. */
import { isDeepStrictEqual } from 'node:util';
import {
  ifThere,
  isGone,
  madeOnce,
  type Properties,
  type ResourceScope,
  type ResourceTypes,
  ServiceError,
  textOf,
} from '#kernel/contract';
import { arnOf } from './domain/names.ts';
import { resources as ofAccount } from './resources-account.ts';

/** What is told otherwise, or tried again. */
const SHOWN = /^(NotImplemented|ParameterAlreadyExists|ParameterNotFound|TooManyUpdates|InternalServerError)$|Throttl/;

const text = (properties: Properties, name: string) => textOf(properties[name]);

/** Tags are a map here, unlike those of most types. */
function tagsOf({ Tags }: Properties, ofStack: ResourceScope['tags']): Record<string, string> {
  return { ...ofStack, ...((Tags ?? {}) as Record<string, string>) };
}

const tagList = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

function putting(name: string, properties: Properties) {
  return {
    Name: name,
    Value: text(properties, 'Value') ?? '',
    Type: text(properties, 'Type') as 'String' | 'StringList',
    Description: text(properties, 'Description'),
    AllowedPattern: text(properties, 'AllowedPattern'),
    DataType: text(properties, 'DataType'),
    Tier: text(properties, 'Tier') as 'Standard' | 'Advanced' | undefined,
    Policies: text(properties, 'Policies'),
  };
}

async function retag(name: string, properties: Properties, before: Properties, scope: ResourceScope): Promise<void> {
  const parameter = { ResourceType: 'Parameter', ResourceId: name } as const;
  const [tags, old] = [tagsOf(properties, scope.tags), tagsOf(before, scope.tagsBefore)];
  const TagKeys = Object.keys(old).filter((key) => !(key in tags));
  if (TagKeys.length > 0) await scope.aws.ssm.RemoveTagsFromResource({ ...parameter, TagKeys });
  const Tags = tagList(tags).filter(({ Key, Value }) => old[Key] !== Value);
  if (Tags.length > 0) await scope.aws.ssm.AddTagsToResource({ ...parameter, Tags });
}

function made(name: string, { Type, Value }: Properties, scope: ResourceScope) {
  return { id: name, attributes: { Arn: arnOf(name, scope), Type, Value } };
}

/** Of what PutParameter refuses, AWS's handler says no more than that it has. Source: badmintoncryer/cdk-preflight, measured in September 2026. */
async function masked<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof ServiceError) || SHOWN.test(error.code)) throw error;
    throw error.code === 'AccessDeniedException'
      ? new ServiceError('AccessDenied', "Access denied for operation 'PutParameter'.")
      : new ServiceError('GeneralServiceException', "Error occurred during operation 'PutParameter'.");
  }
}

const nothing = (name: string, is: 'already exists' | 'was not found') =>
  `Resource of type 'AWS::SSM::Parameter' with identifier '${name}' ${is}.`;

export const resources: ResourceTypes = {
  ...ofAccount,
  'AWS::SSM::Parameter': {
    // Source of names and what changes: AWS's own handler of the type (aws-cloudformation/aws-cloudformation-resource-providers-ssm).
    async create(properties, scope) {
      const name = text(properties, 'Name') ?? `CFN-${scope.name(513, true)}`;
      const Tags = tagList(tagsOf(properties, scope.tags));
      const creation = masked(scope.aws.ssm.PutParameter({ ...putting(name, properties), Tags }));
      await madeOnce('ParameterAlreadyExists', scope, creation, nothing(name, 'already exists'));
      return made(name, properties, scope);
    },
    async update(name, properties, before, scope) {
      const { ssm } = scope.aws;
      const { InvalidParameters = [] } = await ssm.GetParameters({ Names: [name] });
      if (InvalidParameters.length > 0) throw new ServiceError('NotFound', nothing(name, 'was not found'));
      await retag(name, properties, before, scope);
      // Other tags alone make no version.
      if (!isDeepStrictEqual({ ...properties, Tags: undefined }, { ...before, Tags: undefined }))
        await masked(ssm.PutParameter({ ...putting(name, properties), Overwrite: true }));
      return made(name, properties, scope);
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
