/** Resources: the paths of an API. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { Resource } from '#models/api-gateway';
import { all, find, findApi, newId, page, save } from '../domain/noun.ts';
import { patched } from '../domain/patch.ts';
import { badRequest, conflict, limitExceeded } from '../errors.ts';
import { RESOURCES_MAX } from '../limits.ts';
import { resources } from '../state.ts';

type Api = 'api-gateway';

const PART = /^(?:[a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._-]+\+?\})$/;

/** A resource of an API. @throws {ServiceError} NotFoundException */
export function findResource(ctx: Ctx, api: string, id: string): Resource {
  findApi(ctx, api);
  return find(resources, 'Resource', ctx, api, id);
}

export const createResource: Handler<Api, 'CreateResource'> = ({ restApiId, parentId, pathPart }, ctx) =>
  addResource(ctx, restApiId, parentId, pathPart);

/** Adds a path under another. In a transaction. */
export function addResource(ctx: Ctx, api: string, parentId: string, pathPart: string): Resource {
  const parent = findResource(ctx, api, parentId);
  const others = all(resources, ctx, api);
  if (others.length >= RESOURCES_MAX + 1)
    throw limitExceeded(
      `Maximum number of resources for this API has been reached. Please contact AWS if you need additional resources.`,
    );
  checkPart(parent, pathPart, others);
  const id = newId(ctx, 6);
  return save(resources, ctx, api, id, { id, parentId, pathPart, path: pathUnder(parent, pathPart) });
}

function pathUnder({ path = '/' }: Resource, part: string): string {
  return path === '/' ? `/${part}` : `${path}/${part}`;
}

function checkPart(parent: Resource, part: string, others: readonly Resource[]): void {
  if (!PART.test(part))
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    );
  if (parent.pathPart?.endsWith('+}') === true)
    throw badRequest(`Cannot create a child of a resource with a greedy path variable: ${parent.pathPart}`);
  const siblings = others.filter(({ parentId }) => parentId === parent.id);
  if (siblings.some(({ pathPart }) => pathPart === part))
    throw conflict(`Another resource with the same parent already has this name: ${part}`);
  const variable = siblings.find(
    ({ pathPart = '' }) => isVariable(pathPart) && isVariable(part) && pathPart.endsWith('+}') === part.endsWith('+}'),
  );
  if (variable !== undefined)
    throw badRequest(
      `A sibling (${variable.pathPart}) of this resource already has a variable path part -- only one is allowed`,
    );
}

function isVariable(part: string): boolean {
  return part.startsWith('{');
}

/** Methods are shown in full only where that is asked for. */
function shown(resource: Resource, embed: readonly string[] | undefined): Resource {
  if (resource.resourceMethods === undefined || embed?.includes('methods') === true) return resource;
  const names = Object.keys(resource.resourceMethods).map((name) => [name, {}]);
  return { ...resource, resourceMethods: Object.fromEntries(names) };
}

export const getResource: Handler<Api, 'GetResource'> = ({ restApiId, resourceId, embed }, ctx) =>
  shown(findResource(ctx, restApiId, resourceId), embed);

export const getResources: Handler<Api, 'GetResources'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  const { items, position } = page(resources, ctx, input.restApiId, input);
  return { items: items.map((one) => shown(one, input.embed)), position };
};

export const updateResource: Handler<Api, 'UpdateResource'> = ({ restApiId, resourceId, patchOperations }, ctx) => {
  const before = findResource(ctx, restApiId, resourceId);
  const value = patched(before, patchOperations, { '/parentId': 'text', '/pathPart': 'text' });
  if (before.parentId === undefined) throw badRequest('Invalid patch path: the root resource cannot be changed');
  const parent = findResource(ctx, restApiId, value.parentId ?? raise(badRequest('Invalid parent')));
  const others = all(resources, ctx, restApiId);
  if (isUnder(others, parent.id ?? '', resourceId)) throw badRequest('A resource cannot be moved beneath itself');
  checkPart(
    parent,
    value.pathPart ?? '',
    others.filter(({ id }) => id !== resourceId),
  );
  place(ctx, restApiId, { ...value, path: pathUnder(parent, value.pathPart ?? '') }, others);
  return shown(findResource(ctx, restApiId, resourceId), undefined);
};

function isUnder(others: readonly Resource[], id: string, above: string): boolean {
  for (let next: string | undefined = id; next !== undefined; next = others.find((one) => one.id === next)?.parentId)
    if (next === above) return true;
  return false;
}

/** Keeps a resource at its path, and those under it at theirs. */
function place(ctx: Ctx, api: string, resource: Resource, others: readonly Resource[]): void {
  save(resources, ctx, api, resource.id ?? '', resource);
  for (const child of others.filter(({ parentId }) => parentId === resource.id))
    place(ctx, api, { ...child, path: pathUnder(resource, child.pathPart ?? '') }, others);
}

export const deleteResource: Handler<Api, 'DeleteResource'> = ({ restApiId, resourceId }, ctx) => {
  const resource = findResource(ctx, restApiId, resourceId);
  if (resource.parentId === undefined) throw badRequest('Root resource cannot be deleted');
  remove(ctx, restApiId, resourceId, all(resources, ctx, restApiId));
  return {};
};

function remove(ctx: Ctx, api: string, id: string, others: readonly Resource[]): void {
  for (const child of others) if (child.parentId === id) remove(ctx, api, child.id ?? '', others);
  ctx.store.delete(resources, { owner: api, id });
}
