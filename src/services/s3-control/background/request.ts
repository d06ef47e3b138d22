/** Carries out a request about a Multi-Region access point. */
import type { TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type MultiRegionPointRow, members, multiRegionPoints } from '../../s3/port.ts';
import { type RequestRow, requests } from '../state.ts';

export const finishRequest: TimerHandler = (payload, ctx) => {
  ctx.transact((store) => {
    const request = store.get(requests, { account: String(payload.account), token: String(payload.token) });
    if (request === undefined || request.status !== 'INPROGRESS') return;
    const { account, name } = request;
    const row = store.get(multiRegionPoints, { account, name });
    if (request.fault !== undefined || row === undefined) {
      store.put(requests, { ...request, status: 'FAILED' });
      return;
    }
    finish(request, row, store);
    store.put(requests, { ...request, status: 'SUCCEEDED', regions: row.routes.map(({ region }) => region) });
  });
};

function finish({ operation }: RequestRow, row: MultiRegionPointRow, store: StoreView): void {
  const { account, name, proposed } = row;
  const held = row.routes.filter((route) => route.account === account);
  if (operation === 'CreateMultiRegionAccessPoint') {
    store.put(multiRegionPoints, { ...row, status: 'READY' });
    for (const { bucket } of held) store.put(members, { bucket, account, name });
  } else if (operation === 'DeleteMultiRegionAccessPoint') {
    store.delete(multiRegionPoints, row);
    for (const { bucket } of held) store.delete(members, { bucket, account, name });
  } else if (proposed !== undefined) store.put(multiRegionPoints, { ...row, policy: proposed });
}
