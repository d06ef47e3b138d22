/** Condition keys of operations on REST APIs: what each says, and what it changes. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon API Gateway Management". */
import type { ConditionKeys, Ctx } from '#kernel/contract';
import type { PatchOperation } from '#models/api-gateway';
import type { KeptTable } from './domain/kept.ts';
import { type Json, objectOf } from './domain/openapi.ts';
import {
  keysOf,
  patchedTo,
  type Seen,
  seenOfAll,
  seenOfApi,
  seenOfAuthorizer,
  seenOfDocument,
  seenOfDomain,
  seenOfMethod,
  seenOfStage,
} from './domain/seen.ts';
import { apis, authorizers, domains, resources, stages } from './state.ts';

type Input = { readonly [member: string]: unknown };

type Kind = {
  /** What conditions see of one. */
  seen: (value: Json) => Seen;
  /** The one that a request is about; undefined where there is none. */
  find: (input: Input, ctx: Ctx) => object | undefined;
};

const kept =
  (table: KeptTable<object>, owner: string, id: string) =>
  (input: Input, { store }: Ctx): object | undefined =>
    store.get(table, { owner: String(input[owner] ?? ''), id: String(input[id] ?? '') })?.value;

const API: Kind = { seen: seenOfApi, find: kept(apis as KeptTable<object>, '', 'restApiId') };
const STAGE: Kind = { seen: seenOfStage, find: kept(stages as KeptTable<object>, 'restApiId', 'stageName') };
const AUTHORIZER: Kind = {
  seen: seenOfAuthorizer,
  find: kept(authorizers as KeptTable<object>, 'restApiId', 'authorizerId'),
};
const DOMAIN: Kind = { seen: seenOfDomain, find: kept(domains as KeptTable<object>, '', 'domainName') };
const METHOD: Kind = {
  seen: seenOfMethod,
  find: ({ restApiId, resourceId, httpMethod }, { store }) => {
    const key = { owner: String(restApiId), id: String(resourceId) };
    return store.get(resources, key)?.value.resourceMethods?.[String(httpMethod)];
  },
};

const made =
  ({ seen }: Kind) =>
  (input: Input) =>
    keysOf('Request', seen(input));
const there =
  ({ seen, find }: Kind) =>
  (input: Input, ctx: Ctx) =>
    keysOf('Resource', seen(objectOf(find(input, ctx))));
const changed = (kind: Kind) => (input: Input, ctx: Ctx) => ({
  ...there(kind)(input, ctx),
  ...keysOf('Request', kind.seen(patchedTo((input.patchOperations ?? []) as PatchOperation[]))),
});

const imported = ({ body }: Input) => keysOf('Request', seenOfDocument(body as Uint8Array));

/** What is there of an API whose parts a document takes the place of. */
function replaced(input: Input, ctx: Ctx): ConditionKeys {
  const where = { owner: String(input.restApiId) };
  const methods = ctx.store
    .list(resources, { where })
    .flatMap(({ value }) => Object.values(value.resourceMethods ?? {}))
    .map((method) => seenOfMethod(objectOf(method)));
  const known = ctx.store.list(authorizers, { where }).map(({ value }) => seenOfAuthorizer(objectOf(value)));
  return {
    ...there(API)(input, ctx),
    ...keysOf('Resource', { ...seenOfAll(methods), ...seenOfAll(known) }),
    ...imported(input),
  };
}

const SEEN: { readonly [operation: string]: (input: Input, ctx: Ctx) => ConditionKeys } = {
  CreateAuthorizer: made(AUTHORIZER),
  CreateDeployment: ({ stageName }) => keysOf('Request', { StageName: stageName }),
  CreateDomainName: made(DOMAIN),
  CreateRestApi: made(API),
  DeleteAuthorizer: there(AUTHORIZER),
  DeleteDomainName: there(DOMAIN),
  DeleteMethod: there(METHOD),
  DeleteRestApi: there(API),
  DeleteStage: there(STAGE),
  ImportRestApi: imported,
  PutMethod: (input) => made(METHOD)({ apiKeyRequired: false, ...input }),
  PutRestApi: replaced,
  UpdateAuthorizer: changed(AUTHORIZER),
  UpdateDomainName: changed(DOMAIN),
  UpdateMethod: changed(METHOD),
  UpdateRestApi: changed(API),
  UpdateStage: changed(STAGE),
};

/** What conditions see of a call; undefined for operations that have no keys of their own. */
export function conditionsOf(operation: string): ((input: Input, ctx: Ctx) => ConditionKeys) | undefined {
  return SEEN[operation];
}
