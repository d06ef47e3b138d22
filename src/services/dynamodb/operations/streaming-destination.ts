/** Streams of Kinesis that get the changes of a table. */
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import type { KinesisStreamingDestinationInput } from '#models/dynamodb';
import { findTable } from '../domain/find.ts';
import { activeDestination } from '../domain/outflow.ts';
import {
  destinationNotActive,
  destinationNotUpdatable,
  destinationTaken,
  noSuchDestination,
  nothingToUpdate,
  samePrecision,
  streamNotAllowed,
  tableNotFound,
} from '../errors.ts';
import { type KinesisDestination, type TableRow, tables } from '../state.ts';

type Db = 'dynamodb';

/** What is not said has this precision. Source: AWS's answers to UpdateKinesisStreamingDestination. */
const PRECISION = 'MILLISECOND';

/**
 * A stream that can't be used is told of later.
 *
 * Deviation: the destination is ACTIVE, or has failed, at once; AWS takes seconds in ENABLING, a minute for streams of other accounts.
 */
export const enableKinesisStreamingDestination: Handler<Db, 'EnableKinesisStreamingDestination'> = async (
  input,
  ctx,
) => {
  findTable(input.TableName, ctx, tableNotFound);
  const why = await faultOf(input, ctx);
  const { EnableKinesisStreamingConfiguration: given } = input;
  return ctx.transact(() => {
    const { table, store } = findTable(input.TableName, ctx, tableNotFound);
    if (activeDestination(table) !== undefined) throw destinationTaken();
    const precision = given?.ApproximateCreationDateTimePrecision;
    const destination: KinesisDestination = {
      stream: input.StreamArn,
      status: why === undefined ? 'ACTIVE' : 'ENABLE_FAILED',
      pile: ctx.uuid(),
      ...(why !== undefined && { why }),
      ...(precision !== undefined && { precision }),
    };
    store.put(tables, { ...table, kinesis: [...others(table, input.StreamArn), destination] });
    return {
      TableName: table.name,
      StreamArn: input.StreamArn,
      DestinationStatus: 'ENABLING' as const,
      EnableKinesisStreamingConfiguration: given ?? {},
    };
  });
};

const others = ({ kinesis = [] }: TableRow, stream: string) => kinesis.filter((one) => one.stream !== stream);

const NOT_USABLE = 'The kinesis Arn used to enable kinesis replication belongs to a stream which is not in';

/**
 * Why a stream can't be used: it lies where the table does, and is there. Who enables a destination must be allowed to use it.
 *
 * Source: aws-controllers-k8s/dynamodb-controller, docs/api-quirks: answers measured in October 2026.
 *
 * @throws {ServiceError} ValidationException
 */
async function faultOf({ StreamArn }: KinesisStreamingDestinationInput, ctx: Ctx): Promise<string | undefined> {
  const [, , service, region, account] = StreamArn.split(':');
  if (service === 'kinesis' && region !== ctx.region) return `${NOT_USABLE} the current region`;
  if (service === 'firehose' || (service === 'kinesis' && account !== ctx.account)) return `${NOT_USABLE} Active state`;
  const { message } = streamNotAllowed();
  if (service !== 'kinesis') return message;
  try {
    await ctx.awsForCaller().kinesis.DescribeStream({ StreamARN: StreamArn });
    ctx.authorize({ action: 'kinesis:PutRecords', resource: StreamArn });
    return undefined;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code.startsWith('AccessDenied')) throw streamNotAllowed();
    return message;
  }
}

/** What was noted until now still goes to the stream; what comes is not noted. */
export const disableKinesisStreamingDestination: Handler<Db, 'DisableKinesisStreamingDestination'> = (input, ctx) => {
  const { table, store } = findTable(input.TableName, ctx, tableNotFound);
  const { StreamArn: stream } = input;
  const found = table.kinesis?.find((one) => one.stream === stream);
  if (found?.status !== 'ACTIVE') throw destinationNotActive();
  const disabled: KinesisDestination = { stream, status: 'DISABLED', pile: found.pile };
  store.put(tables, { ...table, kinesis: [...others(table, stream), disabled] });
  return { TableName: table.name, StreamArn: stream, DestinationStatus: 'DISABLING' };
};

export const describeKinesisStreamingDestination: Handler<Db, 'DescribeKinesisStreamingDestination'> = (input, ctx) => {
  const { table } = findTable(input.TableName, ctx, tableNotFound);
  return {
    TableName: table.name,
    // The latest first. Source: findings of ack-api-quirks, DDB-TABLE-268, measured against AWS.
    KinesisDataStreamDestinations: [...(table.kinesis ?? [])].reverse().map(({ stream, status, why, precision }) => ({
      StreamArn: stream,
      DestinationStatus: status,
      ...(why !== undefined && { DestinationStatusDescription: why }),
      ...(precision !== undefined && { ApproximateCreationDateTimePrecision: precision }),
    })),
  };
};

/** Deviation: the destination is ACTIVE with its new precision at once; AWS takes some minutes in UPDATING. */
export const updateKinesisStreamingDestination: Handler<Db, 'UpdateKinesisStreamingDestination'> = (input, ctx) => {
  const { table, store } = findTable(input.TableName, ctx, tableNotFound);
  const { StreamArn: stream, UpdateKinesisStreamingConfiguration: given } = input;
  const found = table.kinesis?.find((one) => one.stream === stream);
  if (found === undefined) throw noSuchDestination(stream, table.name);
  if (found.status !== 'ACTIVE') throw destinationNotUpdatable(stream, table.name);
  const precision = given?.ApproximateCreationDateTimePrecision;
  if (precision === undefined) throw nothingToUpdate();
  if (precision === (found.precision ?? PRECISION)) throw samePrecision(precision, table.id, stream);
  store.put(tables, { ...table, kinesis: [...others(table, stream), { ...found, precision }] });
  return {
    TableName: table.name,
    StreamArn: stream,
    DestinationStatus: 'UPDATING',
    UpdateKinesisStreamingConfiguration: given,
  };
};
