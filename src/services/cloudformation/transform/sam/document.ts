/**
 * AWS SAM: resources of AWS::Serverless as those of CloudFormation that they stand for.
 *
 * Source: SAM Developer Guide, "AWS SAM specification" and "Generated CloudFormation resources"; the specification's own repository.
 */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { checkSize } from '../size.ts';
import { HTTP_API_PROPERTIES, httpApiOf } from './api/http-api.ts';
import { implyApis, startDocuments } from './api/implicit.ts';
import { REST_API_PROPERTIES, restApiOf } from './api/rest-api.ts';
import { WEBSOCKET_API_PROPERTIES, websocketApiOf } from './api/websocket-api.ts';
import { APPLICATION_PROPERTIES, applicationOf } from './application.ts';
import { CAPACITY_PROVIDER_PROPERTIES, capacityProviderOf } from './capacity-provider.ts';
import { CONNECTOR_PROPERTIES, connectorOf, detachConnectors } from './connector.ts';
import { keptAttributes } from './events/linked.ts';
import {
  DocumentFault,
  documentFault,
  duplicateId,
  resourceFault,
  SamFault,
  samRefusal,
  transformRefusal,
} from './faults.ts';
import { functionOf } from './function/function.ts';
import { functionNamesOf } from './function/names.ts';
import { FUNCTION_PROPERTIES } from './function/properties.ts';
import { isSamType, mergeGlobals } from './globals.ts';
import { LAYER_VERSION_PROPERTIES, layerVersionOf } from './layer-version.ts';
import { declaration, type Made, passedOn, type Resources } from './made.ts';
import { propertiesOf, type Rules } from './properties.ts';
import { referring } from './resolve.ts';
import type { PolicyArn } from './role.ts';
import type { Declared, Setting } from './setting.ts';
import { SIMPLE_TABLE_PROPERTIES, simpleTableOf } from './simple-table.ts';
import { checkCount } from './size.ts';
import { STATE_MACHINE_PROPERTIES, stateMachineOf } from './state-machine.ts';
import { isGiven, isMap, mapOf } from './values.ts';

type Type = {
  rules: Rules;
  make(declared: Declared, setting: Setting): Made[];
  /** Parts that a template may refer to by `Resource.Part`, by their types. */
  parts?: { readonly [part: string]: string };
};

/** In the order in which they are worked on: events change APIs, and connectors look at all that was made. */
const TYPES: ReadonlyMap<string, Type> = new Map(
  Object.entries<Type>({
    'AWS::Serverless::Function': {
      rules: FUNCTION_PROPERTIES,
      make: functionOf,
      parts: {
        Alias: 'AWS::Lambda::Alias',
        Version: 'AWS::Lambda::Version',
        DestinationTopic: 'AWS::SNS::Topic',
        DestinationQueue: 'AWS::SQS::Queue',
      },
    },
    'AWS::Serverless::StateMachine': { rules: STATE_MACHINE_PROPERTIES, make: stateMachineOf },
    'AWS::Serverless::Api': {
      rules: REST_API_PROPERTIES,
      make: restApiOf,
      parts: {
        Stage: 'AWS::ApiGateway::Stage',
        Deployment: 'AWS::ApiGateway::Deployment',
        DomainName: 'AWS::ApiGateway::DomainName',
        DomainNameV2: 'AWS::ApiGateway::DomainNameV2',
        UsagePlan: 'AWS::ApiGateway::UsagePlan',
        UsagePlanKey: 'AWS::ApiGateway::UsagePlanKey',
        ApiKey: 'AWS::ApiGateway::ApiKey',
      },
    },
    'AWS::Serverless::HttpApi': {
      rules: HTTP_API_PROPERTIES,
      make: httpApiOf,
      parts: { Stage: 'AWS::ApiGatewayV2::Stage', DomainName: 'AWS::ApiGatewayV2::DomainName' },
    },
    'AWS::Serverless::WebSocketApi': {
      rules: WEBSOCKET_API_PROPERTIES,
      make: websocketApiOf,
      parts: { Stage: 'AWS::ApiGatewayV2::Stage', DomainName: 'AWS::ApiGatewayV2::DomainName' },
    },
    'AWS::Serverless::Application': { rules: APPLICATION_PROPERTIES, make: applicationOf },
    'AWS::Serverless::CapacityProvider': { rules: CAPACITY_PROVIDER_PROPERTIES, make: capacityProviderOf },
    'AWS::Serverless::LayerVersion': { rules: LAYER_VERSION_PROPERTIES, make: layerVersionOf },
    'AWS::Serverless::SimpleTable': { rules: SIMPLE_TABLE_PROPERTIES, make: simpleTableOf },
    'AWS::Serverless::Connector': { rules: CONNECTOR_PROPERTIES, make: connectorOf },
  }),
);

