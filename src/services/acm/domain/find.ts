/** Certificates by their ARNs; who uses them. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { badArn, noCertificate } from '../errors.ts';
import { type CertificateRow, certificates, uses } from '../state.ts';

const ARN = /^arn:[\w-]+:acm:([\w-]+):(\d{12}):certificate\/([\w-]+)$/;

/** Where a certificate is; undefined for an ARN of something else. */
export function placeOf(arn: string): { region: string; account: string; id: string } | undefined {
  const [, region, account, id] = ARN.exec(arn) ?? [];
  return region === undefined || account === undefined || id === undefined ? undefined : { region, account, id };
}

/** @throws {ServiceError} InvalidArnException, ResourceNotFoundException */
export function findCertificate(arn: string, ctx: Ctx): CertificateRow {
  const place = placeOf(arn);
  if (place === undefined) throw badArn(arn);
  const isHere = place.region === ctx.region && place.account === ctx.account;
  const row = isHere ? ctx.store.get(certificates, { id: place.id }) : undefined;
  if (row === undefined) throw noCertificate(arn, ctx.account);
  return row;
}

/** ARNs of what shows a certificate. */
export function usersOf({ id }: CertificateRow, store: StoreView): string[] {
  return store.list(uses, { where: { certificate: id } }).map(({ user }) => user);
}

/** Whether a certificate is for a host: `*.example.com` is for one label before. */
export function isFor(host: string, { names }: Pick<CertificateRow, 'names'>): boolean {
  const parent = host.replace(/^[^.]+/, '*');
  return names.includes(host) || names.includes(parent);
}
