/** Invalidations: what the caches forget. */
import { type Handler, raise } from '#kernel/contract';
import { findDistribution } from '../domain/find.ts';
import { newId } from '../domain/ids.ts';
import { pageOf, pageSize } from '../domain/page.ts';
import * as errors from '../errors.ts';
import { INVALIDATION, INVALIDATION_PATHS_MAX, WILDCARD_PATHS_MAX } from '../limits.ts';
import { type InvalidationRow, invalidations } from '../state.ts';

function show(row: InvalidationRow, now: number) {
  return {
    Id: row.id,
    Status: now < row.doneAt ? 'InProgress' : 'Completed',
    CreateTime: row.createdAt,
    InvalidationBatch: row.batch,
  };
}

export const createInvalidation: Handler<'cloudfront', 'CreateInvalidation'> = async (input, ctx) => {
  const { DistributionId, InvalidationBatch: batch } = input;
  const { Items: paths = [], Quantity } = batch.Paths;
  if (Quantity !== paths.length) throw errors.inconsistentQuantities();
  if (paths.length === 0) throw errors.invalidArgument('Your request must contain at least one path.');
  if (paths.length > INVALIDATION_PATHS_MAX || paths.filter((path) => path.endsWith('*')).length > WILDCARD_PATHS_MAX)
    throw errors.batchTooLarge();
  if (paths.some((path) => !/^\/[\x21-\x29\x2b-\x7e]*\*?$/.test(path)))
    throw errors.invalidArgument('Your request contains one or more invalid invalidation paths.');
  const row = ctx.transact((store) => {
    findDistribution(store, DistributionId);
    const { CallerReference: callerReference } = batch;
    const known = store.first(invalidations, {
      index: 'byReference',
      where: { distribution: DistributionId, callerReference },
    });
    if (known !== undefined) {
      if (JSON.stringify(known.batch.Paths) === JSON.stringify(batch.Paths)) return known;
      throw errors.invalidArgument(
        'Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.',
      );
    }
    const made: InvalidationRow = {
      distribution: DistributionId,
      id: newId(ctx, 'I', 25),
      callerReference,
      batch,
      createdAt: ctx.now,
      doneAt: ctx.now + INVALIDATION,
    };
    store.put(invalidations, made);
    return made;
  });
  ctx.planes.edge.invalidate(DistributionId, paths);
  const Location = `https://cloudfront.amazonaws.com/2020-05-31/distribution/${DistributionId}/invalidation/${row.id}`;
  return { Location, Invalidation: show(row, ctx.now) };
};

export const getInvalidation: Handler<'cloudfront', 'GetInvalidation'> = ({ DistributionId, Id }, ctx) => {
  findDistribution(ctx.store, DistributionId);
  const row =
    ctx.store.get(invalidations, { distribution: DistributionId, id: Id }) ?? raise(errors.noSuchInvalidation());
  return { Invalidation: show(row, ctx.now) };
};

export const listInvalidations: Handler<'cloudfront', 'ListInvalidations'> = (input, ctx) => {
  const { DistributionId: distribution, Marker } = input;
  findDistribution(ctx.store, distribution);
  const last =
    Marker === undefined || Marker === '' ? undefined : ctx.store.get(invalidations, { distribution, id: Marker });
  const rows = ctx.store.list(invalidations, {
    index: 'byTime',
    where: { distribution },
    ...(last !== undefined && { before: { createdAt: last.createdAt, id: last.id } }),
    // The newest first.
    reverse: true,
    limit: pageSize(input) + 1,
  });
  const show = (row: InvalidationRow) => ({
    Id: row.id,
    CreateTime: row.createdAt,
    Status: ctx.now < row.doneAt ? 'InProgress' : 'Completed',
  });
  return { InvalidationList: pageOf(input, rows, (row) => row.id, show) };
};
