/** Where a request goes whose signature is good in several Regions: to the one that its service chooses among them. */
import { isLike } from '#kernel/base';
import { viewOf } from '#kernel/store';
import type { Exchange } from '../exchange.ts';
import { regionOfHost } from '../hosts.ts';
import type { Kernel } from '../kernel.ts';
import { regionSetOf } from './identify.ts';

const NOWHERE = { account: '', region: '' };

export function findPlace(x: Exchange, kernel: Kernel): void {
  const rule = x.loaded?.service?.place;
  const { headers } = x.request;
  if (rule === undefined || x.claim?.algorithm !== 'v4a' || regionOfHost(headers.host ?? '') !== undefined) return;
  const isDark = (region: string) => kernel.faults.isRegionDark(region, x.now);
  const request = { path: x.path, headers, near: x.region };
  const chosen = kernel.store.transact((tx) =>
    rule(
      request,
      viewOf(() => tx, NOWHERE),
      isDark,
    ),
  );
  if (chosen !== undefined && regionSetOf(x).some((region) => isLike(region, chosen))) x.region = chosen;
}
