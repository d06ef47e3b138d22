/** Which calls a trail wants. Source: CloudTrail API Reference, EventSelector, AdvancedFieldSelector. */
import type { KeptCall } from '#kernel/events';
import type { AdvancedSelector, Selector, TrailRow } from '../state.ts';
import { eventSource } from './record.ts';

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

/** Whether a trail's selectors let a call in. */
export function wants(trail: TrailRow, call: KeptCall): boolean {
  if (trail.advanced !== undefined) return trail.advanced.some((selector) => advancedWants(selector, call));
  return (trail.selectors ?? DEFAULT_SELECTORS).some((selector) => selectorWants(selector, call));
}

const DATA_SERVICES: { readonly [type: string]: string } = {
  'AWS::S3::Object': 's3',
  'AWS::Lambda::Function': 'lambda',
  'AWS::DynamoDB::Table': 'dynamodb',
};

function selectorWants(
  {
    ReadWriteType: kind = 'All',
    IncludeManagementEvents: management = true,
    DataResources: data = [],
    ExcludeManagementEventSources: excluded = [],
  }: Selector,
  call: KeptCall,
): boolean {
  if (kind === 'ReadOnly' && !call.readonly) return false;
  if (kind === 'WriteOnly' && call.readonly) return false;
  if (!call.data) return management && !excluded.includes(eventSource(call.service));
  return data.some(
    ({ Type = '', Values = [] }) =>
      DATA_SERVICES[Type] === call.service && Values.some((value) => arnOf(call).startsWith(value)),
  );
}

/** The resource of a data event. */
export function arnOf({ service, region, account, parameters }: KeptCall): string {
  const given = JSON.parse(parameters ?? '{}') as Record<string, string>;
  if (service === 's3') return `arn:aws:s3:::${given.bucket ?? ''}/${given.key ?? ''}`;
  if (service === 'lambda') {
    const name = given.functionName ?? '';
    return name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${account}:function:${name}`;
  }
  return service === 'dynamodb' ? `arn:aws:dynamodb:${region}:${account}:table/${given.tableName ?? ''}` : '';
}

type Field = AdvancedSelector['FieldSelectors'][number];

function advancedWants({ FieldSelectors: fields }: AdvancedSelector, call: KeptCall): boolean {
  const values: { [field: string]: string } = {
    eventCategory: call.data ? 'Data' : 'Management',
    readOnly: String(call.readonly),
    eventSource: eventSource(call.service),
    eventName: call.operation,
    'resources.type': Object.entries(DATA_SERVICES).find(([, service]) => service === call.service)?.[0] ?? '',
    'resources.ARN': arnOf(call),
    'userIdentity.arn': call.principal,
    sessionCredentialFromConsole: 'false',
    eventType: 'AwsApiCall',
  };
  return fields.every((field) => fieldWants(field, values[field.Field] ?? ''));
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
