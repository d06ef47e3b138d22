/** With which certificates tenants' domains are shown. Source: CloudFront Developer Guide, "Distribution tenant customizations", custom TLS certificates. */
import type { Ctx, TimerHandler } from '#kernel/contract';
import { leaveCertificate, showCertificate } from '../../acm/port.ts';
import { CERTIFICATE_CHECK } from '../limits.ts';
import { type DistributionRow, distributions, type TenantRow, tenants } from '../state.ts';
import { touch } from './find.ts';
import { arnOf, newEtag } from './ids.ts';

/** A tenant's own certificate goes before that of the template; what CloudFront has asked for fills in. */
function certificatesOf({ certificate, managed }: TenantRow, { config }: DistributionRow): string[] {
  const all = [certificate, config.ViewerCertificate?.ACMCertificateArn, managed?.arn];
  return all.filter((one) => one !== undefined);
}

/**
 * In a transaction: stores a tenant, whose domains are shown with its certificates in place of those before.
 *
 * @returns the tenant; those of its domains that no certificate covers are not active
 */
export function showDomains(
  row: TenantRow,
  before: { tenant: TenantRow; template: DistributionRow } | undefined,
  template: DistributionRow,
  ctx: Ctx,
): TenantRow {
  if (before !== undefined) leaveDomains(before.tenant, before.template, ctx);
  const certificates = certificatesOf(row, template);
  const user = arnOf(ctx, 'distribution-tenant', row.id);
  const active = row.domains.filter((host) =>
    certificates.some((arn) => showCertificate(arn, { user, hosts: [host] }, ctx) === undefined),
  );
  const shown = { ...row, active };
  ctx.store.put(tenants, shown);
  touch(ctx);
  return shown;
}

/** In a transaction: a tenant's domains are not shown any more. */
export function leaveDomains(row: TenantRow, template: DistributionRow, ctx: Ctx): void {
  const user = arnOf(ctx, 'distribution-tenant', row.id);
  for (const arn of certificatesOf(row, template)) leaveCertificate(arn, { user, hosts: row.domains }, ctx);
}

/** In a transaction: looks after a certificate that CloudFront has asked for, ever more seldom, since some are never issued. */
export function awaitCertificate({ id, modifiedAt }: TenantRow, ctx: Ctx): void {
  const now = ctx.clock();
  ctx.arm('certificate', id, now + Math.max(CERTIFICATE_CHECK, now - modifiedAt), { id });
}

/** The timer of a tenant some of whose domains wait for a certificate. */
export const lookForCertificate: TimerHandler = ({ id }, ctx) => {
  const tenant = ctx.store.get(tenants, { id: String(id) });
  const template = tenant && ctx.store.get(distributions, { id: tenant.distribution });
  if (tenant === undefined || template === undefined || tenant.active.length === tenant.domains.length) return;
  const { active } = showDomains(tenant, { tenant, template }, template, ctx);
  // Source: CloudFront API Reference, ManagedCertificateDetails: the tenant has another version then.
  if (active.length > tenant.active.length)
    ctx.store.put(tenants, { ...tenant, active, etag: newEtag(ctx), modifiedAt: ctx.now });
  if (active.length < tenant.domains.length) awaitCertificate(tenant, ctx);
};
