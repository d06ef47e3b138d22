/** Distribution tenants: what a multi-tenant distribution is for one customer, under that one's own domains. */
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import type { Customizations, DistributionTenant, Parameter } from '#models/cloudfront';
import { showCertificate } from '../../acm/port.ts';
import { moveDomains } from '../domain/domains.ts';
import { checkMatch, findGroup, findTemplate, findTenant, touch } from '../domain/find.ts';
import { arnOf, newEtag, newKsuid } from '../domain/ids.ts';
import { isAlias } from '../domain/names.ts';
import { pageSize } from '../domain/page.ts';
import { setTags, tagsIfAny } from '../domain/tags.ts';
import { checkParameters } from '../domain/tenancy.ts';
import { awaitCertificate, leaveDomains, showDomains } from '../domain/tenant-certificate.ts';
import * as errors from '../errors.ts';
import { TENANT_DOMAINS_MAX, TENANTS_MAX } from '../limits.ts';
import {
  type DistributionRow,
  domains,
  invalidations,
  type ManagedCertificate,
  type TenantRow,
  tags,
  tenants,
} from '../state.ts';
import { defaultGroup, NAME, statusOf } from './connection-group.ts';
import { withCertificate } from './managed-certificate.ts';

const KIND = 'distribution-tenant';

function show(row: TenantRow, ctx: Ctx): DistributionTenant {
  const arn = arnOf(ctx, KIND, row.id);
  const { Tags } = tagsIfAny(arn, ctx);
  return {
    ...summary(row, ctx),
    ...(Tags !== undefined && { Tags }),
    ...(row.parameters.length > 0 && { Parameters: row.parameters }),
  };
}

function summary(row: TenantRow, ctx: Ctx) {
  return {
    Id: row.id,
    DistributionId: row.distribution,
    Name: row.name,
    Arn: arnOf(ctx, KIND, row.id),
    Domains: row.domains.map((Domain) => ({
      Domain,
      Status: row.active.includes(Domain) ? ('active' as const) : ('inactive' as const),
    })),
    ...(Object.keys(row.customizations).length > 0 && { Customizations: row.customizations }),
    ConnectionGroupId: row.group,
    CreatedTime: row.createdAt,
    LastModifiedTime: row.modifiedAt,
    Enabled: row.enabled,
    Status: statusOf(row, ctx),
  };
}

function checkDomains(names: readonly string[]): void {
  if (names.length === 0) throw errors.invalidArgument('The parameter Domains must contain at least one domain.');
  if (names.length > TENANT_DOMAINS_MAX) throw errors.tooManyEntities();
  if (names.some((name) => !isAlias(name))) throw errors.invalidArgument('The provided Domain Name is not valid.');
  if (new Set(names).size !== names.length)
    throw errors.invalidArgument('The parameter Domains contains duplicate values.');
}

function checkCustomizations({ WebAcl, Certificate, GeoRestrictions }: Customizations): void {
  // Nothing is inherited that could be switched off.
  if (WebAcl !== undefined && WebAcl.Action !== 'disable') throw notBuilt('AWS WAF, which WebAcl names,');
  if (Certificate !== undefined && !/^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/.test(Certificate.Arn))
    throw errors.invalidArgument('The parameter Certificate is not valid.');
  if (GeoRestrictions === undefined) return;
  const { RestrictionType, Locations = [] } = GeoRestrictions;
  if (RestrictionType === 'none' && Locations.length > 0)
    throw errors.invalidArgument('The specified geo restriction parameter is not valid.');
  if (Locations.some((code) => !/^[A-Z]{2}$/.test(code)))
    throw errors.invalidArgument('The location code specified is not valid.');
}

const lower = (items: readonly { Domain: string }[]) => items.map(({ Domain }) => Domain.toLowerCase());

type Wanted = Pick<TenantRow, 'distribution' | 'domains' | 'parameters' | 'customizations'>;

/** @throws {ServiceError} unless the template can be what is wanted */
function checkWanted({ distribution, domains: names, parameters, customizations }: Wanted, ctx: Ctx): DistributionRow {
  const template = findTemplate(distribution, ctx);
  checkDomains(names);
  checkParameters(template.config, parameters);
  checkCustomizations(customizations);
  return template;
}