/** Types that are worked on one after another, and those between, in the order of the template. */
const FIRST = ['AWS::Serverless::Function', 'AWS::Serverless::StateMachine'];
const APIS = ['AWS::Serverless::Api', 'AWS::Serverless::HttpApi', 'AWS::Serverless::WebSocketApi'];
const LAST = 'AWS::Serverless::Connector';

/** What the translation knows of where and for whom it is done. */
export type Given = {
  parameters: ReadonlyMap<string, Json>;
  partition: string;
  region: string;
  policyArn: PolicyArn;
  seconds: number;
};

/**
 * The template of CloudFormation that a template of SAM stands for.
 *
 * @throws {ServiceError} ValidationError with all that is wrong
 */
export function translateDocument(fragment: JsonObject, given: Given): JsonObject {
  try {
    checkNames(fragment);
    checkCount(fragment);
    return translated(structuredClone(fragment), given);
  } catch (error) {
    if (error instanceof DocumentFault) throw samRefusal(error.causes);
    if (error instanceof SamFault) throw samRefusal([error]);
    // Where the document has a shape that nobody thought of. Source: what AWS answers then.
    if (error instanceof TypeError || error instanceof RangeError)
      throw transformRefusal('Internal transform failure.');
    throw error;
  }
}

/** A name that would lead out of the document, into what all objects have in common. */
const LEADS_OUT = '__proto__';
/** Deviation: SAM knows no such names; only as a resource's or a property's does it refuse them, in words of its own. */
const UNUSABLE = `The name ${LEADS_OUT} can't be used.`;

const isOut = (name: string) => name.toLowerCase() === LEADS_OUT;

function checkNames({ Resources, ...rest }: JsonObject): void {
  if (leadsOut(rest)) throw documentFault(UNUSABLE);
  for (const [id, resource] of Object.entries(mapOf(Resources))) {
    if (isOut(id)) throw resourceFault(id, 'Logical ids must be alphanumeric.');
    const { Type: type, Properties: properties } = mapOf(resource);
    const name = Object.keys(mapOf(properties)).find(isOut);
    if (name !== undefined && isSamType(type))
      throw resourceFault(id, `property ${name} not defined for resource of type ${type}`);
    if (leadsOut(resource)) throw resourceFault(id, UNUSABLE);
  }
}

function leadsOut(value: Json): boolean {
  if (typeof value === 'string') return isOut(value);
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([name, member]) => isOut(name) || leadsOut(member));
}

function translated(template: JsonObject, given: Given): JsonObject {
  checkResources(template);
  const declared = template.Resources as Resources;
  startDocuments(declared);
  implyApis(template);
  mergeGlobals(template);
  const faults: SamFault[] = [];
  detachConnectors(declared, faults);
  const resources = structuredClone(declared);
  const setting = settingOf(template, declared, resources, given);
  const renamed = new Map<string, string>();
  const referable = new Map<string, Map<string, string>>();
  for (const id of orderOf(declared)) {
    try {
      const type = TYPES.get(String(declared[id]?.Type)) as Type;
      const made = type.make(read(id, type, declared), setting);
      addParts(id, type, made, referable);
      delete resources[id];
      place(id, made, declared, resources, renamed, faults);
    } catch (error) {
      if (!(error instanceof SamFault)) throw error;
      faults.push(error);
    }
  }
  if (faults.length > 0) throw new DocumentFault(faults);
  const result: JsonObject = { ...template, Resources: resources };
  if (setting.conditions !== undefined) result.Conditions = setting.conditions;
  checkSize(result);
  renameDependencies(result, renamed);
  referring(result, renamed, referable);
  return result;
}

function checkResources({ Resources }: JsonObject): void {
  if (!isMap(Resources) || !isGiven(Resources)) throw documentFault("'Resources' section is required");
  if (!Object.values(Resources).every(isMap))
    throw documentFault("All 'Resources' must be Objects. If you're using YAML, this may be an indentation issue.");
  for (const [id, resource] of Object.entries(Resources as Resources))
    if (isSamType(resource.Type) && 'Properties' in resource && !isMap(resource.Properties))
      throw resourceFault(id, "Attribute 'Properties' should be a map.");
}

