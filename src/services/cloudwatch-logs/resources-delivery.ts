/** CloudWatch Logs' types of CloudFormation for logs that services vend. */
import type { Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, refuseProperties, tagListOf, tagsGone, textOf } from '#kernel/contract';

const GONE = 'ResourceNotFoundException';
const text = (value: unknown) => textOf(value) ?? '';

/** As the API takes them: none, or some. */
function tagged(properties: Properties, scope: ResourceScope): { tags?: { [key: string]: string } } {
  const list = tagListOf(properties, scope).map(({ Key, Value }) => [Key, Value]);
  return list.length === 0 ? {} : { tags: Object.fromEntries(list) };
}

async function untag(
  resourceArn: string,
  properties: Properties,
  before: Properties,
  scope: ResourceScope,
): Promise<void> {
  const tagKeys = tagsGone(properties, before, scope);
  if (tagKeys.length > 0) await scope.aws['cloudwatch-logs'].UntagResource({ resourceArn, tagKeys });
}

async function putSource(properties: Properties, scope: ResourceScope): Promise<Made> {
  refuseProperties(properties, ['DeliverySourceConfiguration']);
  const name = text(properties.Name);
  const { deliverySource: made } = await scope.aws['cloudwatch-logs'].PutDeliverySource({
    name,
    resourceArn: text(properties.ResourceArn),
    logType: text(properties.LogType),
    ...tagged(properties, scope),
  });
  return {
    id: name,
    attributes: {
      Arn: made?.arn,
      ResourceArns: made?.resourceArns,
      Service: made?.service,
      Status: 'ACTIVE',
      StatusReason: '',
    },
  };
}

type Format = 'json' | 'plain' | 'w3c';

/** It, and its policy. */
async function putDestination(properties: Properties, scope: ResourceScope): Promise<Made> {
  const logs = scope.aws['cloudwatch-logs'];
  const name = text(properties.Name);
  const { DeliveryDestinationPolicy: policy, OutputFormat } = properties;
  const { deliveryDestination: made } = await logs.PutDeliveryDestination({
    name,
    deliveryDestinationConfiguration: { destinationResourceArn: text(properties.DestinationResourceArn) },
    ...(OutputFormat !== undefined && { outputFormat: OutputFormat as Format }),
    ...tagged(properties, scope),
  });
  const given = (policy as { DeliveryDestinationPolicy?: unknown } | undefined)?.DeliveryDestinationPolicy;
  const deliveryDestinationName = name;
  if (given !== undefined)
    await logs.PutDeliveryDestinationPolicy({ deliveryDestinationName, deliveryDestinationPolicy: text(given) });
  else await isGone(GONE, logs.DeleteDeliveryDestinationPolicy({ deliveryDestinationName }));
  return { id: name, attributes: { Arn: made?.arn } };
}

function configurationOf({ RecordFields, FieldDelimiter, S3SuffixPath, S3EnableHiveCompatiblePath }: Properties) {
  const s3DeliveryConfiguration = {
    ...(S3SuffixPath !== undefined && { suffixPath: text(S3SuffixPath) }),
    ...(S3EnableHiveCompatiblePath !== undefined && {
      enableHiveCompatiblePath: text(S3EnableHiveCompatiblePath) === 'true',
    }),
  };
  return {
    ...(RecordFields !== undefined && { recordFields: (RecordFields as unknown[]).map(text) }),
    ...(FieldDelimiter !== undefined && { fieldDelimiter: text(FieldDelimiter) }),
    ...(Object.keys(s3DeliveryConfiguration).length > 0 && { s3DeliveryConfiguration }),
  };
}

async function deliveryMade(id: string, { aws }: ResourceScope): Promise<Made> {
  const { delivery } = await aws['cloudwatch-logs'].GetDelivery({ id });
  return {
    id,
    attributes: { Arn: delivery?.arn, DeliveryId: id, DeliveryDestinationType: delivery?.deliveryDestinationType },
  };
}

/** The delivery of a source to a destination, if there is one. */
async function findDelivery(
  deliverySourceName: string,
  arn: string,
  { aws }: ResourceScope,
): Promise<string | undefined> {
  const input = { deliverySourceNames: [deliverySourceName] };
  const { deliveries = [] } = await aws['cloudwatch-logs'].DescribeDeliveries(input);
  return deliveries.find(({ deliveryDestinationArn }) => deliveryDestinationArn === arn)?.id;
}

export const resources: ResourceTypes = {
  'AWS::Logs::DeliverySource': {
    create: putSource,
    async update(_, properties, before, scope) {
      const made = await putSource(properties, scope);
      await untag(text(made.attributes.Arn), properties, before, scope);
      return made;
    },
    delete: (name, _, { aws }) => isGone(GONE, aws['cloudwatch-logs'].DeleteDeliverySource({ name })),
    async read(name, properties, { aws }) {
      const found = await ifThere(GONE, aws['cloudwatch-logs'].GetDeliverySource({ name }));
      const { resourceArns, logType } = found?.deliverySource ?? {};
      return found && { ...properties, ResourceArn: resourceArns?.[0], LogType: logType };
    },
  },
  'AWS::Logs::DeliveryDestination': {
    create: putDestination,
    async update(_, properties, before, scope) {
      const made = await putDestination(properties, scope);
      await untag(text(made.attributes.Arn), properties, before, scope);
      return made;
    },
    delete: (name, _, { aws }) => isGone(GONE, aws['cloudwatch-logs'].DeleteDeliveryDestination({ name })),
    async read(name, properties, { aws }) {
      const found = await ifThere(GONE, aws['cloudwatch-logs'].GetDeliveryDestination({ name }));
      const { deliveryDestinationConfiguration: target, outputFormat } = found?.deliveryDestination ?? {};
      return (
        found && {
          ...properties,
          DestinationResourceArn: target?.destinationResourceArn,
          ...(properties.OutputFormat !== undefined && { OutputFormat: outputFormat }),
        }
      );
    },
  },
  'AWS::Logs::Delivery': {
    async create(properties, scope) {
      const [source, arn] = [text(properties.DeliverySourceName), text(properties.DeliveryDestinationArn)];
      const known = scope.again ? await findDelivery(source, arn, scope) : undefined;
      if (known !== undefined) return deliveryMade(known, scope);
      const { delivery } = await scope.aws['cloudwatch-logs'].CreateDelivery({
        deliverySourceName: source,
        deliveryDestinationArn: arn,
        ...configurationOf(properties),
        ...tagged(properties, scope),
      });
      return deliveryMade(delivery?.id ?? '', scope);
    },
    async update(id, properties, before, scope) {
      const logs = scope.aws['cloudwatch-logs'];
      await logs.UpdateDeliveryConfiguration({ id, ...configurationOf(properties) });
      const made = await deliveryMade(id, scope);
      const resourceArn = text(made.attributes.Arn);
      await untag(resourceArn, properties, before, scope);
      const { tags } = tagged(properties, scope);
      if (tags !== undefined) await logs.TagResource({ resourceArn, tags });
      return made;
    },
    delete: (id, _, { aws }) => isGone(GONE, aws['cloudwatch-logs'].DeleteDelivery({ id })),
    async read(id, properties, { aws }) {
      const found = await ifThere(GONE, aws['cloudwatch-logs'].GetDelivery({ id }));
      const { recordFields, fieldDelimiter } = found?.delivery ?? {};
      return (
        found && {
          ...properties,
          ...(properties.RecordFields !== undefined && { RecordFields: recordFields }),
          ...(properties.FieldDelimiter !== undefined && { FieldDelimiter: fieldDelimiter }),
        }
      );
    },
  },
};
