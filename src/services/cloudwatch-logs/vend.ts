/** Records of services brought to where they are wanted: at once to groups, every five minutes to buckets. */

import { gzipSync } from 'node:zlib';
import { bytesStream } from '#kernel/base';
import { type Ctx, type EventHandler, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { OWNERS } from './domain/export.ts';
import { fileOf, lineOf, pathOf, VENDED_LOGS } from './domain/vended.ts';
import { toStream } from './domain/vended-stream.ts';
import { DELIVERY_FOR, VENDED_EVERY, VENDED_MAX } from './limits.ts';
import { putLogEvents } from './operations/put.ts';
import { createLogStream } from './operations/stream.ts';
import type { VendedRecord } from './port.ts';
import {
  type DeliveryDestinationRow,
  type DeliveryRow,
  deliveries,
  deliveryDestinations,
  deliverySources,
  type VendedRow,
  vended,
} from './state.ts';

/** A service has handed over a record. */
export const receive: EventHandler = (payload, ctx) => {
  const { resourceArn, logType, id, at, values, isSparse } = payload as VendedRecord;
  for (const source of ctx.store.list(deliverySources, { index: 'byResource', where: { resourceArn, logType } }))
    for (const delivery of ctx.store.list(deliveries, { index: 'bySource', where: { source: source.name } })) {
      const isFirst = ctx.store.first(vended, { where: { delivery: delivery.id } }) === undefined;
      const order = `${String(at).padStart(15, '0')}/${id}`;
      ctx.store.put(vended, { delivery: delivery.id, order, at, values, ...(isSparse && { isSparse }) });
      if (delivery.type !== 'S3') ctx.start('vend', delivery.id, { id: delivery.id });
      else if (isFirst) ctx.arm('vendDue', delivery.id, ctx.now + VENDED_EVERY, { id: delivery.id });
    }
};

export const vendDue: TimerHandler = ({ id }, ctx) => {
  ctx.start('vend', String(id), { id });
};

/** Brings what waits. What can't be written is tried again for a day. */
export const vend: TaskHandler = async ({ id }, ctx) => {
  const delivery = ctx.store.get(deliveries, { id: String(id) });
  const rows = ctx.store.list(vended, { where: { delivery: String(id) }, limit: VENDED_MAX });
  const target = delivery && destinationOf(delivery, ctx);
  let refused = false;
  if (delivery !== undefined && target !== undefined && rows.length > 0)
    try {
      await { S3: toBucket, CWL: toGroup, FH: toStream }[delivery.type](rows, delivery, target, ctx);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      ctx.count('DeliveryErrors', { DeliverySourceName: delivery.source }, rows.length, 'None');
      refused = true;
    }
  const now = ctx.clock();
  ctx.transact((store) => {
    for (const row of rows) if (!refused || now - row.at > DELIVERY_FOR) store.delete(vended, row);
    if (store.first(vended, { where: { delivery: String(id) } }) === undefined) return;
    ctx.arm('vendDue', String(id), now + (rows.length === VENDED_MAX && !refused ? 1 : VENDED_EVERY), { id });
  });
};

function destinationOf({ destinationArn }: DeliveryRow, { store }: Ctx): DeliveryDestinationRow | undefined {
  return store.get(deliveryDestinations, { name: destinationArn.slice(destinationArn.lastIndexOf(':') + 1) });
}

/** The last part of a resource's ARN: `E2ABCDEF` of a distribution. */
function resourceOf({ source }: DeliveryRow, { store }: Ctx) {
  const row = store.get(deliverySources, { name: source });
  const log = VENDED_LOGS.find(({ service, logType }) => service === row?.service && logType === row.logType);
  const name = row?.resourceArn.slice(row.resourceArn.lastIndexOf('/') + 1) ?? '';
  return { name, folder: log?.folder ?? '', stream: log?.stream ?? `${log?.folder}_${name}` };
}

async function toBucket(
  rows: readonly VendedRow[],
  delivery: DeliveryRow,
  { targetArn, format }: DeliveryDestinationRow,
  ctx: Ctx,
): Promise<void> {
  const [Bucket = '', ...prefix] = targetArn.split(':::')[1]?.split('/') ?? [];
  const { name, folder } = resourceOf(delivery, ctx);
  const at = ctx.clock();
  const path = pathOf(delivery, folder, rows[0]?.values ?? {}, at);
  const hour = new Date(at).toISOString().slice(0, 13).replace('T', '-');
  const base = [...prefix, 'AWSLogs', ctx.account, folder].join('/');
  await ctx.awsFor(delivery.arn, 'delivery.logs').s3.PutObject({
    Bucket,
    Key: `${base}/${path}${name}.${hour}.${ctx.uuid().slice(0, 8)}.gz`,
    ACL: OWNERS,
    Body: bytesStream(gzipSync(fileOf(rows, delivery, format))),
  });
}

async function toGroup(
  rows: readonly VendedRow[],
  delivery: DeliveryRow,
  { targetArn, format }: DeliveryDestinationRow,
  ctx: Ctx,
): Promise<void> {
  const logGroupName = targetArn.split(':log-group:')[1]?.replace(/:\*$/, '') ?? '';
  const { stream: logStreamName } = resourceOf(delivery, ctx);
  try {
    ctx.transact(() => createLogStream({ logGroupName, logStreamName }, ctx));
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'ResourceAlreadyExistsException')) throw error;
  }
  const logEvents = rows.map((row) => ({ timestamp: row.at, message: lineOf(row, delivery, format) }));
  await putLogEvents({ logGroupName, logStreamName, logEvents }, ctx);
}
