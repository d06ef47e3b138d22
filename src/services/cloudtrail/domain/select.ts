/** Which calls a trail wants. Source: CloudTrail API Reference, EventSelector, AdvancedFieldSelector. */
import type { AdvancedSelector, Selector, TrailRow } from '../state.ts';
import { eventName } from './event-name.ts';
import type { SeenCall } from './point.ts';
import { dataArnsOf, dataKindsOf, dataTypeOf } from './resource.ts';
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

/** Deviation: no call is made by way of a VPC's endpoint here, so that none is network activity. */
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
