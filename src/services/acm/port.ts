/** Certificates as other services show them to clients. */
import type { Ctx } from '#kernel/contract';
import { isFor, placeOf } from './domain/find.ts';
import { certificates, hosts, uses } from './state.ts';

/** A resource that shows a certificate, and to whom: clients who ask for these hosts. */
export type Showing = { user: string; hosts: readonly string[] };

/** Why a certificate can't be shown. */
export type CertificateFault = 'missing' | 'not-covered';

/**
 * In a transaction: shows a certificate of the caller's account. What the resource showed before has to be left first.
 *
 * @returns why that can't be: it is not there or not issued, or it is not for one of the hosts
 */
export function showCertificate(arn: string, { user, hosts: names }: Showing, ctx: Ctx): CertificateFault | undefined {
  const place = placeOf(arn);
  if (place === undefined || place.account !== ctx.account) return 'missing';
  const { account, region, id } = place;
  const store = ctx.store.in({ account, region });
  const row = store.get(certificates, { id });
  if (row?.issued === undefined || row.status !== 'ISSUED') return 'missing';
  if (!names.every((host) => isFor(host, row))) return 'not-covered';
  store.put(uses, { certificate: id, user });
  for (const host of names) store.put(hosts, { host, account, region, certificate: id, user });
  return undefined;
}

/** In a transaction: a resource shows a certificate no more. */
export function leaveCertificate(arn: string, { user, hosts: names }: Showing, ctx: Ctx): void {
  const place = placeOf(arn);
  if (place === undefined) return;
  const store = ctx.store.in({ account: place.account, region: place.region });
  store.delete(uses, { certificate: place.id, user });
  for (const host of names) if (store.get(hosts, { host })?.user === user) store.delete(hosts, { host });
}

/** Whether one of the caller's certificates that is issued is for a host. */
export function covers(arn: string, host: string, ctx: Ctx): boolean {
  const place = placeOf(arn);
  if (place === undefined || place.account !== ctx.account) return false;
  const row = ctx.store.in({ account: place.account, region: place.region }).get(certificates, { id: place.id });
  return row?.issued !== undefined && isFor(host, row);
}

/** Whether a certificate of the caller's account for a host comes from Certificate Manager itself, which has seen whose the host is. */
export function isIssuedFor(host: string, arn: string, ctx: Ctx): boolean {
  const place = placeOf(arn);
  if (place === undefined || place.account !== ctx.account) return false;
  const row = ctx.store.in({ account: place.account, region: place.region }).get(certificates, { id: place.id });
  return row?.issued !== undefined && row.type === 'AMAZON_ISSUED' && isFor(host, row);
}