function settingOf(template: JsonObject, declared: Resources, resources: Resources, given: Given): Setting {
  const parameters = new Map(given.parameters);
  for (const [name, parameter] of Object.entries(mapOf(template.Parameters))) {
    const { Default, Type: type } = mapOf(parameter);
    if (!parameters.has(name) && Default !== undefined && !String(type).startsWith('AWS::SSM::'))
      parameters.set(name, Default);
  }
  parameters.set('AWS::Region', given.region).set('AWS::Partition', given.partition);
  const plan = {
    dependsOn: [],
    stages: [],
    keys: [],
    conditions: new Set<string>(),
    hasUnconditional: false,
  };
  return {
    partition: given.partition,
    region: given.region,
    parameters,
    mappings: mapOf(template.Mappings),
    policyArn: given.policyArn,
    declared,
    resources,
    conditions: isMap(template.Conditions) ? template.Conditions : undefined,
    recordSets: new Map(),
    plan,
    functionNames: functionNamesOf(declared, parameters),
    seconds: given.seconds,
  };
}

function orderOf(declared: Resources): string[] {
  const rank = (type: string) => {
    const first = FIRST.indexOf(type);
    if (first !== -1) return first;
    if (APIS.includes(type)) return 2;
    return type === LAST ? 4 : 3;
  };
  return Object.keys(declared)
    .map((id) => ({ id, type: String(declared[id]?.Type) }))
    .filter(({ type }) => TYPES.has(type))
    .toSorted((a, b) => rank(a.type) - rank(b.type))
    .map(({ id }) => id);
}

function read(id: string, { rules }: Type, all: Resources): Declared {
  const resource = all[id] ?? {};
  const given = propertiesOf(id, String(resource.Type), resource, rules);
  const attributes = keptAttributes(resource);
  return { id, given, attributes, passed: passedOn(attributes), dependsOn: resource.DependsOn };
}

function addParts(
  id: string,
  { parts = {} }: Type,
  made: readonly Made[],
  referable: Map<string, Map<string, string>>,
) {
  const byType = new Map(made.map(({ type, id: madeId }) => [type, madeId]));
  const named = Object.entries(parts).flatMap(([part, type]): [string, string][] => {
    const madeId = byType.get(type);
    return madeId === undefined ? [] : [[part, madeId]];
  });
  if (named.length > 0) referable.set(id, new Map(named));
}

/** Types that may take the place of what is declared under their id. */
const IN_PLACE: { readonly [type: string]: readonly string[] } = {
  'AWS::Lambda::Function': ['AWS::Serverless::Function'],
  'AWS::Lambda::LayerVersion': ['AWS::Serverless::LayerVersion'],
  'AWS::Lambda::CapacityProvider': ['AWS::Serverless::CapacityProvider'],
  'AWS::ApiGateway::RestApi': ['AWS::Serverless::Api'],
  'AWS::ApiGatewayV2::Api': ['AWS::Serverless::HttpApi', 'AWS::Serverless::WebSocketApi'],
  'AWS::S3::Bucket': ['AWS::S3::Bucket'],
  'AWS::SNS::Topic': ['AWS::SNS::Topic'],
  'AWS::DynamoDB::Table': ['AWS::Serverless::SimpleTable'],
  'AWS::CloudFormation::Stack': ['AWS::Serverless::Application'],
  'AWS::Cognito::UserPool': ['AWS::Cognito::UserPool'],
  'AWS::ApiGateway::DomainName': ['AWS::ApiGateway::DomainName'],
  'AWS::ApiGateway::BasePathMapping': ['AWS::ApiGateway::BasePathMapping'],
  'AWS::ApiGateway::DomainNameV2': ['AWS::ApiGateway::DomainNameV2'],
  'AWS::ApiGateway::BasePathMappingV2': ['AWS::ApiGateway::BasePathMappingV2'],
  'AWS::StepFunctions::StateMachine': ['AWS::Serverless::StateMachine'],
};

function place(
  id: string,
  made: readonly Made[],
  declared: Resources,
  resources: Resources,
  renamed: Map<string, string>,
  faults: SamFault[],
): void {
  for (const resource of made) {
    const before = declared[resource.id];
    const isFree = before === undefined || IN_PLACE[resource.type]?.includes(String(before.Type)) === true;
    if (isFree) resources[resource.id] = declaration(resource);
    else faults.push(duplicateId(id, resource.id, resource.type));
    if (resource.type === 'AWS::Lambda::LayerVersion' && resource.id !== id) renamed.set(id, resource.id);
  }
}

function renameDependencies(value: Json, renamed: ReadonlyMap<string, string>): void {
  if (value === null || typeof value !== 'object') return;
  const other = (one: Json) => (typeof one === 'string' ? (renamed.get(one) ?? one) : one);
  if (isMap(value) && value.DependsOn !== undefined)
    value.DependsOn = Array.isArray(value.DependsOn) ? value.DependsOn.map(other) : other(value.DependsOn);
  for (const member of Object.values(value)) renameDependencies(member, renamed);
}
