/** Invalidations: what the caches forget. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { InvalidationBatch } from '#models/cloudfront';
import { findDistribution, findTenant } from '../domain/find.ts';
import { newId } from '../domain/ids.ts';
import { type Paged, pageOf, pageSize } from '../domain/page.ts';
import { isTemplate } from '../domain/tenancy.ts';
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

/** Of a distribution or of a tenant, by its id. */
type Asked = { id: string; batch: InvalidationBatch };

/** @throws {ServiceError} what is wrong with a batch */
function checkBatch({ Paths }: InvalidationBatch): string[] {
  const { Items: paths = [], Quantity } = Paths;
  if (Quantity !== paths.length) throw errors.inconsistentQuantities();
  if (paths.length === 0) throw errors.invalidArgument('Your request must contain at least one path.');
  if (paths.length > INVALIDATION_PATHS_MAX || paths.filter((path) => path.endsWith('*')).length > WILDCARD_PATHS_MAX)
    throw errors.batchTooLarge();
  if (paths.some((path) => !/^\/[\x21-\x29\x2b-\x7e]*\*?$/.test(path)))
    throw errors.invalidArgument('Your request contains one or more invalid invalidation paths.');
  return paths;
}

function create({ id: distribution, batch }: Asked, path: string, ctx: Ctx) {
  const paths = checkBatch(batch);
  const row = ctx.transact((store) => {
    const { CallerReference: callerReference } = batch;
    const known = store.first(invalidations, { index: 'byReference', where: { distribution, callerReference } });
    if (known !== undefined) {
      if (JSON.stringify(known.batch.Paths) === JSON.stringify(batch.Paths)) return known;
      throw errors.invalidArgument(
        'Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.',
      );
    }
    const made: InvalidationRow = {
      distribution,
      id: newId(ctx, 'I', 25),
      callerReference,
      batch,
      createdAt: ctx.now,
      doneAt: ctx.now + INVALIDATION,
    };
    store.put(invalidations, made);
    return made;
  });
  ctx.planes.edge.invalidate(distribution, paths);
  const Location = `https://cloudfront.amazonaws.com/2020-05-31/${path}/${distribution}/invalidation/${row.id}`;
  return { Location, Invalidation: show(row, ctx.now) };
}

function get(distribution: string, id: string, ctx: Ctx) {
  const row = ctx.store.get(invalidations, { distribution, id }) ?? raise(errors.noSuchInvalidation());
  return { Invalidation: show(row, ctx.now) };
}

function list(distribution: string, asked: Paged, ctx: Ctx) {
  const { Marker } = asked;
  const last =
    Marker === undefined || Marker === '' ? undefined : ctx.store.get(invalidations, { distribution, id: Marker });
  const rows = ctx.store.list(invalidations, {
    index: 'byTime',
    where: { distribution },
    ...(last !== undefined && { before: { createdAt: last.createdAt, id: last.id } }),
    // The newest first.
    reverse: true,
    limit: pageSize(asked) + 1,
  });
  const summary = (row: InvalidationRow) => {
    const { InvalidationBatch: _, ...rest } = show(row, ctx.now);
    return rest;
  };
  return { InvalidationList: pageOf(asked, rows, (row) => row.id, summary) };
}

/** @throws {ServiceError} NoSuchDistribution, also for one that is served to tenants alone */
function findServed({ store }: Ctx, id: string): void {
  if (isTemplate(findDistribution(store, id).config)) throw errors.noSuchDistribution();
}

export const createInvalidation: Handler<'cloudfront', 'CreateInvalidation'> = async (input, ctx) => {
  const { DistributionId: id, InvalidationBatch: batch } = input;
  findServed(ctx, id);
  return create({ id, batch }, 'distribution', ctx);
};

export const getInvalidation: Handler<'cloudfront', 'GetInvalidation'> = ({ DistributionId, Id }, ctx) => {
  findServed(ctx, DistributionId);
  return get(DistributionId, Id, ctx);
};

export const listInvalidations: Handler<'cloudfront', 'ListInvalidations'> = (input, ctx) => {
  findServed(ctx, input.DistributionId);
  return list(input.DistributionId, input, ctx);
};

export const createInvalidationForDistributionTenant: Handler<
  'cloudfront',
  'CreateInvalidationForDistributionTenant'
> = async (input, ctx) => {
  const { id } = findTenant(input.Id, ctx);
  return create({ id, batch: input.InvalidationBatch }, 'distribution-tenant', ctx);
};

export const getInvalidationForDistributionTenant: Handler<'cloudfront', 'GetInvalidationForDistributionTenant'> = (
  { DistributionTenantId, Id },
  ctx,
) => get(findTenant(DistributionTenantId, ctx).id, Id, ctx);

export const listInvalidationsForDistributionTenant: Handler<'cloudfront', 'ListInvalidationsForDistributionTenant'> = (
  input,
  ctx,
) => list(findTenant(input.Id, ctx).id, input, ctx);
