/** Which calls a trail wants. Source: CloudTrail API Reference, EventSelector, AdvancedFieldSelector. */
import { CONDITIONS_MAX, DATA_RESOURCES_MAX, SELECTORS_MAX } from '../limits.ts';
import type { AdvancedSelector, Selector, TrailRow } from '../state.ts';
import { eventName } from './event-name.ts';
import type { SeenCall } from './point.ts';
import { dataArnsOf, dataKindsOf, dataTypeOf, isDataType } from './resource.ts';
import { eventSource } from './source.ts';

export const DEFAULT_SELECTORS: Selector[] = [
  { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [] },
];

/** Whether a trail wants data events at all. */
export function wantsData({ selectors, advanced }: Pick<TrailRow, 'selectors' | 'advanced'>): boolean {
  return (
    (selectors ?? []).some(({ DataResources }) => (DataResources?.length ?? 0) > 0) ||
    (advanced ?? []).some(({ FieldSelectors }) =>
      FieldSelectors.some(({ Field, Equals }) => Field === 'eventCategory' && Equals?.includes('Data') === true),
    )
  );
}

/** Services that are the same in every Region: their calls happen in one. */
const GLOBAL_SERVICES = new Set(['cloudfront', 'iam']);
export const GLOBAL_REGION = 'us-east-1';

/** What says which calls are wanted. */
type Wanting = Pick<TrailRow, 'selectors' | 'advanced' | 'global' | 'multiRegion'>;

/** Whether a trail's selectors let a call in. @param home of the trail */
export function wants(trail: Wanting, call: SeenCall, home: string): boolean {
  const isGlobal = GLOBAL_SERVICES.has(call.service);
  if (isGlobal && !trail.global) return false;
  if (!trail.multiRegion && call.region !== home && !isGlobal) return false;
  if (trail.advanced !== undefined) return trail.advanced.some((selector) => advancedWants(selector, call));
  return (trail.selectors ?? DEFAULT_SELECTORS).some((selector) => selectorWants(selector, call));
}

function selectorWants(
  {
    ReadWriteType: kind = 'All',
    IncludeManagementEvents: management = true,
    DataResources: data = [],
    ExcludeManagementEventSources: excluded = [],
  }: Selector,
  call: SeenCall,
): boolean {
  if (kind === 'ReadOnly' && !call.readonly) return false;
  if (kind === 'WriteOnly' && call.readonly) return false;
  if (!call.data) return management && !excluded.includes(eventSource(call));
  return data.some(
    ({ Type = '', Values = [] }) =>
      dataTypeOf(call) === Type && Values.some((value) => dataArnsOf(call).some((arn) => isOf(arn, value, Type))),
  );
}

/** Objects are named by the beginnings of their ARNs, functions and tables by the whole or by `arn:aws:lambda`. Source: CloudTrail API Reference, DataResource. */
function isOf(arn: string, value: string, type: string): boolean {
  return type === 'AWS::S3::Object' ? arn.startsWith(value) : arn === value || arn.startsWith(`${value}:`);
}

type Field = AdvancedSelector['FieldSelectors'][number];

function advancedWants({ FieldSelectors: fields }: AdvancedSelector, call: SeenCall): boolean {
  const values: { [field: string]: string } = {
    eventCategory: call.data ? 'Data' : 'Management',
    readOnly: String(call.readonly),
    eventSource: eventSource(call),
    eventName: eventName(call),
    'userIdentity.arn': call.principal,
    sessionCredentialFromConsole: 'false',
    eventType: 'AwsApiCall',
  };
  return dataKindsOf(call).some(([type, arns]) =>
    fields.every((field) =>
      field.Field === 'resources.ARN'
        ? (arns.length === 0 ? [''] : arns).some((arn) => fieldWants(field, arn))
        : fieldWants(field, field.Field === 'resources.type' ? type : (values[field.Field] ?? '')),
    ),
  );
}

