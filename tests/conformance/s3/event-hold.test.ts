/** Event holds of Object Lock: what is retained moves on while a hold is on, and ends some time after it is off. Source of texts: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type ObjectLockRetention,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import { failure, START } from '../../support/cloud.ts';
import { type S3Cloud, startS3 } from './setup.ts';

const DAY = 86_400_000;
const Bucket = 'held-2026';
const Key = 'deed';
const DENIED = { name: 'AccessDenied', message: 'Access Denied because object protected by object lock.' };
const ON = { ObjectLockMode: 'COMPLIANCE', ObjectLockEventHold: 'ON' } as const;
const at = (days: number) => new Date(START + days * DAY);

async function startLocked(): Promise<S3Cloud> {
  const cloud = await startS3();
  await cloud.s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  return cloud;
}

async function put({ s3 }: S3Cloud, fields: Partial<PutObjectCommandInput> = {}): Promise<string> {
  const { VersionId = '' } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...fields }));
  return VersionId;
}

const retain = ({ s3 }: S3Cloud, Retention: ObjectLockRetention, BypassGovernanceRetention?: boolean) =>
  s3.send(new PutObjectRetentionCommand({ Bucket, Key, Retention, BypassGovernanceRetention }));
const retention = async ({ s3 }: S3Cloud) => (await s3.send(new GetObjectRetentionCommand({ Bucket, Key }))).Retention;

test('while a hold is on the end moves on; it stays once the hold is off', async () => {
  await using cloud = await startLocked();
  const { s3 } = cloud;
  const VersionId = await put(cloud, { ...ON, ObjectLockEventHoldDurationDays: 10 });
  const held = { Mode: 'COMPLIANCE', EventHold: 'ON', EventHoldDuration: { Days: 10 } } as const;
  assert.deepEqual(await retention(cloud), { ...held, RetainUntilDate: at(10) });
  await cloud.advance(30 * DAY);
  assert.deepEqual(await retention(cloud), { ...held, RetainUntilDate: at(40) });
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  assert.deepEqual(
    [
      head.ObjectLockMode,
      head.ObjectLockEventHold,
      head.ObjectLockEventHoldDurationDays,
      head.ObjectLockRetainUntilDate,
    ],
    ['COMPLIANCE', 'ON', 10, at(40)],
  );
  const remove = () => s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  await assert.rejects(remove(), DENIED);
  await assert.rejects(retain(cloud, { Mode: 'COMPLIANCE', EventHold: 'OFF', RetainUntilDate: at(39) }), DENIED);
  await retain(cloud, { Mode: 'COMPLIANCE', EventHold: 'OFF' });
  assert.deepEqual(await retention(cloud), { Mode: 'COMPLIANCE', EventHold: 'OFF', RetainUntilDate: at(40) });
  await cloud.advance(9 * DAY);
  await assert.rejects(remove(), DENIED);
  await cloud.advance(2 * DAY);
  await remove();
});

test('a bucket holds new objects, for years and at least for a time', async () => {
  await using cloud = await startLocked();
  const { s3 } = cloud;
  const DefaultRetention = { Mode: 'GOVERNANCE', Days: 800, DefaultEventHold: { Years: 2 } } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } } as const;
  await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  const shown = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
  assert.deepEqual(shown.ObjectLockConfiguration, ObjectLockConfiguration);
  await put(cloud);
  const held = { Mode: 'GOVERNANCE', EventHold: 'ON', EventHoldDuration: { Years: 2 } } as const;
  assert.deepEqual(await retention(cloud), { ...held, RetainUntilDate: at(800) });
  await cloud.advance(365 * DAY);
  // Two years of which one has a day more.
  assert.deepEqual(await retention(cloud), { ...held, RetainUntilDate: new Date(Date.UTC(2029, 0, 1)) });
  await assert.rejects(retain(cloud, { Mode: 'GOVERNANCE', RetainUntilDate: at(366) }, true), {
    name: 'InvalidRequest',
    message: /^Using the governance mode bypass to shorten/,
  });
  await retain(cloud, { Mode: 'GOVERNANCE', RetainUntilDate: at(366), EventHold: 'OFF' }, true);
  assert.deepEqual(await retention(cloud), { Mode: 'GOVERNANCE', EventHold: 'OFF', RetainUntilDate: at(366) });
});

test('holds that cannot be are refused', async () => {
  await using cloud = await startLocked();
  await put(cloud);
  const Mode = 'GOVERNANCE';
  const hold = (Days: number) => ({ Mode, EventHold: 'ON', EventHoldDuration: { Days } }) as const;
  for (const [asked, said] of [
    [{ Mode, EventHold: 'ON' }, 'InvalidRequest: EventHold:ON must be supplied with an EventHoldDuration.'],
    [{ ...hold(1), EventHold: 'OFF' }, 'InvalidRequest: EventHoldDuration must not be supplied with EventHold:OFF.'],
    [hold(0), 'InvalidArgument: Event hold duration must be a positive integer value.'],
    [hold(36_501), 'InvalidArgument: Event hold duration must be at most 36500 days.'],
    [
      { ...hold(10), RetainUntilDate: at(9) },
      'InvalidArgument: The retain until date must be equal to or later than the current time plus the event hold duration.',
    ],
    [
      { Mode, EventHold: 'OFF' },
      'InvalidRequest: To turn off an event hold, either provide a retain-until-date in the future in the request or the object version must already have a retain-until-date in the future.',
    ],
  ] as const) {
    const { name, message } = await failure(retain(cloud, asked));
    assert.equal(`${name}: ${message}`, said);
  }
  for (const [asked, said] of [
    [
      { ObjectLockEventHold: 'ON' },
      'x-amz-object-lock-mode is required when x-amz-object-lock-event-hold is supplied.',
    ],
    [{ ObjectLockEventHoldDurationDays: 1 }, 'Event hold duration requires x-amz-object-lock-event-hold:ON.'],
    [
      { ...ON, ObjectLockEventHold: 'OFF' },
      'x-amz-object-lock-retain-until-date is required when x-amz-object-lock-event-hold is OFF.',
    ],
  ] as const) {
    const { name, message } = await failure(put(cloud, asked));
    assert.deepEqual([name, message], ['InvalidRequest', said]);
  }
  const Rule = { DefaultRetention: { Mode } } as const;
  const none = new PutObjectLockConfigurationCommand({
    Bucket,
    ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule },
  });
  const { name, message } = await failure(cloud.s3.send(none));
  assert.deepEqual(
    [name, message],
    ['InvalidRequest', 'DefaultRetention must specify a fixed retention (Days or Years) or a DefaultEventHold.'],
  );
});
