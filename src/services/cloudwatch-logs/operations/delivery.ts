/** Deliveries of logs that services vend: where they come from, where they go, and what joins the two. */
import { page, parseArn } from '#kernel/base';
import { type Ctx, type Handler, type InputOf, notBuilt, type OutputOf, policyFault } from '#kernel/contract';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { FORMATS, unknownIn, VENDED_LOGS, type VendedLog } from '../domain/vended.ts';
import { enableStream } from '../domain/vended-stream.ts';
import { badToken, conflict, invalidRequest, notFound } from '../errors.ts';
import { LIST_RESULTS_MAX } from '../limits.ts';
import {
  type DeliveryDestinationRow,
  type DeliveryRow,
  type DeliverySourceRow,
  deliveries,
  deliveryDestinations,
  deliverySources,
} from '../state.ts';

const arnOf = (kind: string, name: string, { partition, region, account }: Ctx) =>
  `arn:${partition}:logs:${region}:${account}:${kind}:${name}`;
const noSuch = (what: string) => notFound(`Requested ${what} does not exist in this account.`);
const shownTags = (tags: { [key: string]: string }) => (Object.keys(tags).length === 0 ? {} : { tags });
/** Destinations by the service that they belong to. */
const TYPES: { readonly [service: string]: DeliveryDestinationRow['type'] | undefined } = {
  s3: 'S3',
  logs: 'CWL',
  firehose: 'FH',
};
const RESOURCES: { readonly [service: string]: RegExp | undefined } = {
  logs: /^log-group:/,
  firehose: /^deliverystream\//,
};

function sourceOf(name: string, { store }: Ctx): DeliverySourceRow {
  const row = store.get(deliverySources, { name });
  if (row === undefined) throw noSuch('Delivery Source');
  return row;
}

function destinationOf(name: string, { store }: Ctx): DeliveryDestinationRow {
  const row = store.get(deliveryDestinations, { name });
  if (row === undefined) throw noSuch('Delivery Destination');
  return row;
}

function deliveryOf(id: string, { store }: Ctx): DeliveryRow {
  const row = store.get(deliveries, { id });
  if (row === undefined) throw noSuch('Delivery');
  return row;
}

const sourceShown = ({ name, arn, resourceArn, service, logType, tags }: DeliverySourceRow) => ({
  name,
  arn,
  resourceArns: [resourceArn],
  service,
  logType,
  ...shownTags(tags),
});

const destinationShown = ({ name, arn, type, targetArn, format, tags }: DeliveryDestinationRow) => ({
  name,
  arn,
  deliveryDestinationType: type,
  ...(format !== undefined && { outputFormat: format }),
  deliveryDestinationConfiguration: { destinationResourceArn: targetArn },
  ...shownTags(tags),
});

type Shown = NonNullable<OutputOf<'cloudwatch-logs', 'GetDelivery'>['delivery']>;

const deliveryShown = (row: DeliveryRow): Shown => ({
  id: row.id,
  arn: row.arn,
  deliverySourceName: row.source,
  deliveryDestinationArn: row.destinationArn,
  deliveryDestinationType: row.type,
  recordFields: row.fields,
  ...(row.delimiter !== '' && { fieldDelimiter: row.delimiter }),
  ...(row.type === 'S3' && {
    s3DeliveryConfiguration: { suffixPath: row.suffix, enableHiveCompatiblePath: row.hive },
  }),
  ...shownTags(row.tags),
});

/** What a service vends of a resource; 501 for services that vend nothing here yet. @throws {ServiceError} ValidationException */
function logOf(resourceArn: string, logType: string): VendedLog {
  const service = parseArn(resourceArn)?.service;
  if (service === undefined) throw invalidRequest('The resource ARN is not valid.');
  const own = VENDED_LOGS.filter((one) => one.service === service);
  if (service === 's3') throw notFound('Cannot access provided service.');
  if (own.length === 0) throw notBuilt(`logs that ${service} vends`);
  const log = own.find((one) => one.logType === logType);
  if (log === undefined) throw invalidRequest(`The log type ${logType} is not supported for ${service}.`);
  return log;
}

