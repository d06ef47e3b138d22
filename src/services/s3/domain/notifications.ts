/**
 * Telling what happens to objects: which configurations want to know, and the message they get.
 *
 * @see S3 User Guide, "Event message structure", "Supported event types for SQS, SNS, and Lambda"
 */
import { hostIdOf } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type {
  LambdaFunctionConfiguration,
  NotificationConfigurationFilter,
  QueueConfiguration,
  TopicConfiguration,
} from '#models/s3';
import { type BucketRow, configurations, sequences } from '../state.ts';
import { canonicalId } from './acl.ts';
import { tellBridge } from './bridge.ts';
import { arnOf } from './find.ts';
import type { Happening, Subject } from './happening.ts';

/** What an event of ours carries to the handler that delivers it. */
export type Told = { target: string; bucket: string; message: string };

/** What a bucket's owner wants to hear of, and where: a queue, a topic or a function. */
export type Destination = QueueConfiguration | TopicConfiguration | LambdaFunctionConfiguration;

/** The ARN of the queue, topic or function. */
export const targetOf = (one: Destination): string =>
  'TopicArn' in one ? one.TopicArn : 'QueueArn' in one ? one.QueueArn : one.LambdaFunctionArn;

/**
 * In a transaction: tells every configuration that wants to know. Nothing is done for a bucket that has none.
 *
 * @param more what the record of this kind of happening says besides
 */
export function announce(
  ctx: Ctx,
  store: StoreView,
  bucket: BucketRow,
  name: Happening,
  subject: Subject,
  more: object = {},
): void {
  if (bucket.notifies === undefined && bucket.bridges === undefined) return;
  const sequencer = nextSequence(ctx, store, bucket);
  const told = name.endsWith('DeleteMarkerCreated') ? asMarker(subject) : subject;
  if (bucket.bridges === true) tellBridge(ctx, bucket, name, told, sequencer, more);
  if (bucket.notifies === undefined) return;
  for (const { id, value } of store.list(configurations, { where: { bucket: bucket.id, kind: 'notification' } })) {
    const destination = value as Destination;
    const { Events, Filter } = destination;
    if (!Events.some((event) => covers(event, name)) || !passes(Filter, subject.key)) continue;
    const record = { ...recordOf(ctx, bucket, name, told, id, sequencer), ...more };
    const message: Told = {
      target: targetOf(destination),
      bucket: bucket.name,
      message: JSON.stringify({ Records: [record] }),
    };
    ctx.emit('s3.notification', message, bucket);
  }
}

/** A delete marker has the ETag of nothing, and no size. Source: S3 User Guide, "EventBridge event message structure". */
function asMarker({ size: _, ...subject }: Subject): Subject {
  return { ...subject, etag: 'd41d8cd98f00b204e9800998ecf8427e' };
}

/** Whether an event's name, which may end in `*`, means what happened. */
export function covers(event: string, name: string): boolean {
  return event.endsWith('*') ? `s3:${name}`.startsWith(event.slice(0, -1)) : event === `s3:${name}`;
}

/** The values of the filter's rules; an absent one lets everything through. */
export function filterOf(filter: NotificationConfigurationFilter | undefined): { prefix: string; suffix: string } {
  const value = (name: string) =>
    filter?.Key?.FilterRules?.find((rule) => rule.Name?.toLowerCase() === name)?.Value ?? '';
  return { prefix: value('prefix'), suffix: value('suffix') };
}

/**
 * Source: S3 User Guide, "Configuring event notifications using object key name filtering": the values of filters are URL-encoded, as the
 * message's key is. Deviation: values that are not are let through, too; what S3 makes of those is not told.
 */
function passes(filter: NotificationConfigurationFilter | undefined, key: string): boolean {
  const { prefix, suffix } = filterOf(filter);
  if (prefix === '' && suffix === '') return true;
  const encoded = encodedKey(key);
  return (encoded.startsWith(prefix) || key.startsWith(prefix)) && (encoded.endsWith(suffix) || key.endsWith(suffix));
}

/** As forms are, but for slashes. Source: S3 User Guide, "Event message structure". */
function encodedKey(key: string): string {
  return String(new URLSearchParams({ key })).slice('key='.length).replaceAll('%2F', '/');
}

/** Rises with each thing that happens in the bucket. */
function nextSequence(ctx: Ctx, store: StoreView, bucket: BucketRow): string {
  const before = store.get(sequences, { bucket: bucket.id })?.last ?? 0;
  const last = Math.max(before + 1, ctx.clock() * 100);
  store.put(sequences, { bucket: bucket.id, last });
  return last.toString(16).toUpperCase().padStart(18, '0');
}

const VERSIONS: readonly (readonly [prefix: string, version: string])[] = [
  ['Replication', '2.2'],
  ['Lifecycle', '2.3'],
  ['IntelligentTiering', '2.3'],
  ['ObjectAcl', '2.3'],
  ['ObjectTagging', '2.3'],
  ['ObjectRestore:Delete', '2.3'],
];

function recordOf(
  ctx: Ctx,
  bucket: BucketRow,
  eventName: Happening,
  { key, size, etag, versionId }: Subject,
  configurationId: string,
  sequencer: string,
): object {
  return {
    eventVersion: VERSIONS.find(([prefix]) => eventName.startsWith(prefix))?.[1] ?? '2.1',
    eventSource: 'aws:s3',
    awsRegion: bucket.region,
    eventTime: new Date(ctx.clock()).toISOString(),
    eventName,
    userIdentity: { principalId: principalId(ctx) },
    requestParameters: { sourceIPAddress: ctx.caller.sourceIp },
    responseElements: { 'x-amz-request-id': ctx.requestId, 'x-amz-id-2': hostIdOf(ctx.requestId) },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: canonicalId(bucket.account).slice(0, 14).toUpperCase() },
        arn: arnOf(ctx, bucket.name),
      },
      object: {
        key: encodedKey(key),
        ...(size !== undefined && { size }),
        ...(etag !== undefined && { eTag: etag }),
        ...(versionId !== undefined && bucket.versioning !== undefined && { versionId }),
        sequencer,
      },
    },
  };
}

/** `AWS:AIDA…` of a user, `AWS:AROA…:session` of a role, the account of a root. */
function principalId(ctx: Ctx): string {
  const { principal } = ctx.caller;
  if (principal.kind === 'anonymous') return 'Anonymous';
  return principal.kind === 'service' ? principal.service : `AWS:${principal.id}`;
}
