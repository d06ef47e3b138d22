/** Streams: made, listed, described, removed, and led elsewhere. */
import { isDeepStrictEqual } from 'node:util';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type {
  CreateDeliveryStreamInput,
  CreateDeliveryStreamOutput,
  DeleteDeliveryStreamInput,
  DeleteDeliveryStreamOutput,
  DescribeDeliveryStreamInput,
  DescribeDeliveryStreamOutput,
  ListDeliveryStreamsInput,
  ListDeliveryStreamsOutput,
  UpdateDestinationInput,
  UpdateDestinationOutput,
} from '#models/firehose';
import { checkDestination, checkSource, readDestination, readUpdate } from '../domain/configuration.ts';
import { backsUp, described, filled, isDynamic, updated } from '../domain/destination.ts';
import { arnOf, DESTINATION_ID, findStream } from '../domain/names.ts';
import { follow, readSource, unfollow } from '../domain/source.ts';
import { withTags } from '../domain/tags.ts';
import { invalid, oldVersion, streamExists, tooManyStreams } from '../errors.ts';
import { LIST_STREAMS_DEFAULT, streamsMax } from '../limits.ts';
import { type StreamRow, streams, tallies } from '../state.ts';
import { retireGrant, settleEncryption } from './encryption.ts';

/** Deviation: the stream is ACTIVE at once, so that a client under a frozen clock need not wait; AWS takes about a minute in CREATING. */
export async function createDeliveryStream(
  input: CreateDeliveryStreamInput,
  ctx: Ctx,
): Promise<CreateDeliveryStreamOutput> {
  const { DeliveryStreamName: name, DirectPutSourceConfiguration: source } = input;
  checkSource(input);
  const destination = filled(readDestination(input));
  if (ctx.store.get(streams, { name }) !== undefined) throw streamExists(name, ctx.account);
  await checkDestination(destination, ctx);
  const read = await readSource(input, ctx);
  const most = ctx.quota(streamsMax(ctx.region));
  // Before a grant is made of the key.
  if (tallyOf(ctx.store) >= most) throw tooManyStreams(most);
  const arn = arnOf(name, ctx);
  const wanted = input.DeliveryStreamEncryptionConfigurationInput;
  const encryption = wanted && (await settleEncryption(arn, wanted, ctx));
  ctx.transact((store) => {
    if (store.get(streams, { name }) !== undefined) throw streamExists(name, ctx.account);
    if (tally(1, store) > most) throw tooManyStreams(most);
    const row: StreamRow = {
      name,
      arn,
      life: ctx.uuid(),
      status: 'ACTIVE',
      version: 1,
      createdAt: ctx.now,
      ...(source !== undefined && { throughputHint: source.ThroughputHintInMBs }),
      ...(read !== undefined && { source: read }),
      destination,
      ...(encryption !== undefined && { encryption }),
      tags: withTags({}, input.Tags ?? []),
    };
    store.put(streams, row);
    if (read !== undefined) follow(row, read, store, ctx);
  });
  return { DeliveryStreamARN: arn };
}

/** @throws {ServiceError} ResourceNotFoundException */
export function describeDeliveryStream(input: DescribeDeliveryStreamInput, ctx: Ctx): DescribeDeliveryStreamOutput {
  const row = findStream(input.DeliveryStreamName, ctx);
  const { encryption, source, throughputHint: ThroughputHintInMBs } = row;
  const isPast = (input.ExclusiveStartDestinationId ?? '') >= DESTINATION_ID;
  return {
    DeliveryStreamDescription: {
      DeliveryStreamName: row.name,
      DeliveryStreamARN: row.arn,
      DeliveryStreamStatus: row.status,
      DeliveryStreamEncryptionConfiguration:
        encryption === undefined
          ? { Status: 'DISABLED' }
          : {
              Status: encryption.status,
              KeyType: encryption.keyType,
              ...(encryption.keyArn !== undefined && { KeyARN: encryption.keyArn }),
            },
      DeliveryStreamType: typeOf(row),
      VersionId: String(row.version),
      CreateTimestamp: row.createdAt,
      ...(row.updatedAt !== undefined && { LastUpdateTimestamp: row.updatedAt }),
      ...(ThroughputHintInMBs !== undefined && {
        Source: { DirectPutSourceDescription: { ThroughputHintInMBs } },
      }),
      ...(source !== undefined && {
        Source: {
          KinesisStreamSourceDescription: {
            KinesisStreamARN: source.stream,
            RoleARN: source.role,
            DeliveryStartTimestamp: source.since,
          },
        },
      }),
      Destinations: isPast ? [] : [described(row.destination)],
      HasMoreDestinations: false,
    },
  };
}

