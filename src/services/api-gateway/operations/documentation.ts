/** Documentation of APIs: its parts, and versions of all of them. */
import { wholeSecond } from '#kernel/base';
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { DocumentationPart, DocumentationPartLocation } from '#models/api-gateway';
import { all, compact, find, findApi, newId, page, save } from '../domain/noun.ts';
import { EXTENSION, listOf, type OpenApi, objectOf } from '../domain/openapi.ts';
import { patched } from '../domain/patch.ts';
import { badRequest, conflict, notFound } from '../errors.ts';
import { documentationParts, documentationVersions, stages } from '../state.ts';
import { readDocument } from './document.ts';

type Api = 'api-gateway';

const TYPES: readonly string[] = [
  'API',
  'AUTHORIZER',
  'MODEL',
  'RESOURCE',
  'METHOD',
  'PATH_PARAMETER',
  'QUERY_PARAMETER',
  'REQUEST_HEADER',
  'REQUEST_BODY',
  'RESPONSE',
  'RESPONSE_HEADER',
  'RESPONSE_BODY',
];

function locationOf(given: DocumentationPartLocation): DocumentationPartLocation {
  const { type, path, method, statusCode, name } = given;
  if (!TYPES.includes(type)) throw badRequest(`Invalid documentation part type: ${type}`);
  // Source of the text: badmintoncryer/cdk-preflight.
  if (type === 'API' && [path, method, statusCode, name].some((one) => one !== undefined))
    throw badRequest('[Location type: API cannot have path, method, statusCode or name defined.]');
  const isPlaced = !['API', 'AUTHORIZER', 'MODEL'].includes(type);
  return compact<DocumentationPartLocation>({
    type,
    path: path ?? (isPlaced ? '/' : undefined),
    method: method ?? (isPlaced && type !== 'RESOURCE' ? '*' : undefined),
    statusCode: statusCode ?? (type.startsWith('RESPONSE') ? '*' : undefined),
    name,
  });
}

const isSame = (a: DocumentationPartLocation | undefined, b: DocumentationPartLocation | undefined) =>
  ['type', 'path', 'method', 'statusCode', 'name'].every((key) => a?.[key as 'path'] === b?.[key as 'path']);

function checkProperties(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('Invalid documentation part properties: they are no JSON');
  }
  if (Object.keys(objectOf(value)).length === 0)
    throw badRequest('Documentation part properties must be a non-empty object');
}

export const createDocumentationPart: Handler<Api, 'CreateDocumentationPart'> = (
  { restApiId, location, properties },
  ctx,
) => {
  findApi(ctx, restApiId);
  checkProperties(properties);
  const placed = locationOf(location);
  if (all(documentationParts, ctx, restApiId).some((one) => isSame(one.location, placed)))
    throw conflict('Documentation part already exists for the specified location');
  const id = newId(ctx, 6);
  return save(documentationParts, ctx, restApiId, id, { id, location: placed, properties });
};

/** Source: API Gateway API Reference, ImportDocumentationParts. */
export const importDocumentationParts: Handler<Api, 'ImportDocumentationParts'> = ({ restApiId, mode, body }, ctx) => {
  findApi(ctx, restApiId);
  return { ids: importParts(ctx, restApiId, readDocument(body), mode !== 'overwrite'), warnings: [] };
};

/** Keeps the parts of a document's `x-amazon-apigateway-documentation`, and gives their ids. In a transaction. */
export function importParts(ctx: Ctx, api: string, { root }: OpenApi, isMerge: boolean): string[] {
  const { documentationParts: given } = objectOf(root[`${EXTENSION}documentation`]);
  const known = all(documentationParts, ctx, api);
  if (!isMerge) for (const { id = '' } of known) ctx.store.delete(documentationParts, { owner: api, id });
  return listOf(given).map((one) => {
    const { location, properties } = objectOf(one);
    const placed = locationOf(objectOf(location) as DocumentationPartLocation);
    const before = isMerge ? known.find((part) => isSame(part.location, placed)) : undefined;
    // Where parts meet, properties are added to those that are there.
    const both = JSON.stringify({ ...JSON.parse(before?.properties ?? '{}'), ...objectOf(properties) });
    checkProperties(both);
    const id = before?.id ?? newId(ctx, 6);
    save(documentationParts, ctx, api, id, { id, location: placed, properties: both });
    return id;
  });
}