function fieldWants(
  { Equals, StartsWith, EndsWith, NotEquals, NotStartsWith, NotEndsWith }: Field,
  value: string,
): boolean {
  const some = (wanted: readonly string[] | undefined, test: (one: string) => boolean) =>
    wanted === undefined || wanted.some(test);
  const none = (wanted: readonly string[] | undefined, test: (one: string) => boolean) =>
    wanted === undefined || !wanted.some(test);
  return (
    some(Equals, (one) => one === value) &&
    some(StartsWith, (one) => value.startsWith(one)) &&
    some(EndsWith, (one) => value.endsWith(one)) &&
    none(NotEquals, (one) => one === value) &&
    none(NotStartsWith, (one) => value.startsWith(one)) &&
    none(NotEndsWith, (one) => value.endsWith(one))
  );
}

const BASIC_TYPES = new Set(['AWS::S3::Object', 'AWS::Lambda::Function', 'AWS::DynamoDB::Table']);

/** Source: CloudTrail API Reference, AdvancedFieldSelector. */
const FIELDS = new Set([
  'eventCategory',
  'readOnly',
  'eventSource',
  'eventName',
  'resources.type',
  'resources.ARN',
  'userIdentity.arn',
  'sessionCredentialFromConsole',
  'eventType',
]);

/** Source: CloudTrail API Reference, AdvancedFieldSelector, "Equals". */
const EQUAL_ONLY = new Set(['eventCategory', 'readOnly', 'resources.type']);

/** Why basic selectors can't be taken; undefined where they can. */
export function selectorsFault(selectors: readonly Selector[]): string | undefined {
  if (selectors.length > SELECTORS_MAX) return `A trail can have at most ${SELECTORS_MAX} event selectors.`;
  const data = selectors.flatMap(({ DataResources = [] }) => DataResources);
  const unknown = data.find(({ Type = '' }) => !BASIC_TYPES.has(Type));
  if (unknown !== undefined) return `The data resource type ${unknown.Type} is not supported.`;
  return data.flatMap(({ Values = [] }) => Values).length > DATA_RESOURCES_MAX
    ? `A trail can have at most ${DATA_RESOURCES_MAX} data resources.`
    : undefined;
}

/** Why advanced selectors can't be taken; undefined where they can. */
export function advancedFault(selectors: readonly AdvancedSelector[]): string | undefined {
  const values = selectors.flatMap(({ FieldSelectors }) =>
    FieldSelectors.flatMap(({ Field: _, ...conditions }) => Object.values(conditions).flat()),
  );
  if (values.length > CONDITIONS_MAX)
    return `Advanced event selectors can have at most ${CONDITIONS_MAX} values in all.`;
  for (const { FieldSelectors: fields } of selectors) {
    const unknown = fields.find(({ Field }) => !FIELDS.has(Field));
    if (unknown !== undefined) return `The field ${unknown.Field} is not supported.`;
    const other = fields.find(({ Field, Equals, ...more }) => EQUAL_ONLY.has(Field) && Object.keys(more).length > 0);
    if (other !== undefined) return `The field ${other.Field} can be used with the operator Equals only.`;
    const of = (name: string) => fields.find(({ Field }) => Field === name)?.Equals ?? [];
    const [category, ...more] = of('eventCategory');
    if (category === undefined || more.length > 0 || !['Management', 'Data'].includes(category))
      return 'Each advanced event selector must have the field eventCategory, equal to Management or Data.';
    const readOnly = of('readOnly').find((value) => value !== 'true' && value !== 'false');
    if (readOnly !== undefined) return 'The field readOnly must be equal to true or false.';
    const types = of('resources.type');
    if (category === 'Data' && types.length !== 1)
      return 'An advanced event selector for data events must have the field resources.type, equal to one type.';
    const type = types[0];
    if (type !== undefined && !isDataType(type)) return `The data resource type ${type} is not supported.`;
  }
  return undefined;
}
