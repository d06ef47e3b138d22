/** Mappings of custom domain names to stages of APIs of every kind. Source: API Gateway Developer Guide, "Map API stages to a custom domain name for HTTP APIs", "Use API mappings". */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { ApiMapping } from '#models/apigatewayv2';
import {
  findDomain,
  hasRestStage,
  isMappingPath,
  keepMapping,
  type MappingRow,
  mappings,
  mappingsOf,
  NO_PATH,
  newId,
  restApi,
} from '../../api-gateway/port.ts';
import { findApi, pageOf } from '../domain/part.ts';
import { badRequest, conflict, unknown } from '../errors.ts';
import { apis, stages } from '../state.ts';

type V2 = 'apigatewayv2';

const shown = ({ id, mappingId, api, stage = '' }: MappingRow): ApiMapping => ({
  ApiId: api,
  ApiMappingId: mappingId,
  ApiMappingKey: id === NO_PATH ? '' : id,
  Stage: stage,
});

function check(ctx: Ctx, { owner, id, mappingId, api, stage = '' }: MappingRow): void {
  const isRest = restApi(ctx, api) !== undefined;
  if (!isRest) findApi(ctx, api);
  if (isRest ? !hasRestStage(ctx, api, stage) : ctx.store.get(stages, { owner: api, id: stage }) === undefined)
    throw badRequest('Invalid stage identifier specified');
  if (!isMappingPath(id)) throw badRequest('API mapping key should not start or end with a /, nor have empty parts');
  const others = mappingsOf(ctx, owner).filter((one) => one.mappingId !== mappingId);
  if (others.some((one) => one.id === id)) throw conflict('ApiMapping key already exists for this domain name');
  const isSocket = (one: string) => ctx.store.get(apis, { owner: '', id: one })?.value.ProtocolType === 'WEBSOCKET';
  if (others.some((one) => isSocket(one.api) !== isSocket(api)))
    throw badRequest('WebSocket APIs can not be mapped to the same domain name as other APIs.');
}

const pathOf = (key: string | undefined) => key || NO_PATH;

export const createApiMapping: Handler<V2, 'CreateApiMapping'> = (input, ctx) => {
  const domain = findDomain(ctx, input.DomainName);
  const { ApiId: api, Stage: stage } = input;
  const mappingId = newId(ctx, 6);
  const row = { owner: domain.domainName ?? '', id: pathOf(input.ApiMappingKey), mappingId, api, stage };
  check(ctx, row);
  keepMapping(domain, row, undefined, ctx);
  return shown(row);
};

function findMapping(ctx: Ctx, domain: string, mappingId: string): MappingRow {
  const where = { owner: findDomain(ctx, domain).domainName ?? '', mappingId };
  const [row] = ctx.store.list(mappings, { index: 'byMapping', where, limit: 1 });
  return row ?? raise(unknown('ApiMapping', mappingId));
}

export const getApiMapping: Handler<V2, 'GetApiMapping'> = (input, ctx) =>
  shown(findMapping(ctx, input.DomainName, input.ApiMappingId));

export const getApiMappings: Handler<V2, 'GetApiMappings'> = (input, ctx) => {
  const owner = findDomain(ctx, input.DomainName).domainName ?? '';
  const { rows, NextToken } = pageOf(mappings, ctx, owner, input);
  return { Items: rows.map(shown), ...(NextToken !== undefined && { NextToken }) };
};

export const updateApiMapping: Handler<V2, 'UpdateApiMapping'> = (input, ctx) => {
  const before = findMapping(ctx, input.DomainName, input.ApiMappingId);
  const { ApiId: api, Stage: stage = before.stage, ApiMappingKey: key } = input;
  const row = { ...before, api, stage, id: key === undefined ? before.id : pathOf(key) };
  check(ctx, row);
  keepMapping(findDomain(ctx, input.DomainName), row, before, ctx);
  return shown(row);
};

export const deleteApiMapping: Handler<V2, 'DeleteApiMapping'> = (input, ctx) => {
  ctx.store.delete(mappings, findMapping(ctx, input.DomainName, input.ApiMappingId));
  return {};
};