const findPart = (ctx: Ctx, api: string, id: string): DocumentationPart => {
  findApi(ctx, api);
  return find(documentationParts, 'Documentation part', ctx, api, id);
};

export const getDocumentationPart: Handler<Api, 'GetDocumentationPart'> = ({ restApiId, documentationPartId }, ctx) =>
  findPart(ctx, restApiId, documentationPartId);

export const getDocumentationParts: Handler<Api, 'GetDocumentationParts'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  const { items, position } = page(documentationParts, ctx, input.restApiId, input);
  const fits = ({ location }: DocumentationPart) =>
    (input.type === undefined || location?.type === input.type) &&
    (input.path === undefined || location?.path === input.path) &&
    (input.nameQuery === undefined || location?.name?.includes(input.nameQuery) === true);
  return { items: items.filter(fits), position };
};

export const updateDocumentationPart: Handler<Api, 'UpdateDocumentationPart'> = (
  { restApiId, documentationPartId, patchOperations },
  ctx,
) => {
  const part = patched(findPart(ctx, restApiId, documentationPartId), patchOperations, { '/properties': 'text' });
  checkProperties(part.properties ?? '');
  return save(documentationParts, ctx, restApiId, documentationPartId, part);
};

export const deleteDocumentationPart: Handler<Api, 'DeleteDocumentationPart'> = (
  { restApiId, documentationPartId },
  ctx,
) => {
  findPart(ctx, restApiId, documentationPartId);
  ctx.store.delete(documentationParts, { owner: restApiId, id: documentationPartId });
  return {};
};

export const createDocumentationVersion: Handler<Api, 'CreateDocumentationVersion'> = (input, ctx) => {
  const { restApiId, documentationVersion: version, stageName, description } = input;
  findApi(ctx, restApiId);
  const parts = all(documentationParts, ctx, restApiId);
  if (parts.length === 0) throw badRequest('No documentation parts found: a version needs at least one');
  if (ctx.store.get(documentationVersions, { owner: restApiId, id: version }) !== undefined)
    throw conflict('Documentation version already exists');
  const stage = stageName === undefined ? undefined : find(stages, 'stage', ctx, restApiId, stageName);
  if (stage !== undefined) save(stages, ctx, restApiId, stageName ?? '', { ...stage, documentationVersion: version });
  const value = compact({ version, createdDate: wholeSecond(ctx.now), description, parts });
  return withoutParts(save(documentationVersions, ctx, restApiId, version, value as Version));
};

type Version = { version?: string; createdDate?: number; description?: string; parts: DocumentationPart[] };

function withoutParts({ parts: _, ...shown }: Version) {
  return shown;
}

const findVersion = (ctx: Ctx, api: string, id: string): Version => {
  findApi(ctx, api);
  return (
    ctx.store.get(documentationVersions, { owner: api, id })?.value ??
    raise(notFound('Invalid Documentation version specified'))
  );
};

export const getDocumentationVersion: Handler<Api, 'GetDocumentationVersion'> = (
  { restApiId, documentationVersion },
  ctx,
) => withoutParts(findVersion(ctx, restApiId, documentationVersion));

export const getDocumentationVersions: Handler<Api, 'GetDocumentationVersions'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  const { items, position } = page(documentationVersions, ctx, input.restApiId, input);
  return { items: items.map(withoutParts), position };
};

export const updateDocumentationVersion: Handler<Api, 'UpdateDocumentationVersion'> = (
  { restApiId, documentationVersion, patchOperations },
  ctx,
) => {
  const value = patched(findVersion(ctx, restApiId, documentationVersion), patchOperations, { '/description': 'text' });
  return withoutParts(save(documentationVersions, ctx, restApiId, documentationVersion, value));
};

export const deleteDocumentationVersion: Handler<Api, 'DeleteDocumentationVersion'> = (
  { restApiId, documentationVersion },
  ctx,
) => {
  findVersion(ctx, restApiId, documentationVersion);
  const isUsed = all(stages, ctx, restApiId).some((stage) => stage.documentationVersion === documentationVersion);
  if (isUsed) throw badRequest('Documentation version is used by a stage');
  ctx.store.delete(documentationVersions, { owner: restApiId, id: documentationVersion });
  return {};
};
