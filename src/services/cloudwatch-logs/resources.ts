/** CloudWatch Logs' types of CloudFormation. */
import type { Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { alreadyExists, ifThere, isGone, madeOnce, refuseProperties, tagsGone, textOf } from '#kernel/contract';
import { anomalyResources } from './resources-anomaly.ts';
import { resources as deliveries } from './resources-delivery.ts';
import { resources as put } from './resources-put.ts';
import { resources as scheduled } from './resources-scheduled.ts';
import { GONE, lowered, only, phrased, raised, tagged, text } from './resources-shape.ts';

const TAKEN = 'ResourceAlreadyExistsException';

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
    if (KmsKeyId === undefined && before.KmsKeyId !== undefined) await logs.DisassociateKmsKey({ logGroupName });
    if (KmsKeyId !== undefined && KmsKeyId !== before.KmsKeyId)
      await logs.AssociateKmsKey({ logGroupName, kmsKeyId: KmsKeyId });
    await setGroup(logGroupName, properties as Group, before as Group, scope);
    const resourceArn = groupArn(logGroupName, scope);
    const tagKeys = tagsGone(properties, before, scope);
    if (tagKeys.length > 0) await logs.UntagResource({ resourceArn, tagKeys });
    const { tags } = tagged(properties, scope);
    if (tags !== undefined) await logs.TagResource({ resourceArn, tags });
    return madeGroup(logGroupName, scope);
  },
  async delete(logGroupName, _, scope) {
    await isGone(GONE, scope.aws['cloudwatch-logs'].DeleteLogGroup({ logGroupName }));
  },
  async read(logGroupName, _, scope) {
    const logs = scope.aws['cloudwatch-logs'];
    const { logGroups = [] } = await logs.DescribeLogGroups({ logGroupNamePrefix: logGroupName });
    const found = logGroups.find((one) => one.logGroupName === logGroupName);
    if (found === undefined) return undefined;
    const resourceArn = groupArn(logGroupName, scope);
    const { tags = {} } = await logs.ListTagsForResource({ resourceArn });
    const policy = await policyOf(logGroupName, scope);
    const { policyDocument: masks } = await logs.GetDataProtectionPolicy({ logGroupIdentifier: logGroupName });
    return {
      ...only(['LogGroupName', 'LogGroupClass', 'KmsKeyId', 'RetentionInDays', 'DeletionProtectionEnabled'], found),
      ...(masks !== undefined && { DataProtectionPolicy: JSON.parse(masks) }),
      ...(policy?.policyDocument !== undefined && { ResourcePolicyDocument: JSON.parse(policy.policyDocument) }),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    };
  },
};

/**
 * How long it keeps, what it masks, what it indexes, whom it lets in, and whether it may go. What the template leaves as
 * it was stays as it is, whoever has set it. Source: AWS's own handler of the type (aws-cloudformation/aws-cloudformation-resource-providers-logs), for retention.
 */
async function setGroup(logGroupName: string, properties: Group, before: Group, scope: ResourceScope): Promise<void> {
  const logs = scope.aws['cloudwatch-logs'];
  const logGroupIdentifier = logGroupName;
  const { RetentionInDays, DataProtectionPolicy, FieldIndexPolicies, DeletionProtectionEnabled = false } = properties;
  if (RetentionInDays === undefined && before.RetentionInDays !== undefined)
    await logs.DeleteRetentionPolicy({ logGroupName });
  if (RetentionInDays !== undefined && RetentionInDays !== before.RetentionInDays)
    await logs.PutRetentionPolicy({ logGroupName, retentionInDays: RetentionInDays });
  if (DataProtectionPolicy !== undefined)
    await logs.PutDataProtectionPolicy({ logGroupIdentifier, policyDocument: text(DataProtectionPolicy) });
  else if (before.DataProtectionPolicy !== undefined)
    await isGone(GONE, logs.DeleteDataProtectionPolicy({ logGroupIdentifier }));
  const [index] = FieldIndexPolicies ?? [];
  if (index !== undefined) await logs.PutIndexPolicy({ logGroupIdentifier, policyDocument: text(index) });
  else if ((before.FieldIndexPolicies ?? []).length > 0) await logs.DeleteIndexPolicy({ logGroupIdentifier });
  const { ResourcePolicyDocument: policy } = properties;
  if (policy !== undefined) {
    const expectedRevisionId = (await policyOf(logGroupName, scope))?.revisionId;
    const resourceArn = groupArn(logGroupName, scope);
    await logs.PutResourcePolicy({ resourceArn, policyDocument: text(policy), expectedRevisionId });
  } else if (before.ResourcePolicyDocument !== undefined) await dropPolicy(logGroupName, scope);
  if (DeletionProtectionEnabled !== (before.DeletionProtectionEnabled ?? false))
    await logs.PutLogGroupDeletionProtection({
      logGroupIdentifier,
      deletionProtectionEnabled: DeletionProtectionEnabled,
    });
}

async function dropPolicy(logGroupName: string, scope: ResourceScope): Promise<void> {
  const resourceArn = groupArn(logGroupName, scope);
  const expectedRevisionId = (await policyOf(logGroupName, scope))?.revisionId;
  if (expectedRevisionId !== undefined)
    await isGone(GONE, scope.aws['cloudwatch-logs'].DeleteResourcePolicy({ resourceArn, expectedRevisionId }));
}

async function policyOf(logGroupName: string, scope: ResourceScope) {
  const { resourcePolicies: [policy] = [] } = await scope.aws['cloudwatch-logs'].DescribeResourcePolicies({
    resourceArn: groupArn(logGroupName, scope),
    policyScope: 'RESOURCE',
  });
  return policy;
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
  async read(logStreamNamePrefix, properties, { aws }) {
    const logGroupName = text(properties.LogGroupName);
    const asked = aws['cloudwatch-logs'].DescribeLogStreams({ logGroupName, logStreamNamePrefix, limit: 1 });
    // The shortest of those that begin so is the first.
    const [first] = (await ifThere(GONE, asked))?.logStreams ?? [];
    return first?.logStreamName === logStreamNamePrefix ? properties : undefined;
  },
};

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
  ...put,
  ...scheduled,
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Logs::LogStream': logStream,
  'AWS::Logs::QueryDefinition': phrased('AWS::Logs::QueryDefinition', queryDefinition, 'nothing'),
};
