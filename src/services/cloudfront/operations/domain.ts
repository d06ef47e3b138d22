/** Domain names that move from one distribution or tenant to another. Source: CloudFront Developer Guide, "Move an alternate domain name". */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { DistributionResourceId } from '#models/cloudfront';
import { covers } from '../../acm/port.ts';
import { conflictsOf } from '../domain/domains.ts';
import { checkMatch, findDistribution, findTemplate, findTenant } from '../domain/find.ts';
import { isAlias } from '../domain/names.ts';
import { pageSize } from '../domain/page.ts';
import { isTemplate } from '../domain/tenancy.ts';
import * as errors from '../errors.ts';
import { ALIASES_MAX } from '../limits.ts';
import { type DistributionRow, type DomainRow, distributions, domains, type TenantRow, tenants } from '../state.ts';
import { changeDistribution } from './distribution.ts';
import { changed, keepTenant } from './tenant.ts';

type Page = { Marker?: string | undefined; MaxItems?: number | undefined };

/** The first half of what others need not know. */
function masked(id: string): string {
  const hidden = Math.floor(id.length / 2);
  return '*'.repeat(hidden) + id.slice(hidden);
}

const isTenant = (resource: string) => resource.startsWith('dt_');

/** @throws {ServiceError} InvalidArgument unless one of the certificates is for the domain */
function checkCovered(domain: string, certificates: readonly (string | undefined)[], ctx: Ctx): void {
  if (!isAlias(domain)) throw errors.invalidArgument('The provided Domain Name is not valid.');
  if (!certificates.some((arn) => arn !== undefined && covers(arn, domain.toLowerCase(), ctx)))
    throw errors.invalidArgument(
      "The certificate that is attached to the resource doesn't cover the domain name that is specified.",
    );
}

const certificateOf = ({ config }: DistributionRow) => config.ViewerCertificate?.ACMCertificateArn;

function pageOf<Item>(asked: Page, rows: readonly DomainRow[], show: (row: DomainRow) => Item) {
  const size = pageSize(asked);
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return { items: shown.map(show), ...(rows.length > size && last !== undefined && { NextMarker: last.domain }) };
}

export const listConflictingAliases: Handler<'cloudfront', 'ListConflictingAliases'> = (input, ctx) => {
  const { Alias, Marker: after = '' } = input;
  const row = findDistribution(ctx.store, input.DistributionId);
  checkCovered(Alias, [certificateOf(row)], ctx);
  const size = pageSize(input);
  const takes = ({ resource }: DomainRow) => !isTenant(resource);
  const rows = conflictsOf(Alias, ctx, { after, limit: size + 1, takes });
  const { items, ...next } = pageOf(input, rows, ({ domain, resource, account }) => ({
    Alias: domain,
    DistributionId: masked(resource),
    AccountId: masked(account),
  }));
  return {
    ConflictingAliasesList: {
      ...next,
      MaxItems: size,
      Quantity: items.length,
      ...(items.length > 0 && { Items: items }),
    },
  };
};

/** @throws {ServiceError} InvalidArgument unless it is one of the two */
function targetOf({ DistributionId: id, DistributionTenantId }: DistributionResourceId, ctx: Ctx) {
  if ((id === undefined) === (DistributionTenantId === undefined))
    throw errors.invalidArgument('Specify either DistributionId or DistributionTenantId, but not both.');
  if (id !== undefined) {
    const distribution = ctx.store.get(distributions, { id }) ?? raise(errors.noSuchEntity());
    if (isTemplate(distribution.config)) throw errors.invalidArgument('A multi-tenant distribution has no domains.');
    return { distribution, certificates: [certificateOf(distribution)] };
  }
  const tenant = findTenant(DistributionTenantId ?? '', ctx);
  const template = findTemplate(tenant.distribution, ctx);
  return { tenant, certificates: [tenant.certificate, certificateOf(template), tenant.managed?.arn] };
}

export const listDomainConflicts: Handler<'cloudfront', 'ListDomainConflicts'> = (input, ctx) => {
  const { Domain, Marker: after = '' } = input;
  const { certificates } = targetOf(input.DomainControlValidationResource, ctx);
  checkCovered(Domain, certificates, ctx);
  const rows = conflictsOf(Domain, ctx, { after, limit: pageSize(input) + 1 });
  const { items: DomainConflicts, ...next } = pageOf(input, rows, ({ domain, resource, account }) => ({
    Domain: domain,
    ResourceType: isTenant(resource) ? ('distribution-tenant' as const) : ('distribution' as const),
    ResourceId: masked(resource),
    AccountId: account === ctx.account ? account : masked(account),
  }));
  return { DomainConflicts, ...next };
};

