/** REST APIs. */
import { wholeSecond } from '#kernel/base';
import { type Ctx, type Handler, notBuilt, policyFault } from '#kernel/contract';
import type { CreateRestApiRequest, EndpointConfiguration, PatchOperation, RestApi } from '#models/api-gateway';
import { inFull } from '../domain/api-policy.ts';
import { addDefaults } from '../domain/defaults.ts';
import { isMapped } from '../domain/mapping.ts';
import { all, compact, findApi, newId, page, save } from '../domain/noun.ts';
import { byOperations, type Patchable, patched } from '../domain/patch.ts';
import { checkSecurity } from '../domain/security.ts';
import { badPatchValue, badRequest } from '../errors.ts';
import { apis, deployments, flushes, PARTS, resources, snapshots, stages } from '../state.ts';

type Api = 'api-gateway';

const PATCHABLE: Patchable = {
  '/name': 'text',
  '/description': 'text',
  '/version': 'text',
  '/policy': 'text',
  '/apiKeySource': 'text',
  '/minimumCompressionSize': 'text',
  '/disableExecuteApiEndpoint': 'boolean',
  '/binaryMediaTypes/*': ['list', 'add', 'remove', 'replace'],
  '/endpointConfiguration/types': ['list', 'replace'],
  '/endpointConfiguration/vpcEndpointIds': 'list',
  '/endpointConfiguration/ipAddressType': 'text',
  '/securityPolicy': 'text',
  '/endpointAccessMode': 'text',
};

const COMPRESSION_MAX = 10_485_760;

export const createRestApi: Handler<Api, 'CreateRestApi'> = (input, ctx) => {
  const { cloneFrom, ...given } = input;
  const source = cloneFrom === undefined ? undefined : findApi(ctx, cloneFrom);
  const value = newApi({ ...source, ...given, name: input.name }, ctx);
  if (cloneFrom === undefined) addDefaults(ctx, value);
  else copyParts(ctx, cloneFrom, value, source?.rootResourceId ?? '');
  return shown(value);
};

/** A new API with its root resource and address. In a transaction. */
export function newApi(given: CreateRestApiRequest & Partial<RestApi>, ctx: Ctx): RestApi {
  if (given.name === '') throw badRequest('Name must be given');
  const id = newId(ctx);
  const rootResourceId = newId(ctx);
  const value: RestApi = compact<RestApi>({
    id,
    name: given.name,
    description: given.description,
    version: given.version,
    createdDate: wholeSecond(ctx.now),
    apiKeySource: given.apiKeySource ?? 'HEADER',
    binaryMediaTypes: given.binaryMediaTypes,
    minimumCompressionSize: given.minimumCompressionSize,
    endpointConfiguration: endpointOf(given.endpointConfiguration),
    // Empty for none, as the Serverless Framework's templates say it.
    policy: given.policy ? inFull(given.policy, id, ctx) : undefined,
    tags: given.tags ?? {},
    disableExecuteApiEndpoint: given.disableExecuteApiEndpoint ?? false,
    securityPolicy: given.securityPolicy,
    endpointAccessMode: given.endpointAccessMode,
    rootResourceId,
  });
  checkApi(value);
  save(apis, ctx, '', id, value);
  save(resources, ctx, id, rootResourceId, { id: rootResourceId, path: '/' });
  ctx.claim('execute-api', id, `rest/${id}`);
  return value;
}

/** Source of the texts: badmintoncryer/cdk-preflight. */
function endpointOf(given: EndpointConfiguration | undefined): EndpointConfiguration {
  const types = given?.types ?? ['EDGE'];
  if (!types.every((type) => ['REGIONAL', 'EDGE', 'PRIVATE'].includes(type)))
    throw badRequest('Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE');
  if (!['ipv4', 'dualstack'].includes(given?.ipAddressType ?? 'ipv4'))
    throw badRequest('ipAddressType must be either ipv4 or dualstack.');
  if (types.length > 1) throw badRequest('Cannot create a RestApi with multiple Endpoint Types.');
  if (types.includes('PRIVATE'))
    throw notBuilt('private APIs (endpointConfiguration.types): VPC endpoints are not here');
  if (given?.vpcEndpointIds?.length) throw badRequest('VPCEndpoints can only be specified with PRIVATE apis.');
  return { types, ipAddressType: given?.ipAddressType ?? 'ipv4' };
}

