/** Connection groups: where the traffic of tenants arrives. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { ConnectionGroup, Tag } from '#models/cloudfront';
import { checkMatch, findGroup, touch } from '../domain/find.ts';
import { arnOf, newDomain, newEtag, newKsuid } from '../domain/ids.ts';
import { endpointOf } from '../domain/names.ts';
import { pageSize } from '../domain/page.ts';
import { setTags, tagsIfAny } from '../domain/tags.ts';
import * as errors from '../errors.ts';
import { CONNECTION_GROUPS_MAX, DEPLOYMENT } from '../limits.ts';
import { type GroupRow, groups, tags, tenants } from '../state.ts';

const KIND = 'connection-group';
export const NAME = /^[a-zA-Z0-9][a-zA-Z0-9-.]{1,126}[a-zA-Z0-9]$/;

function show(row: GroupRow, ctx: Ctx): ConnectionGroup {
  const arn = arnOf(ctx, KIND, row.id);
  return {
    Id: row.id,
    Name: row.name,
    Arn: arn,
    CreatedTime: row.createdAt,
    LastModifiedTime: row.modifiedAt,
    ...tagsIfAny(arn, ctx),
    Ipv6Enabled: row.ipv6,
    RoutingEndpoint: endpointOf(row),
    Status: statusOf(row, ctx),
    Enabled: row.enabled,
    IsDefault: row.isDefault,
  };
}

/** Whether a change is everywhere. */
export function statusOf({ modifiedAt }: { modifiedAt: number }, { now }: Ctx): string {
  return now < modifiedAt + DEPLOYMENT ? 'InProgress' : 'Deployed';
}

type Given = { name?: string; ipv6: boolean; enabled: boolean; isDefault: boolean };

function makeGroup({ name, ...given }: Given, labels: readonly Tag[], ctx: Ctx): GroupRow {
  const { store, now } = ctx;
  if (store.count(groups) >= CONNECTION_GROUPS_MAX) throw errors.tooManyEntities();
  const id = newKsuid(ctx, 'cg_');
  const row: GroupRow = {
    id,
    name: name ?? `CreatedByCloudFront-${id}`,
    endpoint: newDomain(ctx),
    ...given,
    etag: newEtag(ctx),
    createdAt: now,
    modifiedAt: now,
  };
  if (store.first(groups, { index: 'byName', where: { name: row.name } }) !== undefined) throw errors.entityExists();
  ctx.claim('cloudfront', row.endpoint, id);
  store.put(groups, row);
  setTags(arnOf(ctx, KIND, id), labels, ctx);
  return row;
}

/** The group of tenants for which none is named; made when it is first needed. */
export function defaultGroup(ctx: Ctx): GroupRow {
  return (
    ctx.store.list(groups).find(({ isDefault }) => isDefault) ??
    makeGroup({ ipv6: true, enabled: true, isDefault: true }, [], ctx)
  );
}

/** None can be made here, so there is none. @throws {ServiceError} EntityNotFound */
function refuseList(anycastIpListId: string | undefined): void {
  if (anycastIpListId !== undefined && anycastIpListId !== '') throw errors.noSuchEntity();
}

export const createConnectionGroup: Handler<'cloudfront', 'CreateConnectionGroup'> = (input, ctx) => {
  const { Name: name, Ipv6Enabled: ipv6 = true, Enabled: enabled = true, AnycastIpListId, Tags } = input;
  refuseList(AnycastIpListId);
  if (!NAME.test(name)) throw errors.invalidArgument('The parameter Name is not valid.');
  const row = makeGroup({ name, ipv6, enabled, isDefault: false }, Tags?.Items ?? [], ctx);
  return { ConnectionGroup: show(row, ctx), ETag: row.etag };
};

export const getConnectionGroup: Handler<'cloudfront', 'GetConnectionGroup'> = ({ Identifier }, ctx) => {
  const row = findGroup(Identifier, ctx);
  return { ConnectionGroup: show(row, ctx), ETag: row.etag };
};

export const getConnectionGroupByRoutingEndpoint: Handler<'cloudfront', 'GetConnectionGroupByRoutingEndpoint'> = (
  { RoutingEndpoint },
  ctx,
) => {
  const [, endpoint = ''] = /^(\w+)\.cloudfront\.net$/.exec(RoutingEndpoint) ?? [];
  const row = ctx.store.first(groups, { index: 'byEndpoint', where: { endpoint } }) ?? raise(errors.noSuchEntity());
  return { ConnectionGroup: show(row, ctx), ETag: row.etag };
};

export const updateConnectionGroup: Handler<'cloudfront', 'UpdateConnectionGroup'> = (input, ctx) => {
  const before = findGroup(input.Id, ctx);
  checkMatch(input.IfMatch, before.etag);
  refuseList(input.AnycastIpListId);
  const row: GroupRow = {
    ...before,
    ipv6: input.Ipv6Enabled ?? before.ipv6,
    enabled: input.Enabled ?? before.enabled,
    etag: newEtag(ctx),
    modifiedAt: ctx.now,
  };
  ctx.store.put(groups, row);
  touch(ctx);
  return { ConnectionGroup: show(row, ctx), ETag: row.etag };
};

export const deleteConnectionGroup: Handler<'cloudfront', 'DeleteConnectionGroup'> = ({ Id, IfMatch }, ctx) => {
  const row = findGroup(Id, ctx);
  checkMatch(IfMatch, row.etag);
  if (row.enabled) throw errors.notDisabled();
  const { store } = ctx;
  if (store.first(tenants, { index: 'byGroup', where: { group: row.id } }) !== undefined) throw errors.entityInUse();
  ctx.release('cloudfront', row.endpoint);
  for (const one of store.list(tags, { where: { arn: arnOf(ctx, KIND, row.id) } })) store.delete(tags, one);
  store.delete(groups, row);
  return {};
};

export const listConnectionGroups: Handler<'cloudfront', 'ListConnectionGroups'> = (input, ctx) => {
  const { Marker: id = '', AssociationFilter } = input;
  const size = pageSize(input);
  // No group has such a list here.
  const isNone = AssociationFilter?.AnycastIpListId !== undefined;
  const rows = isNone ? [] : ctx.store.list(groups, { ...(id !== '' && { after: { id } }), limit: size + 1 });
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return {
    ConnectionGroups: shown.map((row) => {
      const { Tags: _, Ipv6Enabled: __, ...summary } = show(row, ctx);
      return { ...(summary as Required<typeof summary>), ETag: row.etag };
    }),
    ...(rows.length > size && last !== undefined && { NextMarker: last.id }),
  };
};
