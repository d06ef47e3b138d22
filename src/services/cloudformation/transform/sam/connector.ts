/** AWS::Serverless::Connector: what lets one resource reach another. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { type Ends, filled, outputsOf, type Profile, profileOf, ROLE_PROPERTY } from './connector-profile.ts';
import { expectMap, ofAttribute, ofResource } from './expect.ts';
import { duplicateId, resourceFault, type SamFault } from './faults.ts';
import { type Made, made, type Resources } from './made.ts';
import { listOfTexts, propertiesOf, type Rules, required, rule } from './properties.ts';
import { addOnce } from './role.ts';
import type { Declared, Setting } from './setting.ts';
import { isGiven, isMap, listOf, logicalIdOf, type Maybe, mapOf, memberOf, ref } from './values.ts';

export const CONNECTOR_PROPERTIES: Rules = {
  Source: required(rule(isMap)),
  Destination: required(rule((value) => isMap(value) || (Array.isArray(value) && value.every(isMap)))),
  Permissions: required(listOfTexts),
};

/** An end of a connector, as far as it is known. */
type End = { id?: string; type: string; role: Maybe; url: Maybe } & Ends['Source'];

/** SAM's types as CloudFormation has them. */
const PLAIN: ReadonlyMap<string, string> = new Map([
  ['AWS::Serverless::Function', 'AWS::Lambda::Function'],
  ['AWS::Serverless::StateMachine', 'AWS::StepFunctions::StateMachine'],
  ['AWS::Serverless::Api', 'AWS::ApiGateway::RestApi'],
  ['AWS::Serverless::HttpApi', 'AWS::ApiGatewayV2::Api'],
  ['AWS::Serverless::SimpleTable', 'AWS::DynamoDB::Table'],
]);

/**
 * What a connector stands for.
 *
 * @throws {SamFault}
 */
export function connectorOf(declared: Declared, setting: Setting): Made[] {
  const { id, given } = declared;
  const source = mapOf(given.Source);
  const isMany = Array.isArray(given.Destination);
  const all = listOf(given.Destination).flatMap((one, index) => {
    const destination = mapOf(one);
    const to = endOf(id, destination, source, setting);
    const from = endOf(id, source, destination, setting);
    const resources = connect(declared, from, to, isMany ? `Destination${index}` : '', setting);
    for (const resource of resources) addMetadata(id, resource, from, to, setting);
    return resources;
  });
  const names = all.map((resource) => resource.id);
  for (const resource of Object.values(setting.resources)) {
    const before = listOf(resource.DependsOn);
    if (!before.includes(id)) continue;
    const after = before.filter((one) => one !== id);
    for (const name of names) addOnce(after, name);
    resource.DependsOn = after;
  }
  if (all.length === 0) throw resourceFault(id, "'Destination' is an empty list");
  return all;
}

function endOf(id: string, given: JsonObject, other: JsonObject, { resources }: Setting): End {
  const byId = 'Id' in given;
  const byOthers = Object.keys(given).some((key) => key !== 'Id' && key !== 'Qualifier');
  if (byId === byOthers)
    throw resourceFault(
      id,
      "Must provide 'Id' (with optional 'Qualifier') or a supported combination of other properties.",
    );
  const typeOf = (type: Maybe) => {
    if (typeof type !== 'string' || type === '') throw resourceFault(id, "'Type' is missing or not a string.");
    return type;
  };
  if (!isGiven(given.Id)) {
    const type = typeOf(given.Type);
    const { Arn, RoleName: role, QueueUrl: url, ResourceId, Name, Qualifier } = given;
    return { type: PLAIN.get(type) ?? type, role, url, Arn, ResourceId, Name, Qualifier };
  }
  if (typeof given.Id !== 'string') throw resourceFault(id, "'Id' is missing or not a string.");
  const resource = memberOf(resources, given.Id);
  if (!isMap(resource) || !isGiven(resource))
    throw resourceFault(id, `Unable to find resource with logical ID '${given.Id}'.`);
  const type = typeOf(resource.Type);
  const { Arn, Url: url, Id: ResourceId, Name, Qualifier } = outputsOf(type, given.Id);
  const role = logicalIdOf(roleIn(type, mapOf(resource.Properties), other));
  return {
    id: given.Id,
    type,
    role: role === undefined ? undefined : ref(role),
    url,
    Arn,
    ResourceId,
    Name,
    Qualifier: 'Qualifier' in given ? given.Qualifier : Qualifier,
  };
}