/** @throws {ServiceError} BadRequestException for settings that can't be */
export function checkApi(api: RestApi): void {
  const { policy, minimumCompressionSize: size, binaryMediaTypes = [] } = api;
  // Listeners here speak TLS 1.2 and 1.3. Deviation: clients of earlier versions are not served under TLS_1_0.
  checkSecurity(api, 'TLS_1_0');
  if (policy !== undefined && policyFault(policy, 'resource') !== undefined)
    throw badRequest('Invalid policy document. Please check the policy syntax and ensure that Principals are valid.');
  if (size !== undefined && !(Number.isInteger(size) && size >= 0 && size <= COMPRESSION_MAX))
    throw badRequest('Invalid minimum compression size, must be between 0 and 10485760');
  if (api.apiKeySource !== undefined && !['HEADER', 'AUTHORIZER'].includes(api.apiKeySource))
    throw badPatchValue('/apiKeySource');
  const bad = binaryMediaTypes.find((type) => !/^[^/\s]+\/[^/\s]+$/.test(type));
  if (bad !== undefined) throw badRequest(`${bad} is not a valid media type`);
}

function copyParts(ctx: Ctx, from: string, to: RestApi, oldRoot: string): void {
  const { id = '', rootResourceId = '' } = to;
  for (const table of PARTS) {
    if (table.name === stages.name || table.name === deployments.name) continue;
    for (const row of ctx.store.list(table, { where: { owner: from } as never })) {
      const text = JSON.stringify(row).replaceAll(`"${oldRoot}"`, `"${rootResourceId}"`);
      ctx.store.put(table, { ...JSON.parse(text), owner: id });
    }
  }
}

/** As the API shows it: nothing of what isn't set. */
function shown(value: RestApi): RestApi {
  return {
    ...value,
    ...(value.policy !== undefined && { policy: value.policy.replaceAll('"', '\\"') }),
    ...(value.endpointAccessMode !== undefined && { apiStatus: 'AVAILABLE' as const }),
  };
}

export const getRestApi: Handler<Api, 'GetRestApi'> = ({ restApiId }, ctx) => shown(findApi(ctx, restApiId));

export const getRestApis: Handler<Api, 'GetRestApis'> = (input, ctx) => {
  const { items, position } = page(apis, ctx, '', input);
  return { items: items.map(shown), position };
};

/** An API has one kind of endpoints; a path may name the last one, or its place (`/endpointConfiguration/types/0`), as Terraform does. */
function onTypes(operation: PatchOperation): PatchOperation {
  const path = operation.path?.replace(/^(\/endpointConfiguration\/types)\/[^/]*$/, '$1');
  return path === undefined ? operation : { ...operation, path };
}

/** Compression ends with an empty size. Source: API Gateway Developer Guide, "Enable payload compression"; what Terraform and Chalice send. */
function readSize(value: RestApi): RestApi {
  const { minimumCompressionSize: size } = value;
  return size === undefined ? value : { ...value, minimumCompressionSize: Number(size) };
}

export const updateRestApi: Handler<Api, 'UpdateRestApi'> = ({ restApiId, patchOperations }, ctx) => {
  const value = readSize(patched(findApi(ctx, restApiId), patchOperations?.map(onTypes), PATCHABLE, byOperations));
  if (value.name === undefined) throw badRequest('Name must be given');
  checkApi(value);
  endpointOf(value.endpointConfiguration);
  const policy = value.policy === undefined ? {} : { policy: inFull(value.policy, restApiId, ctx) };
  return shown(save(apis, ctx, '', restApiId, { ...value, ...policy }));
};

export const deleteRestApi: Handler<Api, 'DeleteRestApi'> = ({ restApiId }, ctx) => {
  findApi(ctx, restApiId);
  if (isMapped(ctx, restApiId))
    throw badRequest(
      `Deleting RestApi ${restApiId} failed. Please remove all base path mappings related to the RestApi in your domains.`,
    );
  for (const { id = '' } of all(deployments, ctx, restApiId)) ctx.store.delete(snapshots, { owner: restApiId, id });
  for (const table of PARTS)
    for (const { id } of ctx.store.list(table, { where: { owner: restApiId } as never }))
      ctx.store.delete(table, { owner: restApiId, id });
  for (const row of ctx.store.list(flushes, { where: { api: restApiId } })) ctx.store.delete(flushes, row);
  ctx.store.delete(apis, { owner: '', id: restApiId });
  ctx.release('execute-api', restApiId);
  return {};
};
