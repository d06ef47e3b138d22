/**
 * Why selectors can't be taken. Source of most words: refusals of AWS as badmintoncryer/cdk-preflight measured them in September 2026.
 * Deviation: of how many selectors there may be, and of several types of resources, the words are Cloudyard's own.
 */
import { CONDITIONS_MAX, DATA_RESOURCES_MAX, SELECTORS_MAX } from '../limits.ts';
import type { AdvancedSelector, Selector } from '../state.ts';
import { isDataType } from './resource.ts';

/**
 * Basic types, and how their values look: all of a service, or one of its things; of buckets what is within them.
 * Source: CloudTrail API Reference, DataResource; aws-samples/aws-security-reference-architecture-examples, issue 335 (no wildcards);
 * refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight) for a bucket without a slash.
 */
const BASIC_TYPES: ReadonlyMap<string, RegExp> = new Map([
  ['AWS::S3::Object', /^arn:[a-z-]+:s3(:::|:::[A-Za-z0-9][A-Za-z0-9._-]*\/.*|:[a-z0-9-]+:\d{12}:.+)?$/],
  ['AWS::Lambda::Function', /^arn:[a-z-]+:lambda(:[a-z0-9-]+:\d{12}:function:.+)?$/],
  ['AWS::DynamoDB::Table', /^arn:[a-z-]+:dynamodb(:[a-z0-9-]+:\d{12}:table\/.+)?$/],
]);

/** Services whose management events can be left out. Source: CloudTrail API Reference, EventSelector, ExcludeManagementEventSources. */
const EXCLUDABLE = new Set(['kms.amazonaws.com', 'rdsdata.amazonaws.com']);

/** Fields by category, and which more of them trails have, or event data stores. Source: CloudTrail API Reference, AdvancedFieldSelector. */
const FIELDS: { readonly [category: string]: readonly string[] } = {
  Management: ['eventCategory', 'eventSource', 'readOnly'],
  Data: [
    'eventCategory',
    'eventName',
    'eventSource',
    'eventType',
    'readOnly',
    'resources.ARN',
    'resources.type',
    'sessionCredentialFromConsole',
    'userIdentity.arn',
  ],
  NetworkActivity: ['eventCategory', 'eventSource', 'eventName', 'errorCode', 'vpcEndpointId'],
};
const MORE = {
  trail: { NetworkActivity: ['userIdentity.arn'] },
  store: { Management: ['eventName', 'eventType', 'sessionCredentialFromConsole', 'userIdentity.arn'] },
} as const satisfies { readonly [what: string]: { readonly [category: string]: readonly string[] } };

/** Fields that a category needs. */
const NEEDED: { readonly [category: string]: string } = { Data: 'resources.type', NetworkActivity: 'eventSource' };

/** Source: CloudTrail API Reference, AdvancedFieldSelector. */
const EQUAL_ONLY = ['eventCategory', 'readOnly', 'resources.type', 'errorCode'];

/** Why basic selectors can't be taken; undefined where they can. */
export function selectorsFault(selectors: readonly Selector[]): string | undefined {
  if (selectors.length > SELECTORS_MAX) return `A trail can have at most ${SELECTORS_MAX} event selectors.`;
  const data = selectors.flatMap(({ DataResources = [] }) => DataResources);
  const unknown = data.find(({ Type = '' }) => !BASIC_TYPES.has(Type));
  if (unknown !== undefined) return `Value ${unknown.Type} for DataResources.Type is invalid.`;
  if (data.flatMap(({ Values = [] }) => Values).length > DATA_RESOURCES_MAX)
    return `Specify a valid number of DataResources.Values (0 to ${DATA_RESOURCES_MAX}) for all your selectors`;
  for (const { Type = '', Values = [] } of data) {
    const odd = Values.find((value) => BASIC_TYPES.get(Type)?.test(value) === false);
    if (odd !== undefined) return `Value ${odd} for DataResources.Values is invalid.`;
  }
  // Source: aws/aws-cdk, issue 15488.
  if (selectors.some((one) => one.IncludeManagementEvents === false && (one.DataResources ?? []).length === 0))
    return 'Invalid combination of parameters in EventSelectors. When includeManagementEvents is false, DataResources must not be empty';
  const kept = selectors.flatMap((one) => one.ExcludeManagementEventSources ?? []).find((one) => !EXCLUDABLE.has(one));
  return kept === undefined ? undefined : `Value ${kept} for ExcludeManagementEventSources is invalid.`;
}

/** Why advanced selectors can't be taken, of a trail or of an event data store; undefined where they can. */
export function advancedFault(selectors: readonly AdvancedSelector[], what: keyof typeof MORE): string | undefined {
  const values = selectors.flatMap(({ FieldSelectors }) =>
    FieldSelectors.flatMap(({ Field: _, ...conditions }) => Object.values(conditions).flat()),
  );
  if (values.length > CONDITIONS_MAX)
    return `There are too many filters applied. The maximum allowed number of filters is ${CONDITIONS_MAX}.`;
  return selectors.map(({ FieldSelectors }) => fieldsFault(FieldSelectors, what)).find((fault) => fault !== undefined);
}

type Fields = AdvancedSelector['FieldSelectors'];

function fieldsFault(fields: Fields, what: keyof typeof MORE): string | undefined {
  const names = fields.map(({ Field }) => Field);
  if (new Set(names).size < names.length)
    return 'A duplicate event selector was found for at least one field. Only one selector is allowed per field.';
  if (!names.includes('eventCategory')) return 'The following fields are required: [eventCategory].';
  const other = fields.find((field) => !isEqualOnly(field, EQUAL_ONLY));
  if (other !== undefined) return `Only the following operators are valid with the ${other.Field} field: [Equals].`;
  const of = (name: string) => fields.find(({ Field }) => Field === name)?.Equals ?? [];
  const [category = '', ...more] = of('eventCategory');
  const allowed = Object.hasOwn(FIELDS, category) ? FIELDS[category] : undefined;
  if (allowed === undefined || more.length > 0) return 'The eventCategory field value is not valid.';
  const extra: { readonly [category: string]: readonly string[] } = MORE[what];
  const unknown = names.find((name) => !allowed.includes(name) && extra[category]?.includes(name) !== true);
  if (unknown !== undefined)
    return `The following field is not allowed when the eventCategory field value equals ${category}: ${unknown}.`;
  const needed = NEEDED[category];
  if (needed !== undefined && !names.includes(needed))
    return `The following selectors are required when the eventCategory field value equals ${category}: [${needed}].`;
  return valuesFault(of);
}

function valuesFault(of: (name: string) => readonly string[]): string | undefined {
  if (of('readOnly').some((value) => value !== 'true' && value !== 'false'))
    return 'The readOnly field value is not valid.';
  if (of('errorCode').some((value) => value !== 'VpceAccessDenied')) return 'The errorCode field value is not valid.';
  const types = of('resources.type');
  if (types.length > 1) return 'The field resources.type must be equal to one type.';
  return types.every(isDataType) ? undefined : 'The resources.type field value is not valid.';
}

function isEqualOnly({ Field, Equals, ...more }: Fields[number], names: readonly string[]): boolean {
  return !names.includes(Field) || (Equals !== undefined && Object.keys(more).length === 0);
}