/** A rule has a role for each of its targets. */
function roleIn(type: string, properties: JsonObject, other: JsonObject): Maybe {
  if (type !== 'AWS::Events::Rule') return properties[ROLE_PROPERTY[type] ?? ''];
  const target = listOf(properties.Targets).find((one) => {
    const { Arn } = mapOf(one);
    return logicalIdOf(Arn) === other.Id || (isGiven(other.Arn) && JSON.stringify(Arn) === JSON.stringify(other.Arn));
  });
  return mapOf(target).RoleArn;
}

function connect(declared: Declared, from: End, to: End, suffix: string, setting: Setting): Made[] {
  const { id, given } = declared;
  const profile = profileOf(from.type, to.type);
  if (profile === undefined)
    throw resourceFault(
      id,
      `Unable to create connector from ${from.type} to ${to.type}; it's not supported or the template is invalid.`,
    );
  const wanted = new Set(listOf(given.Permissions).map(String));
  checkPermissions(id, profile, wanted, from.type, to.type);
  const statements = statementsOf(id, profile, { Source: from, Destination: to });
  const chosen = statements.filter(({ category }) => wanted.has(category));
  const around = { attributes: declared.attributes, dependsOn: declared.dependsOn };
  const document = { Version: '2012-10-17', Statement: chosen.map(({ statement }) => statement) };
  const needed = (value: Maybe, what: string, end: string) => {
    if (!isGiven(value)) throw resourceFault(id, `Unable to get ${what} from '${end}' resource.`);
    return value;
  };
  if (profile.kind === 'queue') {
    const Queues = [needed(to.url, 'SQS queue URL', 'Destination')];
    return [made(`${id}QueuePolicy${suffix}`, 'AWS::SQS::QueuePolicy', { PolicyDocument: document, Queues }, around)];
  }
  if (profile.kind === 'topic') {
    const Topics = [needed(to.Arn, 'SNS topic ARN', 'Destination')];
    return [made(`${id}TopicPolicy${suffix}`, 'AWS::SNS::TopicPolicy', { Topics, PolicyDocument: document }, around)];
  }
  if (profile.kind === 'permission') {
    const FunctionName = needed(to.Arn, 'Lambda function ARN', 'Destination');
    return chosen.map(({ category, statement }) =>
      made(
        `${id}${category}LambdaPermission${suffix}`,
        'AWS::Lambda::Permission',
        { FunctionName, ...statement },
        around,
      ),
    );
  }
  const isSource = profile.kind === 'source-role';
  const role = needed((isSource ? from : to).role, 'IAM role name', isSource ? 'Source' : 'Destination');
  const policy = made(
    `${id}Policy${suffix}`,
    'AWS::IAM::ManagedPolicy',
    { PolicyDocument: document, Roles: [role] },
    around,
  );
  putBefore(profile, policy.id, from, to, setting);
  return [policy];
}

function checkPermissions(id: string, { statements, only }: Profile, wanted: Set<string>, from: string, to: string) {
  const categories = [...new Set(statements.map(({ category }) => category))];
  const values = categories.join(', ');
  if (wanted.size === 0) throw resourceFault(id, `'Permissions' cannot be empty; valid values are: ${values}.`);
  const unsupported = `Unsupported 'Permissions' provided for connector from ${from} to ${to}`;
  if ([...wanted].some((one) => !categories.includes(one)))
    throw resourceFault(id, `${unsupported}; valid values are: ${values}.`);
  const given = [...wanted].toSorted().join(' + ');
  const combinations = only?.map((names) => names.toSorted().join(' + '));
  if (combinations !== undefined && !combinations.includes(given))
    throw resourceFault(id, `${unsupported}; valid combinations are: ${combinations.join(', ')}.`);
}

