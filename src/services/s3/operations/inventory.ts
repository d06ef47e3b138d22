/** Inventory configurations of buckets. */
import { type Handler, notBuilt } from '#kernel/contract';
import type { InventoryConfiguration } from '#models/s3';
import { findBucket } from '../domain/find.ts';
import { FIELDS, nextReport } from '../domain/inventory.ts';
import { deleteNamed, getNamed, listNamed, putNamed } from '../domain/named.ts';
import { checkInventory } from '../domain/named-check.ts';

const kind = 'inventory';

export const getBucketInventoryConfiguration: Handler<'s3', 'GetBucketInventoryConfiguration'> = (input, ctx) => ({
  InventoryConfiguration: getNamed<InventoryConfiguration>(input, ctx, kind),
});

export const listBucketInventoryConfigurations: Handler<'s3', 'ListBucketInventoryConfigurations'> = (input, ctx) => {
  const { page, members } = listNamed<InventoryConfiguration>(input, ctx, kind);
  return { ...members, ...(page.length > 0 && { InventoryConfigurationList: page }) };
};

export const putBucketInventoryConfiguration: Handler<'s3', 'PutBucketInventoryConfiguration'> = (input, ctx) => {
  const { bucket } = findBucket(input, ctx);
  const { InventoryConfiguration: value, Id } = input;
  checkInventory(value, Id);
  const { Format } = value.Destination.S3BucketDestination;
  if (Format !== 'CSV') throw notBuilt(`inventory reports in ${Format}`);
  const unknown = value.OptionalFields?.find((field) => !FIELDS.has(field));
  if (unknown !== undefined) throw notBuilt(`the field ${unknown} of inventory reports`);
  putNamed(input, ctx, kind, value);
  const { account, region, name, id } = bucket;
  const key = `${id}/${Id}`;
  if (value.IsEnabled)
    ctx.arm('takeInventory', key, nextReport(value, ctx.now, true), { account, region, name, bucket: id, id: Id });
  else ctx.disarm('takeInventory', key);
  return {};
};

export const deleteBucketInventoryConfiguration: Handler<'s3', 'DeleteBucketInventoryConfiguration'> = (input, ctx) => {
  deleteNamed(input, ctx, kind);
  ctx.disarm('takeInventory', `${findBucket(input, ctx).bucket.id}/${input.Id}`);
  return {};
};
