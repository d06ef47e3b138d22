/** Scans of what is in an account, and what they have found. */
import type { Ctx, Handler } from '#kernel/contract';
import { signalOf } from '../domain/events.ts';
import { numberOf } from '../domain/token.ts';
import { noSuchScan, scanRunning } from '../errors.ts';
import { LINGER, SCAN_LIFE, STACKS_LISTED_MAX } from '../limits.ts';
import { LISTS } from './lists.ts';
import { idOf, mentions } from './read.ts';
import { type ScannedRow, type ScanRow, scanned, scans } from './state.ts';

export const startResourceScan: Handler<'cloudformation', 'StartResourceScan'> = (input, ctx) => {
  const last = ctx.store.first(scans, { index: 'byNumber', reverse: true });
  const { ClientRequestToken: token } = input;
  if (last !== undefined && token !== undefined && last.token === token) return { ResourceScanId: last.id };
  if (last !== undefined && last.endedAt === undefined) throw scanRunning();
  const filters = input.ScanFilters?.flatMap(({ Types = [] }) => Types);
  const id = `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:resourceScan/${ctx.uuid()}`;
  ctx.store.put(scans, {
    id,
    number: (last?.number ?? 0) + 1,
    startedAt: ctx.now,
    ...(filters !== undefined && filters.length > 0 && { filters: [...filters] }),
    types: Object.keys(LISTS),
    scanned: 0,
    read: 0,
    ...(token !== undefined && { token }),
    pass: ctx.pass(),
  });
  ctx.start('scan', id, { id });
  return { ResourceScanId: id };
};

/** @throws {ServiceError} ResourceScanNotFoundException */
function findScan(id: string, ctx: Ctx): ScanRow {
  const row = ctx.store.get(scans, { id });
  if (row === undefined) throw noSuchScan(id);
  return row;
}

function shown(row: ScanRow, ctx: Ctx) {
  const isOld = row.startedAt + SCAN_LIFE <= ctx.now;
  return {
    ResourceScanId: row.id,
    Status: row.endedAt === undefined ? ('IN_PROGRESS' as const) : isOld ? ('EXPIRED' as const) : ('COMPLETE' as const),
    StartTime: row.startedAt,
    ...(row.endedAt !== undefined && { EndTime: row.endedAt }),
    PercentageCompleted: row.endedAt === undefined ? 0 : 100,
  };
}

export const describeResourceScan: Handler<'cloudformation', 'DescribeResourceScan'> = async (input, ctx) => {
  const { id, endedAt } = findScan(input.ResourceScanId, ctx);
  if (endedAt === undefined) await ctx.linger(signalOf(id), LINGER);
  const row = findScan(id, ctx);
  return {
    ...shown(row, ctx),
    ResourceTypes: row.types,
    ResourcesScanned: row.scanned,
    ResourcesRead: row.read,
    ...(row.filters !== undefined && { ScanFilters: [{ Types: row.filters }] }),
  };
};

export const listResourceScans: Handler<'cloudformation', 'ListResourceScans'> = (input, ctx) => {
  const limit = input.MaxResults ?? 10;
  const token = numberOf(input.NextToken);
  const before = token === undefined ? undefined : { number: token };
  const typeOf = ({ filters }: ScanRow) => (filters === undefined ? ('FULL' as const) : ('PARTIAL' as const));
  const rows = ctx.store
    .list(scans, { index: 'byNumber', reverse: true, before })
    .filter((row) => input.ScanTypeFilter === undefined || typeOf(row) === input.ScanTypeFilter);
  const page = rows.slice(0, limit);
  return {
    ResourceScanSummaries: page.map((row) => ({ ...shown(row, ctx), ScanType: typeOf(row) })),
    ...(rows.length > limit && { NextToken: String(page.at(-1)?.number) }),
  };
};

/** @throws {ServiceError} ResourceScanNotFoundException, ResourceScanInProgressException */
function endedScan(id: string, ctx: Ctx): ScanRow {
  const row = findScan(id, ctx);
  if (row.endedAt === undefined) throw scanRunning();
  return row;
}

function told({ type, identifier, isManaged }: ScannedRow) {
  return { ResourceType: type, ResourceIdentifier: identifier, ManagedByStack: isManaged };
}

export const listResourceScanResources: Handler<'cloudformation', 'ListResourceScanResources'> = (input, ctx) => {
  const { id: scanId } = endedScan(input.ResourceScanId, ctx);
  const { ResourceTypePrefix: prefix = '', ResourceIdentifier: text, TagKey, TagValue } = input;
  const rows = page(scanId, input.NextToken, ctx)
    .filter(({ type, id }) => type.startsWith(prefix) && (text === undefined || id.includes(text)))
    .filter(({ tags }) => TagKey === undefined || TagKey in tags)
    .filter(({ tags }) => TagValue === undefined || Object.values(tags).includes(TagValue));
  const found = rows.slice(0, input.MaxResults ?? STACKS_LISTED_MAX);
  return { Resources: found.map(told), ...nextOf(rows, found) };
};

/** What refers to one of the resources, or what one of them refers to. */
export const listResourceScanRelatedResources: Handler<'cloudformation', 'ListResourceScanRelatedResources'> = (
  input,
  ctx,
) => {
  const { id: scanId } = endedScan(input.ResourceScanId, ctx);
  const named = input.Resources.map((one) => ({ scanId, type: one.ResourceType, id: idOf(one.ResourceIdentifier) }));
  const given = named.flatMap((key) => ctx.store.get(scanned, key) ?? []);
  const names = new Set(given.map(({ type, id }) => `${type} ${id}`));
  const parsed = given.map(({ id, properties }) => ({ id, properties: JSON.parse(properties) as unknown }));
  const rows = page(scanId, input.NextToken, ctx).filter(({ type, id, properties: text }) => {
    if (names.has(`${type} ${id}`)) return false;
    const properties: unknown = JSON.parse(text);
    return parsed.some((one) => refersTo(properties, one.id) || refersTo(one.properties, id));
  });
  const found = rows.slice(0, input.MaxResults ?? STACKS_LISTED_MAX);
  return { RelatedResources: found.map(told), ...nextOf(rows, found) };
};

/** By its identifier, or by an ARN that ends with it. */
function refersTo(properties: unknown, id: string): boolean {
  if (id.includes(':')) return mentions(properties, id);
  const ends = (value: unknown): boolean => {
    if (typeof value === 'string')
      return value.startsWith('arn:') && (value.endsWith(`/${id}`) || value.endsWith(`:${id}`));
    return value !== null && typeof value === 'object' && Object.values(value).some(ends);
  };
  return ends(properties);
}

function page(scanId: string, token: string | undefined, ctx: Ctx): ScannedRow[] {
  const [type, id] = token?.split(' ') ?? [];
  const after = type === undefined || id === undefined ? undefined : { type, id };
  return ctx.store.list(scanned, { where: { scanId }, after });
}

function nextOf(rows: readonly ScannedRow[], found: readonly ScannedRow[]) {
  const last = found.at(-1);
  return rows.length > found.length && last !== undefined ? { NextToken: `${last.type} ${last.id}` } : {};
}