export const putDeliverySource: Handler<'cloudwatch-logs', 'PutDeliverySource'> = (input, ctx) => {
  const { name, resourceArn, logType } = input;
  const log = logOf(resourceArn, logType);
  if (log.region !== undefined && ctx.region !== log.region)
    throw invalidRequest(`Delivery sources of ${log.service} can only be created in ${log.region}.`);
  const { account = ctx.account } = parseArn(resourceArn) ?? {};
  ctx.authorize({ action: log.action, resource: resourceArn, account: account === '' ? ctx.account : account });
  const before = ctx.store.get(deliverySources, { name });
  if (before !== undefined && (before.resourceArn !== resourceArn || before.logType !== logType))
    throw conflict(`Delivery source ${name} already exists for another resource or log type.`);
  const same = ctx.store.list(deliverySources, { index: 'byResource', where: { resourceArn, logType } });
  if (before === undefined && same.length > 0)
    throw conflict('This ResourceId has already been used in another Delivery Source in this account');
  const arn = arnOf('delivery-source', name, ctx);
  const row = { name, arn, resourceArn, service: log.service, logType, tags: { ...before?.tags, ...input.tags } };
  ctx.store.put(deliverySources, row);
  return { deliverySource: sourceShown(row) };
};

export const putDeliveryDestination: Handler<'cloudwatch-logs', 'PutDeliveryDestination'> = (input, ctx) => {
  const { name, deliveryDestinationConfiguration: target, outputFormat } = input;
  const before = ctx.store.get(deliveryDestinations, { name });
  const targetArn = target?.destinationResourceArn ?? before?.targetArn;
  if (targetArn === undefined) throw invalidRequest('deliveryDestinationConfiguration is required.');
  const { service, region = '', account = '', resource = '' } = parseArn(targetArn) ?? {};
  const isOther = account !== '' && account !== ctx.account;
  if (service === undefined || isOther || RESOURCES[service]?.test(resource) === false)
    throw invalidRequest('The destination resource ARN is not valid.');
  if (region !== '' && region !== ctx.region)
    throw invalidRequest('Region from identity does not match the Destination Resource ARN.');
  const type = TYPES[service];
  if (type === undefined)
    throw notBuilt('deliveries to other destinations than buckets, log groups and Firehose streams');
  if (before !== undefined && before.type !== type) throw conflict('The type of a destination cannot be changed.');
  const format = outputFormat ?? before?.format;
  if (format === 'parquet' && type === 'S3') throw notBuilt('deliveries in the format parquet');
  if (format === 'parquet' || (format !== undefined && !FORMATS[type].includes(format)))
    throw invalidRequest('Invalid output format value provided.');
  const row: DeliveryDestinationRow = {
    ...before,
    name,
    arn: arnOf('delivery-destination', name, ctx),
    type,
    targetArn,
    ...(format !== undefined && { format }),
    tags: { ...before?.tags, ...input.tags },
  };
  ctx.store.put(deliveryDestinations, row);
  return { deliveryDestination: destinationShown(row) };
};

/** In the caller's name a Firehose stream gets the tag by which the role that is linked to log delivery may write to it. */
export const createDelivery: Handler<'cloudwatch-logs', 'CreateDelivery'> = async (input, ctx) => {
  const { deliveryDestinationArn: arn } = input;
  const { type, targetArn } = destinationOf(arn.slice(arn.lastIndexOf(':') + 1), ctx);
  if (type === 'FH') await enableStream(targetArn, ctx);
  return ctx.transact(() => join(input, ctx));
};

function join(
  input: InputOf<'cloudwatch-logs', 'CreateDelivery'>,
  ctx: Ctx,
): OutputOf<'cloudwatch-logs', 'CreateDelivery'> {
  const source = sourceOf(input.deliverySourceName, ctx);
  const { deliveryDestinationArn: destinationArn } = input;
  const destination = destinationOf(destinationArn.slice(destinationArn.lastIndexOf(':') + 1), ctx);
  if (destination.arn !== destinationArn) throw noSuch('Delivery Destination');
  const present = ctx.store.list(deliveries, { index: 'bySource', where: { source: source.name } });
  if (present.some((one) => one.destinationArn === destinationArn)) throw conflict('Delivery already exists.');
  const log = logOf(source.resourceArn, source.logType);
  const id = ctx.uuid().replaceAll('-', '').slice(0, 16);
  const row = configured(
    {
      id,
      arn: arnOf('delivery', id, ctx),
      source: source.name,
      destinationArn,
      type: destination.type,
      fields: [...log.defaults],
      delimiter: destination.format === 'w3c' ? '\t' : '',
      suffix: destination.type === 'S3' ? `AWSLogs/{account-id}/${log.folder}/` : '',
      hive: false,
      tags: { ...input.tags },
    },
    input,
    log,
  );
  ctx.store.put(deliveries, row);
  return { delivery: deliveryShown(row) };
}

