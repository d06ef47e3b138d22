/** What is put into Logs under a name, and put again to change it: filters, destinations and policies. Who makes one takes none that is there, and who changes one makes none anew. Source: AWS's own handlers (aws-cloudformation/aws-cloudformation-resource-providers-logs). */
import type { Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { alreadyExists, ifThere, isGone, onlyNew, textOf } from '#kernel/contract';
import { GONE, lowered, only, phrased, tagged, text } from './resources-shape.ts';

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
  ({ FilterName }, scope) => textOf(FilterName) ?? scope.name(512, true),
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

/** Whatever is wrong with the destination or its role is tried again for a while. */
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
    scope.begun(destinationName);
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

/** Reads what `putting` has put, of a list that is searched by name. */
const reading = (type: ResourceType, names: readonly string[], find: NonNullable<ResourceType['read']>) => ({
  ...type,
  async read(id: string, properties: Properties, scope: ResourceScope) {
    const found = await ifThere(GONE, find(id, properties, scope));
    return found && only(names, found);
  },
});

/** What AWS's handlers say of a thing that is gone. */
function notFound(type: string, identifier: { readonly [path: string]: unknown }): string {
  return `Resource of type '${type}' with identifier '${JSON.stringify(identifier)}' was not found.`;
}

const filterNamed = (name: unknown, group: unknown) => ({
  '/properties/LogGroupName': group,
  '/properties/FilterName': name,
});

const all = {
  'AWS::Logs::AccountPolicy': accountPolicy,
  'AWS::Logs::Destination': onlyNew(
    { ...destination, read: readDestination },
    ({ DestinationName }) => textOf(DestinationName),
    ({ DestinationName: name }) => alreadyExists('AWS::Logs::Destination', { '/properties/DestinationName': name }),
    (id) => notFound('AWS::Logs::Destination', { '/properties/DestinationName': id }),
  ),
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
    (id, { LogGroupName }) => notFound('AWS::Logs::MetricFilter', filterNamed(id, LogGroupName)),
  ),
  'AWS::Logs::ResourcePolicy': onlyNew(
    { ...resourcePolicy, read: readPolicy },
    ({ PolicyName }) => textOf(PolicyName),
    ({ PolicyName }) => alreadyExists('AWS::Logs::ResourcePolicy', { '/properties/PolicyName': PolicyName }),
    (id) => notFound('AWS::Logs::ResourcePolicy', { '/properties/PolicyName': id }),
  ),
  'AWS::Logs::SubscriptionFilter': onlyNew(
    reading(
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
    ({ FilterName }) => textOf(FilterName),
    ({ FilterName, LogGroupName }) =>
      alreadyExists('AWS::Logs::SubscriptionFilter', filterNamed(FilterName, LogGroupName)),
    (id, { LogGroupName }) => notFound('AWS::Logs::SubscriptionFilter', filterNamed(id, LogGroupName)),
  ),
} satisfies ResourceTypes;

/** How the handlers of AWS tell what is refused. */
export const resources: ResourceTypes = {
  ...all,
  'AWS::Logs::AccountPolicy': phrased('AWS::Logs::AccountPolicy', all['AWS::Logs::AccountPolicy'], 'nothing'),
  'AWS::Logs::Destination': phrased('AWS::Logs::Destination', all['AWS::Logs::Destination'], 'why'),
  'AWS::Logs::MetricFilter': phrased('AWS::Logs::MetricFilter', all['AWS::Logs::MetricFilter'], 'why'),
  'AWS::Logs::SubscriptionFilter': phrased(
    'AWS::Logs::SubscriptionFilter',
    all['AWS::Logs::SubscriptionFilter'],
    'why',
  ),
};
