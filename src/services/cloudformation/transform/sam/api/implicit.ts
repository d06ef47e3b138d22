/** APIs that nobody declares: events that name no API imply one. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { expectMap, expectPresent, expectText, ofEvent, ofResource } from '../expect.ts';
import { DocumentFault, documentFault, EventFault, eventFault, resourceFault, type SamFault } from '../faults.ts';
import type { Resources } from '../made.ts';
import { combined, conditional, isGiven, isMap, type Maybe, mapOf, memberOf, ref } from '../values.ts';
import {
  ANY_METHOD,
  addPath,
  DEFAULT_PATH,
  emptyOpenApi,
  emptySwagger,
  isOpenApi,
  isSwagger,
  pathsOf,
} from './document.ts';

type Kind = {
  event: 'Api' | 'HttpApi';
  type: string;
  id: string;
  reference: 'RestApiId' | 'ApiId';
  isDocument(value: Maybe): value is JsonObject;
  declared(): JsonObject;
};

const REST: Kind = {
  event: 'Api',
  type: 'AWS::Serverless::Api',
  id: 'ServerlessRestApi',
  reference: 'RestApiId',
  isDocument: isSwagger,
  declared: () => ({
    Type: 'AWS::Serverless::Api',
    Properties: { StageName: 'Prod', DefinitionBody: emptySwagger(), __MANAGE_SWAGGER: true },
  }),
};
const HTTP: Kind = {
  event: 'HttpApi',
  type: 'AWS::Serverless::HttpApi',
  id: 'ServerlessHttpApi',
  reference: 'ApiId',
  isDocument: isOpenApi,
  declared: () => ({
    Type: 'AWS::Serverless::HttpApi',
    Properties: { DefinitionBody: emptyOpenApi(), __MANAGE_SWAGGER: true },
  }),
};

/** Conditions of methods by API, path and method, and the policies of their functions. */
type Seen = { conditions: Map<string, Map<string, Map<string, Maybe>>>; deletions: Maybe[]; replacements: Maybe[] };

/** APIs that are declared without a document have one that SAM writes. */
export function startDocuments(resources: Resources): void {
  for (const resource of Object.values(resources)) {
    const properties = mapOf(resource.Properties);
    if (resource.Type !== REST.type && resource.Type !== HTTP.type) continue;
    if (isGiven(properties.DefinitionBody) || isGiven(properties.DefinitionUri)) continue;
    properties.DefinitionBody = resource.Type === REST.type ? emptySwagger() : emptyOpenApi();
    properties.__MANAGE_SWAGGER = true;
    resource.Properties = properties;
  }
}

/** @throws {DocumentFault} */
export function implyApis(template: JsonObject): void {
  for (const kind of [REST, HTTP]) imply(kind, template);
}

function imply(kind: Kind, template: JsonObject): void {
  const resources = template.Resources as Resources;
  const before = structuredClone(resources[kind.id]);
  resources[kind.id] = kind.declared();
  const faults: SamFault[] = [];
  const seen: Seen = { conditions: new Map(), deletions: [], replacements: [] };
  for (const [id, resource] of Object.entries(resources)) {
    if (resource.Type !== 'AWS::Serverless::Function' && resource.Type !== 'AWS::Serverless::StateMachine') continue;
    if (isGiven(resource.Condition) && typeof resource.Condition !== 'string')
      throw documentFault('Every Condition member must be a string.');
    try {
      readEvents(kind, resource, template, seen);
    } catch (error) {
      if (!(error instanceof EventFault)) throw error;
      faults.push(resourceFault(id, error.message));
    }
  }
  const api = resources[kind.id] ?? {};
  passConditions(kind, api, template, seen);
  passPolicies(api, seen);
  conditionPaths(kind, template, seen);
  if (pathsOf(mapOf(mapOf(api.Properties).DefinitionBody)).length === 0) {
    if (before === undefined) delete resources[kind.id];
    else resources[kind.id] = before;
  }
  if (faults.length > 0) throw new DocumentFault(faults);
}

function readEvents(kind: Kind, resource: JsonObject, template: JsonObject, seen: Seen): void {
  const resources = template.Resources as Resources;
  for (const [name, event] of Object.entries(mapOf(mapOf(resource.Properties).Events))) {
    if (!isMap(event) || event.Type !== kind.event) continue;
    const declared = event.Properties ?? {};
    if (kind === REST && !isGiven(declared)) continue;
    const given = expectMap(declared, ofEvent(name, ''), 'Properties should be a map.');
    event.Properties = given;
    passTags(kind, given, resource, template);
    if (!(kind.reference in given)) given[kind.reference] = ref(kind.id);
    if (kind === HTTP && !isGiven(given.Path) && !isGiven(given.Method)) {
      given.Path = DEFAULT_PATH;
      given.Method = ANY_METHOD;
    }
    const { api, path, method } = routeOf(kind, name, given);
    const paths = seen.conditions.get(api) ?? new Map<string, Map<string, Maybe>>();
    seen.conditions.set(api, paths);
    paths.set(path, (paths.get(path) ?? new Map<string, Maybe>()).set(method, resource.Condition));
    if (api === kind.id) {
      seen.deletions.push(resource.DeletionPolicy);
      seen.replacements.push(resource.UpdateReplacePolicy);
    }
    addRoute(kind, name, given, resources);
    if (kind === HTTP && 'RouteSettings' in given) addSettings(name, api, given, resource.Condition, resources);
  }
}