const typeOf = ({ source }: StreamRow) => (source === undefined ? 'DirectPut' : 'KinesisStreamAsSource');

/** Names in their order, a page after `ExclusiveStartDeliveryStreamName`. */
export function listDeliveryStreams(input: ListDeliveryStreamsInput, ctx: Ctx): ListDeliveryStreamsOutput {
  const { Limit: limit = LIST_STREAMS_DEFAULT, ExclusiveStartDeliveryStreamName: name, DeliveryStreamType } = input;
  const rows: StreamRow[] = [];
  for (let after = name; rows.length <= limit; ) {
    const page = ctx.store.list(streams, { ...(after !== undefined && { after: { name: after } }), limit: limit + 1 });
    rows.push(...page.filter((row) => DeliveryStreamType === undefined || typeOf(row) === DeliveryStreamType));
    after = page.at(-1)?.name;
    if (page.length <= limit) break;
  }
  return {
    DeliveryStreamNames: rows.slice(0, limit).map((row) => row.name),
    HasMoreDeliveryStreams: rows.length > limit,
  };
}

/**
 * What waits in the stream goes with it. Source: API Reference, DeleteDeliveryStream: no guarantee is given for it.
 *
 * Deviation: the stream is gone at once; AWS shows it as DELETING for a while. AllowForceDelete therefore changes nothing.
 */
export async function deleteDeliveryStream(
  input: DeleteDeliveryStreamInput,
  ctx: Ctx,
): Promise<DeleteDeliveryStreamOutput> {
  const row = findStream(input.DeliveryStreamName, ctx);
  await retireGrant(row, ctx);
  ctx.transact((store) => {
    const { name, life, arn: streamArn } = row;
    if (store.get(streams, { name })?.life !== life) return;
    store.delete(streams, { name });
    if (row.source !== undefined) unfollow(row, row.source, store, ctx);
    tally(-1, store);
    ctx.arm('sweep', life, ctx.now, { life, streamArn });
  });
  return {};
}

/** Batches that were cut before go where the destination leads now. @throws {ServiceError} ConcurrentModificationException, InvalidArgumentException, ResourceNotFoundException */
export async function updateDestination(input: UpdateDestinationInput, ctx: Ctx): Promise<UpdateDestinationOutput> {
  const { DeliveryStreamName: name, CurrentDeliveryStreamVersionId: version, DestinationId } = input;
  const row = findStream(name, ctx);
  if (DestinationId !== DESTINATION_ID) throw invalid(`Destination Id ${DestinationId} not found`);
  checkVersion(row, version);
  const destination = updated(row.destination, readUpdate(input, row.destination));
  if (isDynamic(destination) !== isDynamic(row.destination))
    throw invalid('Dynamic Partitioning can only be enabled or disabled when the Firehose stream is created.');
  // Source: API Reference, SplunkDestinationUpdate and ExtendedS3DestinationUpdate, "S3BackupMode"; the text is AWS's. HTTP endpoints' mode changes both ways.
  if (destination.kind !== 'http' && backsUp(row.destination) && !backsUp(destination))
    throw invalid('Disabling S3 backup is not currently supported.');
  await checkDestination(destination, ctx);
  ctx.transact((store) => {
    const current = findStream(name, { store, account: ctx.account });
    checkVersion(current, version);
    // What changes nothing makes no version. Source: radkawar/stackd, measured in 2026.
    if (isDeepStrictEqual(destination, current.destination)) return;
    store.put(streams, { ...current, destination, version: current.version + 1, updatedAt: ctx.now });
  });
  return {};
}

const tallyOf = (store: StoreView) => store.get(tallies, { id: 'streams' })?.count ?? 0;

/** In a transaction: counts streams. */
function tally(change: 1 | -1, store: StoreView): number {
  const count = tallyOf(store) + change;
  store.put(tallies, { id: 'streams', count });
  return count;
}

function checkVersion({ name, version }: StreamRow, given: string): void {
  if (String(version) !== given) throw oldVersion(name, version, given);
}
