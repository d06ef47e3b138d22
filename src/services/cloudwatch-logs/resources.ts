/** CloudWatch Logs' types of CloudFormation. */
import type { Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import {
  alreadyExists,
  ifThere,
  isGone,
  madeOnce,
  onlyNew,
  refuseProperties,
  tagListOf,
  tagsGone,
  textOf,
} from '#kernel/contract';
import { anomalyResources } from './resources-anomaly.ts';
import { resources as deliveries } from './resources-delivery.ts';
import { resources as scheduled } from './resources-scheduled.ts';

const GONE = 'ResourceNotFoundException';
const TAKEN = 'ResourceAlreadyExistsException';
const text = (value: unknown) => textOf(value) ?? '';

/** The API begins its names in lower case; values and texts stay. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [`${name[0]?.toLowerCase()}${name.slice(1)}`, lowered(member)]),
  );
}

/** And templates in upper case. */
function raised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(raised);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [`${name[0]?.toUpperCase()}${name.slice(1)}`, raised(member)]),
  );
}

/** Of an API's answer the members that a template may have. */
function only(names: readonly string[], value: object): Properties {
  const all = raised(value) as Record<string, unknown>;
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

type Group = {
  LogGroupClass?: 'STANDARD';
  KmsKeyId?: string;
  RetentionInDays?: number;
  DataProtectionPolicy?: unknown;
  FieldIndexPolicies?: readonly unknown[];
  DeletionProtectionEnabled?: boolean;
  ResourcePolicyDocument?: unknown;
};

const UNBUILT = ['BearerTokenAuthenticationEnabled'];

const logGroup: ResourceType = {
  async create(properties, scope) {
    refuseProperties(properties, UNBUILT);
    const { LogGroupClass, KmsKeyId } = properties as Group;
    const logGroupName = textOf(properties.LogGroupName) ?? scope.name(512);
    const creation = scope.aws['cloudwatch-logs'].CreateLogGroup({
      logGroupName,
      ...(KmsKeyId !== undefined && { kmsKeyId: KmsKeyId }),
      ...(LogGroupClass !== undefined && { logGroupClass: LogGroupClass }),
      ...tagged(properties, scope),
    });
    // Source: aws-solutions/amazon-marketing-cloud-uploader-from-aws, issue 167.
    await madeOnce(
      TAKEN,
      scope,
      creation,
      alreadyExists('AWS::Logs::LogGroup', { '/properties/LogGroupName': logGroupName }),
    );
    scope.begun(logGroupName);
    await setGroup(logGroupName, properties as Group, {}, scope);
    return madeGroup(logGroupName, scope);
  },
  async update(logGroupName, properties, before, scope) {
    refuseProperties(properties, UNBUILT);
    const logs = scope.aws['cloudwatch-logs'];
    const { KmsKeyId } = properties as Group;
    if (KmsKeyId !== undefined) await logs.AssociateKmsKey({ logGroupName, kmsKeyId: KmsKeyId });
    else if (before.KmsKeyId !== undefined) await logs.DisassociateKmsKey({ logGroupName });
    await setGroup(logGroupName, properties as Group, before as Group, scope);
    const resourceArn = groupArn(logGroupName, scope);
    const tagKeys = tagsGone(properties, before, scope);
    if (tagKeys.length > 0) await logs.UntagResource({ resourceArn, tagKeys });
    const { tags } = tagged(properties, scope);
    if (tags !== undefined) await logs.TagResource({ resourceArn, tags });
    return madeGroup(logGroupName, scope);
  },
  async delete(logGroupName, { ResourcePolicyDocument }, scope) {
    await isGone(GONE, scope.aws['cloudwatch-logs'].DeleteLogGroup({ logGroupName }));
    if (ResourcePolicyDocument !== undefined) await dropPolicy(logGroupName, scope);
  },
  async read(logGroupName, properties, scope) {
    const logs = scope.aws['cloudwatch-logs'];
    const { logGroups = [] } = await logs.DescribeLogGroups({ logGroupNamePrefix: logGroupName });
    const found = logGroups.find((one) => one.logGroupName === logGroupName);
    if (found === undefined) return undefined;
    const resourceArn = groupArn(logGroupName, scope);
    const { tags = {} } = await logs.ListTagsForResource({ resourceArn });
    const { resourcePolicies: [policy] = [] } = await logs.DescribeResourcePolicies({
      resourceArn,
      policyScope: 'RESOURCE',
    });
    return {
      ...only(['LogGroupName', 'LogGroupClass', 'KmsKeyId', 'RetentionInDays', 'DeletionProtectionEnabled'], found),
      ...(properties.DataProtectionPolicy !== undefined && { DataProtectionPolicy: properties.DataProtectionPolicy }),
      ...(policy?.policyDocument !== undefined && { ResourcePolicyDocument: JSON.parse(policy.policyDocument) }),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    };
  },
};

/** Tags of the user's own; none is not the same as an empty list. */
function tagged(properties: Properties, scope: ResourceScope): { tags?: Record<string, string> } {
  const tags = tagListOf(properties, scope).map(({ Key, Value }) => [Key, Value]);
  return tags.length === 0 ? {} : { tags: Object.fromEntries(tags) };
}

/** How long it keeps, what it masks, what it indexes, whom it lets in, and whether it may go. */
async function setGroup(logGroupName: string, properties: Group, before: Group, scope: ResourceScope): Promise<void> {
  const logs = scope.aws['cloudwatch-logs'];
  const logGroupIdentifier = logGroupName;
  const { RetentionInDays, DataProtectionPolicy, FieldIndexPolicies, DeletionProtectionEnabled = false } = properties;
  if (RetentionInDays !== undefined) await logs.PutRetentionPolicy({ logGroupName, retentionInDays: RetentionInDays });
  else if (before.RetentionInDays !== undefined) await logs.DeleteRetentionPolicy({ logGroupName });
  if (DataProtectionPolicy !== undefined)
    await logs.PutDataProtectionPolicy({ logGroupIdentifier, policyDocument: text(DataProtectionPolicy) });
  else if (before.DataProtectionPolicy !== undefined) await logs.DeleteDataProtectionPolicy({ logGroupIdentifier });
  const [index] = FieldIndexPolicies ?? [];
  if (index !== undefined) await logs.PutIndexPolicy({ logGroupIdentifier, policyDocument: text(index) });
  else if ((before.FieldIndexPolicies ?? []).length > 0) await logs.DeleteIndexPolicy({ logGroupIdentifier });
  const { ResourcePolicyDocument: policy } = properties;
  if (policy !== undefined)
    await logs.PutResourcePolicy({ resourceArn: groupArn(logGroupName, scope), policyDocument: text(policy) });
  else if (before.ResourcePolicyDocument !== undefined) await dropPolicy(logGroupName, scope);
  if (DeletionProtectionEnabled !== (before.DeletionProtectionEnabled ?? false))
    await logs.PutLogGroupDeletionProtection({
      logGroupIdentifier,
      deletionProtectionEnabled: DeletionProtectionEnabled,
    });
}

async function dropPolicy(logGroupName: string, scope: ResourceScope): Promise<void> {
  const resourceArn = groupArn(logGroupName, scope);
  await isGone(GONE, scope.aws['cloudwatch-logs'].DeleteResourcePolicy({ resourceArn }));
}

function groupArn(name: string, { partition, region, account }: ResourceScope): string {
  return `arn:${partition}:logs:${region}:${account}:log-group:${name}`;
}

function madeGroup(name: string, scope: ResourceScope) {
  return { id: name, attributes: { Arn: `${groupArn(name, scope)}:*` } };
}

const logStream: ResourceType = {
  async create(properties, scope) {
    const logGroupName = text(properties.LogGroupName);
    const logStreamName = textOf(properties.LogStreamName) ?? scope.name(512);
    await madeOnce(TAKEN, scope, scope.aws['cloudwatch-logs'].CreateLogStream({ logGroupName, logStreamName }));
    return { id: logStreamName, attributes: {} };
  },
  delete: (logStreamName, { LogGroupName }, { aws }) =>
    isGone(GONE, aws['cloudwatch-logs'].DeleteLogStream({ logGroupName: text(LogGroupName), logStreamName })),
};

/** What is put under a name, and put again to change it. */
function putting(
  id: (properties: Properties, scope: ResourceScope) => string,
  put: (id: string, properties: Properties, scope: ResourceScope) => Promise<unknown>,
  remove: (id: string, properties: Properties, scope: ResourceScope) => Promise<unknown>,
  attributes: (id: string, scope: ResourceScope) => { [name: string]: unknown } = () => ({}),
): ResourceType {
  const done = async (name: string, properties: Properties, scope: ResourceScope) => {
    await put(name, properties, scope);
    return { id: name, attributes: attributes(name, scope) };
  };
  return {
    create: (properties, scope) => done(id(properties, scope), properties, scope),
    update: (name, properties, _, scope) => done(name, properties, scope),
    delete: (name, properties, scope) => isGone(GONE, remove(name, properties, scope)),
  };
}

const metricFilter = putting(
  ({ FilterName }, scope) => textOf(FilterName) ?? scope.name(512),
  (filterName, properties, { aws }) => {
    const transformations = (
      properties.MetricTransformations as { Dimensions?: { Key: string; Value: string }[] }[]
    ).map(({ Dimensions, ...one }) => ({
      ...(lowered(one) as object),
      ...(Dimensions !== undefined && {
        dimensions: Object.fromEntries(Dimensions.map(({ Key, Value }) => [Key, Value])),
      }),
    }));
    return aws['cloudwatch-logs'].PutMetricFilter({
      ...(lowered(properties) as object),
      filterName,
      metricTransformations: transformations,
    } as never);
  },
  (filterName, { LogGroupName }, { aws }) =>
    aws['cloudwatch-logs'].DeleteMetricFilter({ logGroupName: text(LogGroupName), filterName }),
);

/** Source: aws-cloudformation/aws-cloudformation-resource-providers-logs: whatever is wrong with the destination or its role is tried again for a while. */
const UNDELIVERED = ['InvalidParameterException'];

const subscriptionFilter = putting(
  ({ FilterName }, scope) => textOf(FilterName) ?? scope.name(512),
  (filterName, properties, { aws }) =>
    aws['cloudwatch-logs'].PutSubscriptionFilter({ ...(lowered(properties) as object), filterName } as never),
  (filterName, { LogGroupName }, { aws }) =>
    aws['cloudwatch-logs'].DeleteSubscriptionFilter({ logGroupName: text(LogGroupName), filterName }),
);

const resourcePolicy = putting(
  ({ PolicyName }) => text(PolicyName),
  (policyName, { PolicyDocument }, { aws }) =>
    aws['cloudwatch-logs'].PutResourcePolicy({ policyName, policyDocument: text(PolicyDocument) }),
  (policyName, _, { aws }) => aws['cloudwatch-logs'].DeleteResourcePolicy({ policyName }),
);

const accountPolicy = putting(
  ({ PolicyName, PolicyType }, { account }) => `${account}|${text(PolicyType)}|${text(PolicyName)}`,
  (_, properties, { aws }) => aws['cloudwatch-logs'].PutAccountPolicy(lowered(properties) as never),
  (_, { PolicyName, PolicyType }, { aws }) =>
    aws['cloudwatch-logs'].DeleteAccountPolicy({
      policyName: text(PolicyName),
      policyType: PolicyType as 'DATA_PROTECTION_POLICY',
    }),
  (_, { account }) => ({ AccountId: account }),
);

const destination = putting(
  ({ DestinationName }) => text(DestinationName),
  async (destinationName, properties, scope) => {
    const logs = scope.aws['cloudwatch-logs'];
    const { TargetArn, RoleArn, DestinationPolicy } = properties;
    await logs.PutDestination({
      destinationName,
      targetArn: text(TargetArn),
      roleArn: text(RoleArn),
      ...tagged(properties, scope),
    });
    if (DestinationPolicy !== undefined)
      await logs.PutDestinationPolicy({ destinationName, accessPolicy: text(DestinationPolicy) });
  },
  (destinationName, _, { aws }) => aws['cloudwatch-logs'].DeleteDestination({ destinationName }),
  (name, { partition, region, account }) => ({ Arn: `arn:${partition}:logs:${region}:${account}:destination:${name}` }),
);

async function readDestination(DestinationNamePrefix: string, properties: Properties, { aws }: ResourceScope) {
  const { destinations = [] } = await aws['cloudwatch-logs'].DescribeDestinations({ DestinationNamePrefix });
  const found = destinations.find(({ destinationName }) => destinationName === DestinationNamePrefix);
  if (found === undefined) return undefined;
  const { targetArn: TargetArn, roleArn: RoleArn, accessPolicy: DestinationPolicy } = found;
  return { ...properties, TargetArn, RoleArn, DestinationPolicy };
}

async function readPolicy(name: string, properties: Properties, { aws }: ResourceScope) {
  const { resourcePolicies = [] } = await aws['cloudwatch-logs'].DescribeResourcePolicies({});
  const found = resourcePolicies.find(({ policyName }) => policyName === name);
  return found && { ...properties, PolicyDocument: found.policyDocument };
}

const queryDefinition: ResourceType = {
  async create(properties, { aws }) {
    const { queryDefinitionId = '' } = await aws['cloudwatch-logs'].PutQueryDefinition(lowered(properties) as never);
    return { id: queryDefinitionId, attributes: { QueryDefinitionId: queryDefinitionId } };
  },
  async update(queryDefinitionId, properties, _, { aws }) {
    const wanted = { ...(lowered(properties) as object), queryDefinitionId } as never;
    await aws['cloudwatch-logs'].PutQueryDefinition(wanted);
    return { id: queryDefinitionId, attributes: { QueryDefinitionId: queryDefinitionId } };
  },
  delete: (queryDefinitionId, _, { aws }) =>
    isGone(GONE, aws['cloudwatch-logs'].DeleteQueryDefinition({ queryDefinitionId })),
  async read(id, properties, { aws }) {
    const queryDefinitionNamePrefix = text(properties.Name);
    const logs = aws['cloudwatch-logs'];
    // It may have another name by now.
    for (const filter of [{ queryDefinitionNamePrefix }, {}]) {
      const { queryDefinitions = [] } = await logs.DescribeQueryDefinitions(filter);
      const found = queryDefinitions.find(({ queryDefinitionId }) => queryDefinitionId === id);
      if (found !== undefined)
        return {
          ...properties,
          ...only(['Name', 'QueryString'], found),
          LogGroupNames: found.logGroupNames ?? [],
        };
    }
    return undefined;
  },
};

/** Reads what `putting` has put, of a list that is searched by name. */
const reading = (type: ResourceType, names: readonly string[], find: NonNullable<ResourceType['read']>) => ({
  ...type,
  async read(id: string, properties: Properties, scope: ResourceScope) {
    const found = await ifThere(GONE, find(id, properties, scope));
    return found && only(names, found);
  },
});

/** Flags are written as texts in templates, too. */
const FLAGS = new Set(['overwriteIfExists', 'flatten']);

async function putTransformer({ LogGroupIdentifier, TransformerConfig }: Properties, { aws }: ResourceScope) {
  const given = JSON.stringify(lowered(TransformerConfig));
  const transformerConfig = JSON.parse(given, (name, value) => (FLAGS.has(name) ? String(value) === 'true' : value));
  const logGroupIdentifier = text(LogGroupIdentifier);
  await aws['cloudwatch-logs'].PutTransformer({ logGroupIdentifier, transformerConfig });
  return { id: logGroupIdentifier, attributes: {} };
}

const transformer: ResourceType = {
  create: putTransformer,
  update: (_, properties, __, scope) => putTransformer(properties, scope),
  delete: (logGroupIdentifier, _, { aws }) =>
    isGone(GONE, aws['cloudwatch-logs'].DeleteTransformer({ logGroupIdentifier })),
  async read(logGroupIdentifier, properties, { aws }) {
    const found = await ifThere(GONE, aws['cloudwatch-logs'].GetTransformer({ logGroupIdentifier }));
    const config = found?.transformerConfig;
    return config && { ...properties, TransformerConfig: raised(config) };
  },
};

export const resources: ResourceTypes = {
  'AWS::Logs::Transformer': transformer,
  ...anomalyResources,
  ...deliveries,
  ...scheduled,
  'AWS::Logs::AccountPolicy': accountPolicy,
  'AWS::Logs::Destination': { ...destination, read: readDestination },
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Logs::LogStream': logStream,
  'AWS::Logs::MetricFilter': onlyNew(
    reading(
      metricFilter,
      ['FilterName', 'FilterPattern', 'LogGroupName', 'MetricTransformations', 'ApplyOnTransformedLogs'],
      async (filterName, { LogGroupName }, { aws }) => {
        const { metricFilters = [] } = await aws['cloudwatch-logs'].DescribeMetricFilters({
          logGroupName: text(LogGroupName),
          filterNamePrefix: filterName,
        });
        const found = metricFilters.find((one) => one.filterName === filterName);
        return (
          found && {
            ...found,
            metricTransformations: (found.metricTransformations ?? []).map(({ dimensions, ...one }) => ({
              ...one,
              ...(dimensions !== undefined && {
                dimensions: Object.entries(dimensions).map(([key, value]) => ({ key, value })),
              }),
            })),
          }
        );
      },
    ),
    ({ FilterName }) => textOf(FilterName),
    ({ FilterName, LogGroupName }) =>
      `Metric Filter with name ${FilterName} already exists in log group ${LogGroupName}.`,
  ),
  'AWS::Logs::QueryDefinition': queryDefinition,
  'AWS::Logs::ResourcePolicy': onlyNew(
    { ...resourcePolicy, read: readPolicy },
    ({ PolicyName }) => textOf(PolicyName),
    ({ PolicyName }) => alreadyExists('AWS::Logs::ResourcePolicy', { '/properties/PolicyName': PolicyName }),
  ),
  'AWS::Logs::SubscriptionFilter': reading(
    { ...subscriptionFilter, passing: UNDELIVERED },
    ['FilterName', 'FilterPattern', 'LogGroupName', 'DestinationArn', 'RoleArn', 'Distribution'],
    async (filterName, { LogGroupName }, { aws }) => {
      const { subscriptionFilters = [] } = await aws['cloudwatch-logs'].DescribeSubscriptionFilters({
        logGroupName: text(LogGroupName),
        filterNamePrefix: filterName,
      });
      return subscriptionFilters.find((one) => one.filterName === filterName);
    },
  ),
};