function withAlias(row: DistributionRow, aliases: readonly string[], ctx: Ctx): DistributionRow {
  const Aliases = { Quantity: aliases.length, ...(aliases.length > 0 && { Items: [...aliases] }) };
  return changeDistribution(row, { ...row.config, Aliases }, ctx);
}

const aliasesOf = ({ config }: DistributionRow) => config.Aliases?.Items ?? [];

function without(names: readonly string[], domain: string): string[] {
  return names.filter((name) => name.toLowerCase() !== domain);
}

/**
 * In a transaction: who has a domain has it no more. Deviation: what belongs to another account stays there: no DNS is asked for the
 * record that would show whose the domain is.
 *
 * @throws {ServiceError} IllegalUpdate where it can't be taken away
 */
function take(domain: string, isToBeDisabled: boolean, ctx: Ctx): void {
  const { store } = ctx;
  const known = store.get(domains, { domain });
  if (known === undefined) return;
  if (known.account !== ctx.account)
    throw errors.illegalUpdate('The domain is associated with a resource of another account.');
  const isEnabled = (enabled: boolean) => {
    if (enabled && isToBeDisabled) throw errors.illegalUpdate('The source resource of the domain must be disabled.');
  };
  const tenant = store.get(tenants, { id: known.resource });
  if (tenant !== undefined) {
    isEnabled(tenant.enabled);
    const names = without(tenant.domains, domain);
    if (names.length === 0) throw errors.illegalUpdate('A distribution tenant must have at least one domain.');
    keepTenant(changed({ ...tenant, domains: names }, ctx), tenant, ctx);
    return;
  }
  const source = findDistribution(store, known.resource);
  isEnabled(source.config.Enabled);
  withAlias(source, without(aliasesOf(source), domain), ctx);
}

export const updateDomainAssociation: Handler<'cloudfront', 'UpdateDomainAssociation'> = (input, ctx) => {
  const domain = input.Domain.toLowerCase();
  const target = targetOf(input.TargetResource, ctx);
  const { id, etag } = target.tenant ?? target.distribution;
  if (input.IfMatch !== undefined) checkMatch(input.IfMatch, etag);
  checkCovered(domain, target.certificates, ctx);
  if (ctx.store.get(domains, { domain })?.resource === id)
    throw errors.illegalUpdate('The domain is associated with the target resource already.');
  take(domain, true, ctx);
  const row: TenantRow | DistributionRow =
    target.tenant === undefined
      ? withAlias(target.distribution, [...aliasesOf(target.distribution), domain], ctx)
      : keepTenant(changed({ ...target.tenant, domains: [...target.tenant.domains, domain] }, ctx), target.tenant, ctx);
  return { Domain: domain, ResourceId: id, ETag: row.etag };
};

export const associateAlias: Handler<'cloudfront', 'AssociateAlias'> = ({ TargetDistributionId, Alias }, ctx) => {
  const domain = Alias.toLowerCase();
  const row = findDistribution(ctx.store, TargetDistributionId);
  if (isTemplate(row.config)) throw errors.illegalUpdate('A multi-tenant distribution has no aliases.');
  checkCovered(domain, [certificateOf(row)], ctx);
  const known = ctx.store.get(domains, { domain });
  if (known?.resource === row.id) return {};
  if (known !== undefined && isTenant(known.resource))
    throw errors.illegalUpdate('The alias is associated with a distribution tenant; use UpdateDomainAssociation.');
  if (aliasesOf(row).length >= ALIASES_MAX)
    throw errors.tooMany('TooManyDistributionCNAMEs', 'CNAMEs for the distribution');
  // A wildcard is taken only from what does not answer any more.
  take(domain, domain.startsWith('*.'), ctx);
  withAlias(row, [...aliasesOf(row), Alias], ctx);
  return {};
};

/** Deviation: no DNS is asked. Whoever asks this cloud for the domain reaches the tenant, so its record is as it should be. */
export const verifyDnsConfiguration: Handler<'cloudfront', 'VerifyDnsConfiguration'> = (
  { Domain, Identifier },
  ctx,
) => {
  const tenant = findTenant(Identifier, ctx);
  const asked = Domain === undefined ? tenant.domains : [Domain.toLowerCase()];
  if (asked.some((domain) => !tenant.domains.includes(domain)))
    throw errors.invalidArgument('The domain is not associated with the distribution tenant.');
  return { DnsConfigurationList: asked.map((domain) => ({ Domain: domain, Status: 'valid-configuration' as const })) };
};