/** In a transaction: stores a tenant, with its domains and how they are shown. */
export function keepTenant(row: TenantRow, before: TenantRow | undefined, ctx: Ctx): TenantRow {
  const template = checkWanted(row, ctx);
  const known = before && { tenant: before, template: findTemplate(before.distribution, ctx) };
  moveDomains(row.id, before?.domains ?? [], row.domains, ctx);
  const user = arnOf(ctx, KIND, row.id);
  const shown = showDomains(row, known, template, ctx);
  const { certificate, managed } = shown;
  if (certificate !== undefined && showCertificate(certificate, { user, hosts: [] }, ctx) !== undefined)
    throw errors.invalidArgument('The specified certificate does not exist, or is not issued.');
  if (shown.active.length < shown.domains.length) {
    if (managed === undefined) throw errors.notCovered();
    awaitCertificate(shown, ctx);
  }
  return shown;
}

/** A row with the customizations, and what is found by them. */
function customized(row: TenantRow, customizations: Customizations): TenantRow {
  const { certificate: _, ...rest } = row;
  const Arn = customizations.Certificate?.Arn;
  return { ...rest, customizations, ...(Arn !== undefined && { certificate: Arn }) };
}

export const createDistributionTenant: Handler<'cloudfront', 'CreateDistributionTenant'> = async (input, ctx) => {
  const { Name: name, DistributionId: distribution, Parameters: parameters = [], Customizations: given = {} } = input;
  if (!NAME.test(name)) throw errors.invalidArgument('The parameter Name is not valid.');
  const wanted: Wanted = { distribution, domains: lower(input.Domains), parameters, customizations: given };
  return withCertificate(input.ManagedCertificateRequest, wanted.domains, ctx, (managed) => {
    const { store } = ctx;
    checkWanted(wanted, ctx);
    if (store.first(tenants, { index: 'byName', where: { name } }) !== undefined) throw errors.entityExists();
    if (store.count(tenants) >= TENANTS_MAX) throw errors.tooManyEntities();
    const group = input.ConnectionGroupId === undefined ? defaultGroup(ctx) : findGroup(input.ConnectionGroupId, ctx);
    const id = newKsuid(ctx, 'dt_');
    const times = { createdAt: ctx.now, modifiedAt: ctx.now };
    const made: TenantRow = {
      id,
      name,
      group: group.id,
      ...wanted,
      active: [],
      ...(managed !== undefined && { managed }),
      enabled: input.Enabled ?? true,
      etag: newEtag(ctx),
      ...times,
    };
    // The id leads there too: it is what a person has at hand.
    for (const address of [id, id.toLowerCase()]) ctx.claim('cloudfront', address, id);
    const row = keepTenant(customized(made, given), undefined, ctx);
    setTags(arnOf(ctx, KIND, id), input.Tags?.Items ?? [], ctx);
    return { DistributionTenant: show(row, ctx), ETag: row.etag };
  });
};

export const getDistributionTenant: Handler<'cloudfront', 'GetDistributionTenant'> = ({ Identifier }, ctx) => {
  const row = findTenant(Identifier, ctx);
  return { DistributionTenant: show(row, ctx), ETag: row.etag };
};

export const getDistributionTenantByDomain: Handler<'cloudfront', 'GetDistributionTenantByDomain'> = (
  { Domain },
  ctx,
) => {
  const found = ctx.store.get(domains, { domain: Domain.toLowerCase() });
  const row = found?.account === ctx.account ? ctx.store.get(tenants, { id: found.resource }) : undefined;
  if (row === undefined) throw errors.noSuchEntity();
  return { DistributionTenant: show(row, ctx), ETag: row.etag };
};

/** A tenant that has changed has another version. */
export function changed(row: TenantRow, ctx: Ctx): TenantRow {
  return { ...row, etag: newEtag(ctx), modifiedAt: ctx.now };
}

type Change = { parameters?: Parameter[]; managed?: ManagedCertificate };

