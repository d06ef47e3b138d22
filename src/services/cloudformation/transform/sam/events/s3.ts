/** What happens in a bucket of the same template. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { expectList, expectMap, ofResource } from '../expect.ts';
import { eventFault, resourceFault } from '../faults.ts';
import type { Made } from '../made.ts';
import { literal, mapOfTexts, required, text, textOrTexts } from '../properties.ts';
import { addOnce } from '../role.ts';
import type { Setting } from '../setting.ts';
import { conditional, isMap, listOf, ref, tagList } from '../values.ts';
import { type Event, type EventKind, permission, type Target } from './event.ts';
import { linked } from './linked.ts';

function bucketOf({ name, given }: Event, { declared }: Setting): string {
  const bucket = isMap(given.Bucket) ? given.Bucket.Ref : undefined;
  if (bucket !== undefined && typeof bucket !== 'string')
    throw eventFault(name, "'Ref' value in S3 events is not a valid string.");
  if (bucket === undefined || !Object.hasOwn(declared, bucket))
    throw eventFault(name, 'S3 events must reference an S3 bucket in the same template.');
  return bucket;
}

export const S3: EventKind = {
  rules: { Bucket: required(text), Events: required(literal(textOrTexts)), Filter: mapOfTexts },
  link: (event, setting) => void bucketOf(event, setting),
  make(event, hearing) {
    const id = bucketOf(event, hearing.setting);
    const bucket = hearing.setting.declared[id] ?? {};
    const allowed = permission(hearing, event.id, 's3.amazonaws.com', { SourceAccount: ref('AWS::AccountId') });
    if (allowed.attributes.Condition === undefined) dependOn(bucket, allowed, event);
    else dependByTag(id, bucket, allowed);
    notify(id, bucket, event, hearing.target);
    return [allowed, linked(id, 'AWS::S3::Bucket', bucket)];
  },
};

/** S3 looks whether it may call the function when it is told to. */
function dependOn(bucket: JsonObject, allowed: Made, event: Event): void {
  const before = listOf(bucket.DependsOn);
  if (before.some((one) => typeof one === 'object'))
    throw resourceFault(event.id, "Invalid type for field 'DependsOn'. Expected a string or list of strings.");
  addOnce(before, allowed.id);
  bucket.DependsOn = before;
}

/** DependsOn can't depend on a condition; a tag's value can. */
function dependByTag(id: string, bucket: JsonObject, { id: permissionId, attributes }: Made): void {
  const properties = (bucket.Properties = isMap(bucket.Properties) ? bucket.Properties : {});
  const tags = expectList(properties.Tags ?? [], ofResource(id, 'Tags'));
  const value = { 'Fn::If': [attributes.Condition ?? null, ref(permissionId), 'no dependency'] };
  properties.Tags = [...tags, ...tagList({ [`sam:ConditionalDependsOn:${permissionId}`]: value })];
}

function notify(id: string, bucket: JsonObject, { given }: Event, { arn, condition }: Target): void {
  const properties = expectMap(bucket.Properties ?? {}, ofResource(id, ''), 'Properties should be a map.');
  bucket.Properties = properties;
  const notifications = expectMap(
    properties.NotificationConfiguration ?? {},
    ofResource(id, 'NotificationConfiguration'),
  );
  properties.NotificationConfiguration = notifications;
  const present: Json = notifications.LambdaConfigurations ?? [];
  if (!Array.isArray(present)) throw resourceFault(id, 'Invalid type for LambdaConfigurations. Must be a list.');
  notifications.LambdaConfigurations = present;
  for (const Event of listOf(given.Events)) {
    const one: JsonObject = {
      Function: structuredClone(arn),
      ...(given.Filter !== undefined && { Filter: structuredClone(given.Filter) }),
      Event,
    };
    addOnce(present, condition === undefined ? one : conditional(condition, one));
  }
}
