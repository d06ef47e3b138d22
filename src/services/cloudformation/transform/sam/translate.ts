/**
 * AWS::Serverless-2016-10-31: SAM's resources as those of CloudFormation, under the names that AWS gives them.
 *
 * @see SAM Developer Guide, "AWS SAM specification", "Generated AWS CloudFormation resources"
 */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { httpApi, restApi, routesOf } from './api.ts';
import { hashed, invalidSam, locationOf, type Resources } from './common.ts';
import { functionResources } from './function.ts';

const PREFIX = 'AWS::Serverless::';
const GLOBALS = ['Function', 'Api', 'HttpApi', 'SimpleTable', 'LayerVersion'];

/** @throws {ServiceError} ValidationError */
export function translate(template: JsonObject): JsonObject {
  const { Globals = {}, Resources: given = {}, ...rest } = template;
  const unknown = Object.keys((Globals ?? {}) as JsonObject).filter((name) => !GLOBALS.includes(name));
  if (unknown.length > 0)
    throw invalidSam('Globals', `'Globals' section of ${unknown[0]} is not built in Cloudyard yet`);
  const declared = withGlobals(given as Resources, (Globals ?? {}) as JsonObject);
  let made: Resources = {};
  for (const [id, resource] of Object.entries(declared))
    if (!String(resource.Type).startsWith(PREFIX)) made[id] = resource;
  const [rest1, rest2] = [routesOf('Api', declared), routesOf('HttpApi', declared)];
  const renamed = new Map<string, string>();
  for (const [id, resource] of Object.entries(declared)) {
    const kind = String(resource.Type);
    if (!kind.startsWith(PREFIX)) continue;
    switch (kind.slice(PREFIX.length)) {
      case 'Function':
        made = { ...made, ...functionResources(id, resource, made) };
        break;
      case 'SimpleTable':
        made[id] = simpleTable(resource);
        break;
      case 'LayerVersion': {
        const layer = layerVersion(id, resource);
        renamed.set(id, layer.name);
        made[layer.name] = layer.resource;
        break;
      }
      case 'Api':
        made = { ...made, ...restApi(id, resource, rest1.get(id) ?? []) };
        break;
      case 'HttpApi':
        made = { ...made, ...httpApi(id, resource, rest2.get(id) ?? []) };
        break;
      default:
        throw invalidSam(id, `Resources of type ${kind} are not built in Cloudyard yet.`);
    }
  }
  // What nobody declared has what all of its kind share, too.
  const shared = (kind: string) => ({ ...((Globals as JsonObject)?.[kind] as JsonObject | undefined) });
  for (const [api, routes] of rest1)
    if (declared[api] === undefined)
      made = { ...made, ...restApi(api, { Properties: { ...shared('Api'), StageName: 'Prod' } }, routes) };
  for (const [api, routes] of rest2)
    if (declared[api] === undefined) made = { ...made, ...httpApi(api, { Properties: shared('HttpApi') }, routes) };
  return referring({ ...rest, Resources: made }, declared, renamed) as JsonObject;
}

/** Properties that all resources of a kind share: objects are joined, lists put together, the resource's own wins. */
function withGlobals(resources: Resources, globals: JsonObject): Resources {
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => {
      const kind = String(resource.Type ?? '');
      const shared = kind.startsWith(PREFIX) ? globals[kind.slice(PREFIX.length)] : undefined;
      if (shared === undefined) return [id, resource];
      return [id, { ...resource, Properties: joined(shared, resource.Properties ?? {}) }];
    }),
  );
}

function joined(shared: Json, own: Json): Json {
  if (Array.isArray(shared) && Array.isArray(own)) return [...shared, ...own];
  const areObjects = [shared, own].every((one) => one !== null && typeof one === 'object' && !Array.isArray(one));
  if (!areObjects) return own;
  const [a, b] = [shared as JsonObject, own as JsonObject];
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(
    [...names].map((name): [string, Json] => {
      const [left, right] = [a[name], b[name]];
      return [name, left === undefined ? (right ?? null) : right === undefined ? left : joined(left, right)];
    }),
  );
}

function simpleTable({ Type: _, Properties, ...attributes }: JsonObject): JsonObject {
  const { PrimaryKey, ProvisionedThroughput, Tags, ...rest } = (Properties ?? {}) as JsonObject;
  const { Name = 'id', Type: type = 'String' } = (PrimaryKey ?? {}) as JsonObject;
  const letter = { String: 'S', Number: 'N', Binary: 'B' }[String(type)] ?? type;
  return {
    ...attributes,
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      ...rest,
      AttributeDefinitions: [{ AttributeName: Name, AttributeType: letter }],
      KeySchema: [{ AttributeName: Name, KeyType: 'HASH' }],
      ...(ProvisionedThroughput === undefined ? { BillingMode: 'PAY_PER_REQUEST' } : { ProvisionedThroughput }),
      ...(Tags !== undefined && { Tags: Object.entries(Tags as JsonObject).map(([Key, Value]) => ({ Key, Value })) }),
    },
  };
}

/** Another content is another layer: its logical id ends in the content's hash. */
function layerVersion(id: string, { Type: _, Properties, ...attributes }: JsonObject) {
  const { ContentUri = null, RetentionPolicy = 'Retain', LayerName, ...rest } = (Properties ?? {}) as JsonObject;
  const Content = locationOf(id, ContentUri);
  const resource: JsonObject = {
    ...attributes,
    Type: 'AWS::Lambda::LayerVersion',
    DeletionPolicy: RetentionPolicy,
    Properties: { ...rest, LayerName: LayerName ?? id, Content },
  };
  return { name: `${id}${hashed(resource)}`, resource };
}

/** References to what SAM has made: `Function.Alias`, `Function.Version`, a layer by the name it was declared by. */
function referring(value: Json, declared: Resources, renamed: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((item) => referring(item, declared, renamed));
  if (value === null || typeof value !== 'object') return value;
  const { Ref: ref } = value;
  if (typeof ref === 'string' && Object.keys(value).length === 1) {
    const [name = '', part] = ref.split('.');
    const alias = ((declared[name]?.Properties ?? {}) as JsonObject).AutoPublishAlias;
    if (part === 'Alias' && typeof alias === 'string') return { Ref: `${name}Alias${alias}` };
    return { Ref: renamed.get(ref) ?? ref };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, referring(member, declared, renamed)]),
  );
}
