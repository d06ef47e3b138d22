/** The paths under which custom domain names lead to REST APIs. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { BasePathMapping } from '#models/api-gateway';
import { findDomain } from '../domain/custom-domain.ts';
import { isMappingPath, keepMapping, NO_PATH } from '../domain/mapping.ts';
import { compact, decodePosition, newId, pageLimit, positionOf } from '../domain/noun.ts';
import { patched } from '../domain/patch.ts';
import { badRequest, unknown } from '../errors.ts';
import { apis, type MappingRow, mappings, stages } from '../state.ts';

type Api = 'api-gateway';

const shown = ({ id, api, stage }: MappingRow): BasePathMapping =>
  compact<BasePathMapping>({ basePath: id, restApiId: api, stage });

/** @throws {ServiceError} BadRequestException */
function checkTarget(ctx: Ctx, { api, stage = '' }: MappingRow): void {
  if (ctx.store.get(apis, { owner: '', id: api }) === undefined)
    throw badRequest('Invalid REST API identifier specified');
  if (stage !== '' && ctx.store.get(stages, { owner: api, id: stage }) === undefined)
    throw badRequest('Invalid stage identifier specified');
}

/** @throws {ServiceError} BadRequestException */
function basePathOf(given: string | undefined): string {
  const path = given === undefined || given === '' ? NO_PATH : given;
  if (path.includes('/'))
    throw badRequest(
      "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.",
    );
  if (isMappingPath(path)) return path;
  throw badRequest("Base path must contain only letters, numbers, and one of $-_.+!*'(),");
}

export const createBasePathMapping: Handler<Api, 'CreateBasePathMapping'> = (
  { domainName, basePath, restApiId, stage },
  ctx,
) => {
  const domain = findDomain(ctx, domainName);
  const id = basePathOf(basePath);
  const row = { owner: domain.domainName ?? '', id, mappingId: newId(ctx, 6), api: restApiId, stage };
  checkTarget(ctx, row);
  keepMapping(domain, row, undefined, ctx);
  return shown(row);
};

const findMapping = (ctx: Ctx, domain: string, path: string): MappingRow => {
  findDomain(ctx, domain);
  const key = { owner: domain.toLowerCase(), id: path === '' ? NO_PATH : path };
  return ctx.store.get(mappings, key) ?? raise(unknown('base path mapping'));
};

export const getBasePathMapping: Handler<Api, 'GetBasePathMapping'> = ({ domainName, basePath }, ctx) =>
  shown(findMapping(ctx, domainName, basePath));

/** Only of REST APIs. */
export const getBasePathMappings: Handler<Api, 'GetBasePathMappings'> = (input, ctx) => {
  findDomain(ctx, input.domainName);
  const limit = pageLimit(input);
  const rows = ctx.store.list(mappings, {
    where: { owner: input.domainName.toLowerCase() },
    ...(input.position !== undefined && { after: { id: decodePosition(input.position) } }),
    limit: limit + 1,
  });
  const items = rows.slice(0, limit).filter(({ api }) => ctx.store.get(apis, { owner: '', id: api }) !== undefined);
  return { items: items.map(shown), ...(rows.length > limit && { position: positionOf(rows[limit - 1]?.id) }) };
};

export const updateBasePathMapping: Handler<Api, 'UpdateBasePathMapping'> = (
  { domainName, basePath, patchOperations },
  ctx,
) => {
  const before = findMapping(ctx, domainName, basePath);
  const {
    basePath: path,
    restapiId,
    stage,
  } = patched(
    { basePath: before.id, restapiId: before.api, stage: before.stage } as { [name: string]: string | undefined },
    patchOperations,
    { '/basePath': 'text', '/stage': 'text', '/restapiId': 'text' },
  );
  const id = path === before.id ? path : basePathOf(path);
  const row: MappingRow = { ...before, id, api: restapiId ?? '', stage };
  checkTarget(ctx, row);
  keepMapping(findDomain(ctx, domainName), row, before, ctx);
  return shown(row);
};

export const deleteBasePathMapping: Handler<Api, 'DeleteBasePathMapping'> = ({ domainName, basePath }, ctx) => {
  ctx.store.delete(mappings, findMapping(ctx, domainName, basePath));
  return {};
};