/** The API that an event is of, as it names it. */
export function apiOf(reference: Maybe): Maybe {
  return isMap(reference) && 'Ref' in reference ? reference.Ref : reference;
}

function routeOf({ reference }: Kind, name: string, given: JsonObject) {
  for (const property of ['Path', 'Method']) expectPresent(given[property], ofEvent(name, property));
  return {
    api: expectText(apiOf(given[reference]), ofEvent(name, reference)),
    path: expectText(given.Path, ofEvent(name, 'Path')),
    method: expectText(given.Method, ofEvent(name, 'Method')),
  };
}

function passTags({ reference, id }: Kind, given: JsonObject, resource: JsonObject, template: JsonObject): void {
  if (reference in given) return;
  const properties = mapOf(resource.Properties);
  const section = String(resource.Type).slice('AWS::Serverless::'.length);
  const shared = mapOf(mapOf(template.Globals)[section]);
  const tags = isGiven(properties.Tags) ? properties.Tags : shared.Tags;
  if (!isGiven(tags) || !(isGiven(properties.PropagateTags) || isGiven(shared.PropagateTags))) return;
  const api = mapOf(mapOf((template.Resources as Resources)[id]).Properties);
  api.Tags = { ...mapOf(api.Tags), ...mapOf(tags) };
  api.PropagateTags = true;
}

function addRoute({ reference, type, isDocument }: Kind, name: string, given: JsonObject, resources: Resources): void {
  const api = memberOf(resources, String(apiOf(given[reference])));
  const isOther = type === REST.type ? mapOf(api).Type === HTTP.type : false;
  if (api === undefined || isOther)
    throw eventFault(name, `${reference} must be a valid reference to an '${type}' resource in same template.`);
  const { DefinitionBody, __MANAGE_SWAGGER: isOurs } = mapOf(mapOf(api).Properties);
  if (isDocument(DefinitionBody) && isGiven(isOurs)) addPath(DefinitionBody, String(given.Path), String(given.Method));
}

function addSettings(name: string, api: string, given: JsonObject, condition: Maybe, resources: Resources): void {
  const { Path, Method } = given;
  const route = Method === ANY_METHOD ? String(Path) : `${String(Method).toUpperCase()} ${String(Path)}`;
  const properties = mapOf(mapOf(resources[api]).Properties);
  const settings = expectMap(properties.RouteSettings ?? {}, ofResource(api, 'RouteSettings'));
  const own = given.RouteSettings ?? {};
  const wanted = expectMap(isGiven(condition) ? conditional(condition, own) : own, ofEvent(name, 'RouteSettings'));
  settings[route] = { ...mapOf(settings[route]), ...wanted };
  properties.RouteSettings = settings;
}

const distinct = (conditions: Iterable<Maybe>): Maybe[] => [...new Set([...conditions].map((one) => one ?? undefined))];

/** The API is there where one of its methods is. */
function passConditions({ id }: Kind, api: JsonObject, template: JsonObject, { conditions }: Seen): void {
  const all = distinct([...(conditions.get(id)?.values() ?? [])].flatMap((methods) => [...methods.values()]));
  if (all.length === 0 || all.includes(undefined)) return;
  if (all.length === 1) api.Condition = all[0] ?? null;
  else api.Condition = addCombined(template, `${id}Condition`, all);
}

function addCombined(template: JsonObject, name: string, conditions: readonly Maybe[]): string {
  const section = mapOf(template.Conditions);
  template.Conditions = section;
  Object.assign(section, combined(conditions.map(String).toSorted(), name));
  return name;
}

/** Of several policies the most careful holds. */
function passPolicies(api: JsonObject, { deletions, replacements }: Seen): void {
  const deletion = ['Retain', 'Delete'].find((policy) => deletions.includes(policy));
  const replacement = ['Retain', 'Snapshot', 'Delete'].find((policy) => replacements.includes(policy));
  if (deletion !== undefined) api.DeletionPolicy = deletion;
  if (replacement !== undefined) api.UpdateReplacePolicy = replacement;
}

/** A path is there where one of its methods is. */
function conditionPaths({ type }: Kind, template: JsonObject, { conditions }: Seen): void {
  for (const [id, api] of Object.entries(template.Resources as Resources)) {
    const { DefinitionBody, __MANAGE_SWAGGER: isOurs } = mapOf(api.Properties);
    if (api.Type !== type || !isGiven(isOurs)) continue;
    const paths = mapOf(mapOf(DefinitionBody).paths);
    for (const path of Object.keys(paths)) {
      const all = distinct(conditions.get(id)?.get(path)?.values() ?? []);
      if (all.length === 0 || all.includes(undefined)) continue;
      const condition: Json = all.length === 1 ? (all[0] ?? null) : addCombined(template, conditionOf(id, path), all);
      paths[path] = conditional(condition, paths[path] ?? null);
    }
  }
}

function conditionOf(id: string, path: string): string {
  return `${id}${path.replaceAll('/', 'SLASH').replaceAll('{', 'OB').replaceAll('}', 'CB')}PathCondition`;
}