type Configuration = {
  recordFields?: readonly string[] | undefined;
  fieldDelimiter?: string | undefined;
  s3DeliveryConfiguration?: { suffixPath?: string; enableHiveCompatiblePath?: boolean } | undefined;
};

/** @throws {ServiceError} ValidationException */
function configured(row: DeliveryRow, given: Configuration, log: VendedLog): DeliveryRow {
  const { recordFields = row.fields, fieldDelimiter = row.delimiter, s3DeliveryConfiguration: s3 } = given;
  const unknown = recordFields.find((field) => !log.fields.includes(field));
  if (unknown !== undefined) throw invalidRequest(`The record field ${unknown} is not supported for this log source.`);
  if (recordFields.length === 0) throw invalidRequest('recordFields must not be empty.');
  if (s3 !== undefined && row.type !== 'S3')
    throw invalidRequest('s3DeliveryConfiguration can only be specified for deliveries to S3.');
  const suffix = s3?.suffixPath ?? row.suffix;
  const name = unknownIn(suffix, log);
  if (name !== undefined) throw invalidRequest(`The field ${name} is not supported in suffixPath.`);
  return {
    ...row,
    fields: [...recordFields],
    delimiter: fieldDelimiter,
    suffix,
    hive: s3?.enableHiveCompatiblePath ?? row.hive,
  };
}

export const updateDeliveryConfiguration: Handler<'cloudwatch-logs', 'UpdateDeliveryConfiguration'> = (input, ctx) => {
  const row = deliveryOf(input.id, ctx);
  const { resourceArn, logType } = sourceOf(row.source, ctx);
  ctx.store.put(deliveries, configured(row, input, logOf(resourceArn, logType)));
  return {};
};

export const deleteDelivery: Handler<'cloudwatch-logs', 'DeleteDelivery'> = ({ id }, ctx) => {
  ctx.store.delete(deliveries, deliveryOf(id, ctx));
  // What waits for it is swept away.
  ctx.start('vend', id, { id });
  return {};
};

export const deleteDeliverySource: Handler<'cloudwatch-logs', 'DeleteDeliverySource'> = ({ name }, ctx) => {
  const row = sourceOf(name, ctx);
  if (ctx.store.first(deliveries, { index: 'bySource', where: { source: name } }) !== undefined)
    throw conflict(`Delivery source ${name} is used by a delivery.`);
  ctx.store.delete(deliverySources, row);
  return {};
};

export const deleteDeliveryDestination: Handler<'cloudwatch-logs', 'DeleteDeliveryDestination'> = ({ name }, ctx) => {
  const row = destinationOf(name, ctx);
  if (ctx.store.first(deliveries, { index: 'byDestination', where: { destinationArn: row.arn } }) !== undefined)
    throw conflict(`Delivery destination ${name} is used by a delivery.`);
  ctx.store.delete(deliveryDestinations, row);
  return {};
};

export const getDelivery: Handler<'cloudwatch-logs', 'GetDelivery'> = ({ id }, ctx) => ({
  delivery: deliveryShown(deliveryOf(id, ctx)),
});
export const getDeliverySource: Handler<'cloudwatch-logs', 'GetDeliverySource'> = ({ name }, ctx) => ({
  deliverySource: sourceShown(sourceOf(name, ctx)),
});
export const getDeliveryDestination: Handler<'cloudwatch-logs', 'GetDeliveryDestination'> = ({ name }, ctx) => ({
  deliveryDestination: destinationShown(destinationOf(name, ctx)),
});

type Paged = { nextToken?: string | undefined; limit?: number | undefined };
const firstOf = ({ nextToken }: Paged) => (nextToken === undefined ? undefined : readToken(nextToken, isText));

export const describeDeliveries: Handler<'cloudwatch-logs', 'DescribeDeliveries'> = (input, ctx) => {
  const first = firstOf(input);
  const wanted = input.deliverySourceNames;
  const { rows, last } = page<DeliveryRow>(
    (past, limit) => {
      const id = past?.id ?? first;
      return ctx.store.list(deliveries, { ...(id !== undefined && { after: { id } }), limit });
    },
    input.limit ?? LIST_RESULTS_MAX,
    ({ source }) => wanted === undefined || wanted.includes(source),
  );
  return { deliveries: rows.map(deliveryShown), ...(last !== undefined && { nextToken: makeToken(last.id) }) };
};

