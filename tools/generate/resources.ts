/** CloudFormation's resource types as AWS publishes them (the npm package `@aws-cdk/aws-service-spec`): properties, what identifies one, what an update replaces. */
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Property as Given, PropertyType as GivenType, TypeDefinition } from '@aws-cdk/service-spec-types';
import type { ResourceProperty, ResourceSchema, ResourceValue } from '#kernel/contract';
import { applyPatches, type Patch } from './patch.ts';

/** Middle names of the types that are taken: services that Cloudyard has or is about to have. */
const NAMESPACES = [
  'ApiGateway',
  'ApiGatewayV2',
  'CertificateManager',
  'CloudFormation',
  'CloudFront',
  'CloudTrail',
  'CloudWatch',
  'DynamoDB',
  'ECR',
  'Events',
  'FIS',
  'IAM',
  'KMS',
  'Kinesis',
  'KinesisFirehose',
  'Lambda',
  'Logs',
  'S3',
  'S3Express',
  'SNS',
  'SQS',
  'SSM',
  'Scheduler',
  'SecretsManager',
];

type Spec = ReturnType<typeof loadAwsServiceSpecSync>;

/**
 * A file for each namespace: its types by name.
 *
 * @param patches of types, by their names: `/AWS::SQS::Queue/properties/…`
 */
export function resourceFiles(patches: readonly Patch[]): Map<string, string> {
  const spec = loadAwsServiceSpecSync();
  const files = new Map<string, string>();
  for (const namespace of NAMESPACES) {
    const resources = spec
      .all('resource')
      .filter(({ cloudFormationType }) => cloudFormationType.split('::')[1] === namespace)
      .filter(({ cloudFormationType }) => cloudFormationType.startsWith('AWS::'))
      .toSorted((a, b) => (a.cloudFormationType < b.cloudFormationType ? -1 : 1));
    const types = Object.fromEntries(resources.map((one) => [one.cloudFormationType, schemaOf(one, spec)]));
    applyPatches(
      types,
      patches.filter(({ path }) => path.startsWith(`/AWS::${namespace}::`)),
    );
    const found = Object.entries(types).map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`);
    files.set(`resources/${namespace}.json`, `{\n${found.join(',\n')}\n}\n`);
  }
  return files;
}

function schemaOf(resource: ReturnType<Spec['all']>[number] & object, spec: Spec): ResourceSchema {
  const { properties, attributes, primaryIdentifier, tagInformation } = resource as unknown as {
    properties: Record<string, Given>;
    attributes: Record<string, unknown>;
    primaryIdentifier?: string[];
    tagInformation?: { tagPropertyName: string };
  };
  const names = new Map<string, string>();
  const types: Record<string, Record<string, ResourceProperty>> = {};
  /** Types refer to each other by number, and two of a kind may have one name. */
  const nameOf = (reference: string): string => {
    const known = names.get(reference);
    if (known !== undefined) return known;
    const definition = spec.get('typeDefinition', reference) as TypeDefinition;
    const name = definition.name in types ? `${definition.name}${names.size}` : definition.name;
    names.set(reference, name);
    types[name] = {};
    types[name] = propertiesOf(definition.properties as Record<string, Given>, nameOf);
    return name;
  };
  const own = propertiesOf(properties, nameOf);
  return {
    ...(primaryIdentifier !== undefined && { identifier: primaryIdentifier }),
    attributes: Object.keys(attributes).toSorted(),
    ...(tagInformation !== undefined && { tags: tagInformation.tagPropertyName }),
    properties: own,
    types,
  };
}

function propertiesOf(given: Record<string, Given>, nameOf: (reference: string) => string) {
  const names = Object.keys(given).toSorted();
  return Object.fromEntries(
    names.map((name): [string, ResourceProperty] => {
      const { type, previousTypes, required, causesReplacement } = given[name] as Given & {
        previousTypes?: GivenType[];
      };
      const values = [type, ...(previousTypes ?? [])].map((one) => kindOf(one as GivenType, nameOf));
      return [
        name,
        {
          type: values.length === 1 ? (values[0] as ResourceValue) : { anyOf: values },
          ...(required === true && { required }),
          ...(causesReplacement === 'yes' && { replaces: true }),
        },
      ];
    }),
  );
}

function kindOf(type: GivenType, nameOf: (reference: string) => string): ResourceValue {
  if ('allowedValues' in type && type.allowedValues !== undefined) return { enum: [...type.allowedValues] };
  switch (type.type) {
    case 'array':
      return { list: kindOf(type.element, nameOf) };
    case 'map':
      return { map: kindOf(type.element, nameOf) };
    case 'ref':
      return { ref: nameOf((type as unknown as { reference: { $ref: string } }).reference.$ref) };
    case 'union':
      return { anyOf: type.types.map((one) => kindOf(one, nameOf)) };
    case 'tag':
      return { ref: 'Tag' };
    case 'integer':
    case 'number':
    case 'boolean':
    case 'string':
    case 'json':
      return type.type;
    default:
      return 'string';
  }
}