/** All statements of a profile: what any of them lacks is told, though it may not be asked for. */
function statementsOf(id: string, { kind, statements }: Profile, ends: Ends) {
  const fill = (text: string) => {
    try {
      return filled(text, ends);
    } catch (error) {
      throw resourceFault(id, (error as Error).message);
    }
  };
  return statements.map(({ category, text }): { category: string; statement: JsonObject } => {
    if (kind === 'source-role' || kind === 'destination-role') {
      const [actions = '', resources = ''] = text.split(' @ ');
      const [service, ...names] = actions.split(' ');
      const Action = names.map((name) => `${service}${name}`);
      return { category, statement: { Effect: 'Allow', Action, Resource: resources.split(' ').map(fill) } };
    }
    const [Action = '', principal = '', source = '', account] = text.split(' ');
    if (kind === 'permission')
      return {
        category,
        statement: {
          Action,
          Principal: principal,
          SourceArn: fill(source),
          ...(account !== undefined && { SourceAccount: fill(`\${AWS::AccountId}`) }),
        },
      };
    const Condition = { ArnEquals: { 'aws:SourceArn': fill('{Source.Arn}') } };
    const Resource = fill('{Destination.Arn}');
    return {
      category,
      statement: { Effect: 'Allow', Principal: { Service: principal }, Resource, Action, Condition },
    };
  });
}

/** What reads by itself must be allowed to before it begins. */
function putBefore({ before }: Profile, policy: string, from: End, to: End, { resources }: Setting): void {
  const waiting = (id: string) => {
    const resource = resources[id];
    if (resource === undefined) return;
    const all = listOf(resource.DependsOn);
    addOnce(all, policy);
    resource.DependsOn = all;
  };
  if (before === 'SOURCE' && from.id !== undefined) waiting(from.id);
  if (before !== 'DESTINATION_EVENT_SOURCE_MAPPING' || from.id === undefined || to.id === undefined) return;
  const mappings = Object.entries(resources).filter(([, { Type: type, Properties }]) => {
    const { FunctionName, EventSourceArn } = mapOf(Properties);
    const isMapping = type === 'AWS::Lambda::EventSourceMapping';
    return isMapping && logicalIdOf(FunctionName) === to.id && logicalIdOf(EventSourceArn) === from.id;
  });
  const [first] = mappings;
  if (mappings.length === 1 && first !== undefined) waiting(first[0]);
}

function addMetadata(id: string, resource: Made, from: End, to: End, { declared }: Setting): void {
  const typeOf = (end: End): Json => declared[end.id ?? '']?.Type ?? end.type;
  resource.attributes.Metadata = {
    ...mapOf(resource.attributes.Metadata),
    'aws:sam:connectors': { [id]: { Source: { Type: typeOf(from) }, Destination: { Type: typeOf(to) } } },
  };
}

/** Connectors that are written at their source become resources of their own. */
export function detachConnectors(resources: Resources, faults: SamFault[]): void {
  const found: Resources = {};
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Error) || !('subject' in error)) throw error;
      faults.push(error as SamFault);
    }
  };
  for (const [id, resource] of Object.entries(resources)) {
    if (!('Connectors' in resource)) continue;
    const { Connectors } = resource;
    delete resource.Connectors;
    attempt(() => {
      const all = expectMap(Connectors, ofAttribute(id, `${id}.Connectors`));
      for (const [name, connector] of Object.entries(all))
        attempt(() => {
          if (!isMap(connector)) throw resourceFault(`${id}${name}`, `${id}.${id}${name} should be a map.`);
          const made = detached(id, name, connector);
          if (Object.hasOwn(resources, `${id}${name}`))
            throw duplicateId(id, `${id}${name}`, 'AWS::Serverless::Connector');
          found[`${id}${name}`] = made;
        });
    });
  }
  Object.assign(resources, found);
}

function detached(id: string, name: string, connector: JsonObject): JsonObject {
  const properties = expectMap(connector.Properties, ofAttribute(id, `Connectors.${name}.Properties`));
  const { SourceReference, ...rest } = properties;
  const place = ofResource(id, `Connectors.${name}.Properties.SourceReference`);
  const reference = SourceReference === undefined ? {} : expectMap(SourceReference, place);
  if ('Id' in reference) throw resourceFault(name, "'Id' shouldn't be defined in 'SourceReference'.");
  const made = {
    ...connector,
    Type: 'AWS::Serverless::Connector',
    Properties: { ...rest, Source: { Id: id, ...reference } },
  };
  propertiesOf(`${id}${name}`, 'AWS::Serverless::Connector', made, CONNECTOR_PROPERTIES);
  return made;
}