export const describeDeliverySources: Handler<'cloudwatch-logs', 'DescribeDeliverySources'> = (input, ctx) => {
  const first = firstOf(input);
  const { rows, last } = page<DeliverySourceRow>((past, limit) => {
    const name = past?.name ?? first;
    return ctx.store.list(deliverySources, { ...(name !== undefined && { after: { name } }), limit });
  }, input.limit ?? LIST_RESULTS_MAX);
  return { deliverySources: rows.map(sourceShown), ...(last !== undefined && { nextToken: makeToken(last.name) }) };
};

export const describeDeliveryDestinations: Handler<'cloudwatch-logs', 'DescribeDeliveryDestinations'> = (
  input,
  ctx,
) => {
  const first = firstOf(input);
  const { rows, last } = page<DeliveryDestinationRow>((past, limit) => {
    const name = past?.name ?? first;
    return ctx.store.list(deliveryDestinations, { ...(name !== undefined && { after: { name } }), limit });
  }, input.limit ?? LIST_RESULTS_MAX);
  return {
    deliveryDestinations: rows.map(destinationShown),
    ...(last !== undefined && { nextToken: makeToken(last.name) }),
  };
};

export const putDeliveryDestinationPolicy: Handler<'cloudwatch-logs', 'PutDeliveryDestinationPolicy'> = (
  input,
  ctx,
) => {
  const row = destinationOf(input.deliveryDestinationName, ctx);
  const { deliveryDestinationPolicy: policy } = input;
  const fault = policyFault(policy, 'resource');
  if (fault !== undefined) throw invalidRequest(`Invalid policy: ${fault}`);
  ctx.store.put(deliveryDestinations, { ...row, policy });
  return { policy: { deliveryDestinationPolicy: policy } };
};

export const getDeliveryDestinationPolicy: Handler<'cloudwatch-logs', 'GetDeliveryDestinationPolicy'> = (
  { deliveryDestinationName: name },
  ctx,
) => {
  const { policy } = destinationOf(name, ctx);
  return { policy: policy === undefined ? {} : { deliveryDestinationPolicy: policy } };
};

export const deleteDeliveryDestinationPolicy: Handler<'cloudwatch-logs', 'DeleteDeliveryDestinationPolicy'> = (
  { deliveryDestinationName: name },
  ctx,
) => {
  const { policy, ...rest } = destinationOf(name, ctx);
  if (policy === undefined) throw noSuch('Delivery Destination Policy');
  ctx.store.put(deliveryDestinations, rest);
  return {};
};

export const describeConfigurationTemplates: Handler<'cloudwatch-logs', 'DescribeConfigurationTemplates'> = (input) => {
  const wants = (wanted: readonly string[] | undefined, value: string) => wanted?.includes(value) ?? true;
  const logs = VENDED_LOGS.filter(
    ({ service, logType, resourceType }) =>
      (input.service ?? service) === service &&
      wants(input.logTypes, logType) &&
      wants(input.resourceTypes, resourceType),
  );
  const kinds = (['S3', 'CWL', 'FH'] as const).filter((type) => wants(input.deliveryDestinationTypes, type));
  const all = logs.flatMap((log) =>
    kinds.map((deliveryDestinationType) => ({
      service: log.service,
      logType: log.logType,
      resourceType: log.resourceType,
      deliveryDestinationType,
      defaultDeliveryConfigValues: { recordFields: [...log.defaults] },
      allowedFields: log.fields.map((name) => ({ name, mandatory: false })),
      allowedOutputFormats: [...FORMATS[deliveryDestinationType]],
      allowedActionForAllowVendedLogsDeliveryForResource: log.action,
      ...(deliveryDestinationType === 'S3' && {
        allowedSuffixPathFields: [...log.pathFields, 'yyyy', 'MM', 'dd', 'HH'],
      }),
    })),
  );
  const from = Number(firstOf(input) ?? 0);
  if (!(from >= 0)) throw badToken();
  const to = from + (input.limit ?? LIST_RESULTS_MAX);
  return {
    configurationTemplates: all.slice(from, to),
    ...(to < all.length && { nextToken: makeToken(String(to)) }),
  };
};
