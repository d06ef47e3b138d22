/** API keys. */
import { wholeSecond } from '#kernel/base';
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { ApiKey } from '#models/api-gateway';
import { compact, find, newId, page, save } from '../domain/noun.ts';
import { patched } from '../domain/patch.ts';
import { badRequest, conflict } from '../errors.ts';
import { KEY_LENGTH_MAX, KEY_LENGTH_MIN } from '../limits.ts';
import { keys, keyValues, planKeys, plans, stages } from '../state.ts';

type Api = 'api-gateway';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Stages of keys are only shown: on AWS, too, usage plans have said since 2016 where a key is good. Source: GetAccount, `features`. */
export const createApiKey: Handler<Api, 'CreateApiKey'> = (input, ctx) => {
  // Terraform gives an empty one where it wants one made.
  const value = input.value || ctx.random.text(40, LETTERS);
  const id = input.generateDistinctId === false ? value : newId(ctx);
  if (value.length < KEY_LENGTH_MIN || value.length > KEY_LENGTH_MAX)
    throw badRequest(
      value.length < KEY_LENGTH_MIN
        ? `API Key value should be at least ${KEY_LENGTH_MIN} characters`
        : `API Key value should be at most ${KEY_LENGTH_MAX} characters`,
    );
  if (ctx.store.get(keyValues, { value }) !== undefined) throw conflict('API Key already exists');
  const key = compact<ApiKey>({
    id,
    value,
    name: input.name,
    customerId: input.customerId,
    description: input.description,
    enabled: input.enabled ?? false,
    createdDate: wholeSecond(ctx.now),
    lastUpdatedDate: wholeSecond(ctx.now),
    stageKeys: (input.stageKeys ?? []).map(({ restApiId, stageName }) => `${restApiId}/${stageName}`),
    tags: input.tags,
  });
  ctx.store.put(keyValues, { value, key: id });
  return save(keys, ctx, '', id, key);
};

/** @throws {ServiceError} NotFoundException */
export function findKey(ctx: Ctx, id: string): ApiKey {
  return find(keys, 'API Key', ctx, '', id);
}

function shown(key: ApiKey, withValue: boolean | undefined): ApiKey {
  const { value: _, ...rest } = key;
  return withValue === true ? key : rest;
}

export const getApiKey: Handler<Api, 'GetApiKey'> = ({ apiKey, includeValue }, ctx) =>
  shown(findKey(ctx, apiKey), includeValue);

export const getApiKeys: Handler<Api, 'GetApiKeys'> = (input, ctx) => {
  const { items, position } = page(keys, ctx, '', input);
  const fits = ({ name = '', customerId }: ApiKey) =>
    (input.nameQuery === undefined || name.startsWith(input.nameQuery)) &&
    (input.customerId === undefined || customerId === input.customerId);
  return { items: items.filter(fits).map((key) => shown(key, input.includeValues)), position };
};

export const updateApiKey: Handler<Api, 'UpdateApiKey'> = ({ apiKey, patchOperations }, ctx) => {
  const before = findKey(ctx, apiKey);
  const key = patched({ ...before, stages: before.stageKeys ?? [] }, patchOperations, {
    '/name': 'text',
    '/description': 'text',
    '/enabled': 'boolean',
    '/customerId': 'text',
    '/stages': 'list',
  });
  const { stages: stageKeys, ...rest } = key;
  for (const one of stageKeys.filter((name) => before.stageKeys?.includes(name) !== true)) checkStage(ctx, one);
  return shown(save(keys, ctx, '', apiKey, { ...rest, stageKeys, lastUpdatedDate: wholeSecond(ctx.now) }), false);
};

/** `<api>/<stage>`. */
function checkStage(ctx: Ctx, name: string): void {
  const [owner = '', id = ''] = name.split('/');
  if (ctx.store.get(stages, { owner, id }) === undefined)
    throw badRequest(`Invalid stage identifier specified: ${name}`);
}

export const deleteApiKey: Handler<Api, 'DeleteApiKey'> = ({ apiKey }, ctx) => {
  const { value = '' } = findKey(ctx, apiKey);
  for (const { plan } of ctx.store.list(planKeys, { index: 'byKey', where: { key: apiKey } }))
    ctx.store.delete(planKeys, { plan, key: apiKey });
  ctx.store.delete(keyValues, { value });
  ctx.store.delete(keys, { owner: '', id: apiKey });
  return {};
};

type Imported = { name: string; key: string; description: string; enabled: boolean; usageplanids: string[] };

/** Keys of a file; columns that are not known are left out. Source: API Gateway Developer Guide, "API Gateway API key file format". */
function importedKeys(text: string): Imported[] {
  const [head = '', ...lines] = text.trim().split(/\r?\n/);
  const columns = head.split(',').map((name) => name.trim().toLowerCase());
  if (!columns.includes('key') || !columns.includes('name'))
    throw badRequest('Invalid format for the API key file: the header must name key and name');
  return lines.map((line) => {
    const cells = [...line.matchAll(/\s*("(?:[^"]|"")*"|'[^']*'|[^,]*)(?:,|$)/g)].map(([, cell = '']) =>
      cell
        .trim()
        .replace(/^(["'])(.*)\1$/s, '$2')
        .replaceAll('""', '"')
        .trim(),
    );
    const cell = (name: string) => cells[columns.indexOf(name)] ?? '';
    return {
      name: cell('name'),
      key: cell('key') || raise(badRequest('Invalid format for the API key file: a key is missing')),
      description: cell('description'),
      enabled: cell('enabled').toLowerCase() !== 'false',
      usageplanids: cell('usageplanids')
        .split(/[;,\s]+/)
        .filter((one) => one !== ''),
    };
  });
}

/** The key of a value is overwritten by one that is imported again. */
export const importApiKeys: Handler<Api, 'ImportApiKeys'> = ({ body, failOnWarnings }, ctx) => {
  const ids: string[] = [];
  const warnings: string[] = [];
  for (const { key: value, usageplanids, ...given } of importedKeys(Buffer.from(body).toString('utf8'))) {
    const known = ctx.store.get(keyValues, { value })?.key;
    const id =
      known === undefined
        ? ((createApiKey({ ...given, value }, ctx) as ApiKey).id ?? '')
        : (save(keys, ctx, '', known, { ...findKey(ctx, known), ...given, lastUpdatedDate: wholeSecond(ctx.now) }).id ??
          '');
    ids.push(id);
    for (const plan of usageplanids)
      if (ctx.store.get(plans, { owner: '', id: plan }) === undefined)
        warnings.push(`Invalid Usage Plan ID specified: ${plan}`);
      else ctx.store.put(planKeys, { plan, key: id });
  }
  if (failOnWarnings === true && warnings.length > 0) throw badRequest(warnings.join('; '));
  return { ids, warnings };
};
