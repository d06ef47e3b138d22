/**
 * What each operation must be allowed. The resource of most is the group with its streams, `log-group:name:log-stream:`, which a policy's
 * `log-group:name:*` matches and `log-group:name` doesn't; tags by ARN are of the group alone.
 *
 * @see Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch Logs"; denials recorded from AWS
 */
import { parseArn } from '#kernel/base';
import { type Access, type AccessRules, type Ctx, passing } from '#kernel/contract';
import type { PolicyType } from '#models/cloudwatch-logs';
import { readSubscription } from './domain/account-policies.ts';
import { linkedRole } from './domain/linked.ts';
import { groupArn, groupOfIdentifier } from './domain/names.ts';
import { resourcePolicyOf } from './domain/resource-policies.ts';
import { foreignRole } from './errors.ts';

type Named = { logGroupName?: string; logGroupIdentifier?: string; logStreamName?: string };

/** A group by its name or ARN, with a stream where the operation names one. */
function onGroup(action: string, { logGroupName, logGroupIdentifier, logStreamName = '' }: Named, ctx: Ctx): Access {
  const { name, account, region } = groupOfIdentifier(logGroupIdentifier ?? logGroupName ?? '', ctx);
  const arn = groupArn({ partition: ctx.partition, region, account }, name);
  const resource = `${arn}:log-stream:${logStreamName}`;
  const policy = resourcePolicyOf(ctx.store.in({ account }), arn);
  return { action: `logs:${action}`, resource, account, policy, grantedBy: () => linkedRole(action, name, ctx) };
}

const group = (action: string) => (input: Named, ctx: Ctx) => onGroup(action, input, ctx);
const onGroups = (action: string) => (input: { logGroupIdentifiers: readonly string[] }, ctx: Ctx) =>
  input.logGroupIdentifiers.map((logGroupIdentifier) => onGroup(action, { logGroupIdentifier }, ctx));
const unmasked = (action: string) => (input: Named & { unmask?: boolean }, ctx: Ctx) => [
  onGroup(action, input, ctx),
  ...(input.unmask === true ? [onGroup('Unmask', input, ctx)] : []),
];
const identified = ({ resourceIdentifier }: { resourceIdentifier?: string }) =>
  resourceIdentifier === undefined ? {} : { logGroupIdentifier: resourceIdentifier };
const tagged = (action: string) => (input: { resourceArn: string }) => ({
  action: `logs:${action}`,
  resource: input.resourceArn,
});

const onDestination = (action: string, name: string, { partition, region, account }: Ctx): Access => ({
  action: `logs:${action}`,
  resource: `arn:${partition}:logs:${region}:${account}:destination:${name}`,
});

/** What deliveries are made of, by names or ids. */
const onNamed =
  (action: string, kind: 'delivery-source' | 'delivery-destination' | 'delivery') =>
  (
    input: { name?: string; id?: string; deliveryDestinationName?: string },
    { partition, region, account }: Ctx,
  ): Access => ({
    action: `logs:${action}`,
    resource: `arn:${partition}:logs:${region}:${account}:${kind}:${input.name ?? input.id ?? input.deliveryDestinationName ?? ''}`,
  });

const onDetector = (action: string) => (input: { anomalyDetectorArn: string }) => ({
  action: `logs:${action}`,
  resource: input.anomalyDetectorArn,
});

const onTable = (action: string) => (input: { lookupTableArn: string }) => ({
  action: `logs:${action}`,
  resource: input.lookupTableArn,
});

/** What the account's policies of each type ask for besides, after `Put` and `Delete`. Source: CloudWatch Logs API Reference, PutAccountPolicy, DeleteAccountPolicy. */
const ACCOUNT_POLICIES: { readonly [type in PolicyType]: string } = {
  DATA_PROTECTION_POLICY: 'DataProtectionPolicy',
  SUBSCRIPTION_FILTER_POLICY: 'SubscriptionFilter',
  FIELD_INDEX_POLICY: 'IndexPolicy',
  TRANSFORMER_POLICY: 'Transformer',
  METRIC_EXTRACTION_POLICY: 'MetricExtractionPolicy',
  RETENTION_POLICY: 'RetentionPolicy',
};
const onAccountPolicy =
  (verb: 'Put' | 'Delete') =>
  ({ policyType }: { policyType: PolicyType }): Access[] =>
    ['AccountPolicy', ACCOUNT_POLICIES[policyType]].map((noun) => ({ action: `logs:${verb}${noun}`, resource: '*' }));