/** What is not given stays as it is. */
export const updateDistributionTenant: Handler<'cloudfront', 'UpdateDistributionTenant'> = async (input, ctx) => {
  const seen = findTenant(input.Id, ctx);
  checkMatch(input.IfMatch, seen.etag);
  const names = input.Domains === undefined ? seen.domains : lower(input.Domains);
  return withCertificate(input.ManagedCertificateRequest, names, ctx, (managed) => {
    const before = findTenant(seen.id, ctx);
    checkMatch(input.IfMatch, before.etag);
    const change: Change = {
      ...(input.Parameters !== undefined && { parameters: input.Parameters }),
      ...(managed !== undefined && { managed }),
    };
    const wanted: TenantRow = {
      ...before,
      ...change,
      domains: names,
      distribution: input.DistributionId ?? before.distribution,
      group: input.ConnectionGroupId === undefined ? before.group : findGroup(input.ConnectionGroupId, ctx).id,
      enabled: input.Enabled ?? before.enabled,
    };
    const row = keepTenant(
      changed(customized(wanted, input.Customizations ?? before.customizations), ctx),
      before,
      ctx,
    );
    return { DistributionTenant: show(row, ctx), ETag: row.etag };
  });
};

export const deleteDistributionTenant: Handler<'cloudfront', 'DeleteDistributionTenant'> = ({ Id, IfMatch }, ctx) => {
  const row = findTenant(Id, ctx);
  checkMatch(IfMatch, row.etag);
  if (row.enabled) throw errors.notDisabled();
  const { store } = ctx;
  moveDomains(row.id, row.domains, [], ctx);
  leaveDomains(row, findTemplate(row.distribution, ctx), ctx);
  for (const address of [row.id, row.id.toLowerCase()]) ctx.release('cloudfront', address);
  for (const one of store.list(invalidations, { where: { distribution: row.id } })) store.delete(invalidations, one);
  for (const one of store.list(tags, { where: { arn: arnOf(ctx, KIND, row.id) } })) store.delete(tags, one);
  store.delete(tenants, row);
  touch(ctx);
  return {};
};

type Paged = { Marker?: string | undefined; MaxItems?: number | undefined };
type By = 'byDistribution' | 'byGroup' | 'byCertificate';

function pageOf(asked: Paged, index: By | undefined, where: Partial<TenantRow>, ctx: Ctx) {
  const { Marker: id = '' } = asked;
  const size = pageSize(asked);
  const rows = ctx.store.list(tenants, {
    ...(index !== undefined && { index }),
    where,
    ...(id !== '' && { after: { id } }),
    limit: size + 1,
  });
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return {
    DistributionTenantList: shown.map((row) => ({ ...summary(row, ctx), ETag: row.etag })),
    ...(rows.length > size && last !== undefined && { NextMarker: last.id }),
  };
}

export const listDistributionTenants: Handler<'cloudfront', 'ListDistributionTenants'> = (input, ctx) => {
  const { DistributionId, ConnectionGroupId } = input.AssociationFilter ?? {};
  if (DistributionId !== undefined && ConnectionGroupId !== undefined)
    throw errors.invalidArgument('Specify either DistributionId or ConnectionGroupId, but not both.');
  if (DistributionId !== undefined) return pageOf(input, 'byDistribution', { distribution: DistributionId }, ctx);
  if (ConnectionGroupId !== undefined) return pageOf(input, 'byGroup', { group: ConnectionGroupId }, ctx);
  return pageOf(input, undefined, {}, ctx);
};

export const listDistributionTenantsByCustomization: Handler<'cloudfront', 'ListDistributionTenantsByCustomization'> = (
  input,
  ctx,
) => {
  const { CertificateArn, WebACLArn } = input;
  if ((CertificateArn === undefined) === (WebACLArn === undefined))
    throw errors.invalidArgument('Specify either CertificateArn or WebACLArn.');
  // No tenant has one here.
  if (CertificateArn === undefined) return { DistributionTenantList: [] };
  return pageOf(input, 'byCertificate', { certificate: CertificateArn }, ctx);
};