/** A role that is handed over. Source: API Reference, PutSubscriptionFilter, PutDestination, PutAccountPolicy: they need `iam:PassRole`. */
const passed = (role: string | undefined): Access[] => (role === undefined ? [] : [passing(role, 'logs')]);

/** The role that a policy's subscription delivers with. */
function subscribingRole({ policyType, policyDocument }: { policyType: PolicyType; policyDocument: string }) {
  if (policyType !== 'SUBSCRIPTION_FILTER_POLICY') return undefined;
  return readSubscription(policyDocument).roleArn;
}

/** A scheduled query, with the role that it hands over. */
const onSchedule =
  (action: string) =>
  (input: { identifier?: string; executionRoleArn?: string }, ctx: Ctx): Access[] => {
    const grantedBy = () => linkedRole(action, '', ctx);
    const { identifier = '*', executionRoleArn: role } = input;
    return [
      { action: `logs:${action}`, resource: identifier.startsWith('arn:') ? identifier : '*', grantedBy },
      ...(role === undefined ? [] : [{ ...passing(role, 'logs'), grantedBy }]),
    ];
  };

export const access: AccessRules<'cloudwatch-logs'> = {
  PutAccountPolicy: (input) => [...onAccountPolicy('Put')(input), ...passed(subscribingRole(input))],
  DeleteAccountPolicy: onAccountPolicy('Delete'),
  CreateScheduledQuery: onSchedule('CreateScheduledQuery'),
  UpdateScheduledQuery: onSchedule('UpdateScheduledQuery'),
  DeleteScheduledQuery: onSchedule('DeleteScheduledQuery'),
  GetScheduledQuery: onSchedule('GetScheduledQuery'),
  GetScheduledQueryHistory: onSchedule('GetScheduledQueryHistory'),
  GetQueryResults: (_, ctx) => ({
    action: 'logs:GetQueryResults',
    resource: '*',
    grantedBy: () => linkedRole('GetQueryResults', '', ctx),
  }),
  CreateLogAnomalyDetector: ({ logGroupArnList }) =>
    logGroupArnList.map((resource) => ({ action: 'logs:CreateLogAnomalyDetector', resource })),
  UpdateLogAnomalyDetector: onDetector('UpdateLogAnomalyDetector'),
  GetLogAnomalyDetector: onDetector('GetLogAnomalyDetector'),
  DeleteLogAnomalyDetector: onDetector('DeleteLogAnomalyDetector'),
  UpdateAnomaly: onDetector('UpdateAnomaly'),
  ListAnomalies: ({ anomalyDetectorArn = '*' }) => ({ action: 'logs:ListAnomalies', resource: anomalyDetectorArn }),
  CreateLookupTable: ({ lookupTableName }, { partition, region, account }) => ({
    action: 'logs:CreateLookupTable',
    resource: `arn:${partition}:logs:${region}:${account}:lookup-table:${lookupTableName}`,
  }),
  UpdateLookupTable: onTable('UpdateLookupTable'),
  GetLookupTable: onTable('GetLookupTable'),
  DeleteLookupTable: onTable('DeleteLookupTable'),
  PutDeliverySource: (input, ctx) => ({
    ...onNamed('PutDeliverySource', 'delivery-source')(input, ctx),
    context: { 'logs:LogGeneratingResourceArns': [input.resourceArn] },
  }),
  GetDeliverySource: onNamed('GetDeliverySource', 'delivery-source'),
  DeleteDeliverySource: onNamed('DeleteDeliverySource', 'delivery-source'),
  PutDeliveryDestination: (input, ctx) => {
    const arn = input.deliveryDestinationConfiguration?.destinationResourceArn;
    return {
      ...onNamed('PutDeliveryDestination', 'delivery-destination')(input, ctx),
      ...(arn !== undefined && { context: { 'logs:DeliveryDestinationResourceArn': arn } }),
    };
  },
  GetDeliveryDestination: onNamed('GetDeliveryDestination', 'delivery-destination'),
  DeleteDeliveryDestination: onNamed('DeleteDeliveryDestination', 'delivery-destination'),
  PutDeliveryDestinationPolicy: onNamed('PutDeliveryDestinationPolicy', 'delivery-destination'),
  GetDeliveryDestinationPolicy: onNamed('GetDeliveryDestinationPolicy', 'delivery-destination'),
  DeleteDeliveryDestinationPolicy: onNamed('DeleteDeliveryDestinationPolicy', 'delivery-destination'),
  CreateDelivery: ({ deliverySourceName: name, deliveryDestinationArn: resource }, ctx) => [
    onNamed('CreateDelivery', 'delivery-source')({ name }, ctx),
    { action: 'logs:CreateDelivery', resource },
  ],
  GetDelivery: onNamed('GetDelivery', 'delivery'),
  DeleteDelivery: onNamed('DeleteDelivery', 'delivery'),
  UpdateDeliveryConfiguration: onNamed('UpdateDeliveryConfiguration', 'delivery'),
  CreateLogGroup: (input, ctx) => [
    onGroup('CreateLogGroup', input, ctx),
    ...(input.tags === undefined ? [] : [onGroup('TagResource', input, ctx)]),
  ],
  DeleteLogGroup: group('DeleteLogGroup'),
  DescribeLogGroups: (input, ctx) =>
    onGroup('DescribeLogGroups', { logGroupName: input.logGroupNamePrefix ?? '' }, ctx),
  PutRetentionPolicy: group('PutRetentionPolicy'),
  DeleteRetentionPolicy: group('DeleteRetentionPolicy'),
  PutLogGroupDeletionProtection: group('PutLogGroupDeletionProtection'),
  CreateLogStream: group('CreateLogStream'),
  DeleteLogStream: group('DeleteLogStream'),
  DescribeLogStreams: (input, ctx) =>
    onGroup('DescribeLogStreams', { ...input, logStreamName: input.logStreamNamePrefix ?? '' }, ctx),
  PutLogEvents: group('PutLogEvents'),
  GetLogEvents: unmasked('GetLogEvents'),
  FilterLogEvents: unmasked('FilterLogEvents'),
  PutMetricFilter: group('PutMetricFilter'),
  DeleteMetricFilter: group('DeleteMetricFilter'),
  DescribeMetricFilters: group('DescribeMetricFilters'),
  PutSubscriptionFilter: (input, ctx) => [onGroup('PutSubscriptionFilter', input, ctx), ...passed(input.roleArn)],
  DeleteSubscriptionFilter: group('DeleteSubscriptionFilter'),
  DescribeSubscriptionFilters: group('DescribeSubscriptionFilters'),
  PutDestination: (input, ctx) => {
    if ((parseArn(input.roleArn)?.account ?? ctx.account) !== ctx.account) throw foreignRole();
    return [onDestination('PutDestination', input.destinationName, ctx), ...passed(input.roleArn)];
  },
  PutDestinationPolicy: (input, ctx) => onDestination('PutDestinationPolicy', input.destinationName, ctx),
  DeleteDestination: (input, ctx) => onDestination('DeleteDestination', input.destinationName, ctx),
  // Asked for each group that the query reads.
  StartQuery: () => [],
  GetLogRecord: () => [],
  GetLogGroupFields: group('GetLogGroupFields'),
  StartLiveTail: onGroups('StartLiveTail'),
  AssociateKmsKey: (input, ctx) => onGroup('AssociateKmsKey', { ...input, ...identified(input) }, ctx),
  DisassociateKmsKey: (input, ctx) => onGroup('DisassociateKmsKey', { ...input, ...identified(input) }, ctx),
  PutDataProtectionPolicy: group('PutDataProtectionPolicy'),
  GetDataProtectionPolicy: group('GetDataProtectionPolicy'),
  DeleteDataProtectionPolicy: group('DeleteDataProtectionPolicy'),
  PutTransformer: group('PutTransformer'),
  GetTransformer: group('GetTransformer'),
  DeleteTransformer: group('DeleteTransformer'),
  DescribeIndexPolicies: onGroups('DescribeIndexPolicies'),
  DescribeFieldIndexes: onGroups('DescribeFieldIndexes'),
  PutIndexPolicy: group('PutIndexPolicy'),
  DeleteIndexPolicy: group('DeleteIndexPolicy'),
  CreateExportTask: group('CreateExportTask'),
  TagLogGroup: group('TagLogGroup'),
  UntagLogGroup: group('UntagLogGroup'),
  ListTagsLogGroup: group('ListTagsLogGroup'),
  TagResource: tagged('TagResource'),
  UntagResource: tagged('UntagResource'),
  ListTagsForResource: tagged('ListTagsForResource'),
};
