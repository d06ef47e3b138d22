/** Objects are overwritten and deleted, by mistake and on purpose, with the code of a device and without. */
import { createHmac } from 'node:crypto';
import type { Exercise, Measure, Stage } from '#main/architecture';

const STEP = 30_000;

/** The code that a device shows now. Source: RFC 6238. */
function codeOf(seed: Uint8Array, now: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / STEP)));
  const hash = createHmac('sha1', seed).update(counter).digest();
  const at = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function fromBase32(text: string): Buffer {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...text].map((char) => alphabet.indexOf(char).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** A device of the account's root, and what it shows. */
async function device(stage: Stage): Promise<{ serial: string; code: () => string }> {
  const { iam } = stage.aws();
  const { VirtualMFADevice } = await iam.CreateVirtualMFADevice({ VirtualMFADeviceName: 'root-account-mfa-device' });
  const seed = fromBase32(Buffer.from(VirtualMFADevice?.Base32StringSeed ?? '').toString());
  const serial = VirtualMFADevice?.SerialNumber ?? '';
  const first = codeOf(seed, stage.now());
  await stage.advance(STEP);
  // A root's device is set up in the console, for which AWS has no API. Here the account's number stands for its root.
  const second = codeOf(seed, stage.now());
  await iam.EnableMFADevice({
    UserName: stage.account,
    SerialNumber: serial,
    AuthenticationCode1: first,
    AuthenticationCode2: second,
  });
  await stage.advance(STEP);
  return { serial, code: () => codeOf(seed, stage.now()) };
}

export const exercise: Exercise = {
  async run(stage): Promise<Measure[]> {
    const { Bucket = '', User = '' } = stage.outputs;
    const root = stage.aws();
    const count = stage.short ? 20 : 200;
    const { AccessKey } = await root.iam.CreateAccessKey({ UserName: User });
    const { s3 } = stage.as(AccessKey?.AccessKeyId ?? '');
    const body = (text: string) => ({
      async *[Symbol.asyncIterator]() {
        yield Buffer.from(text);
      },
      length: Buffer.byteLength(text),
    });
    stage.say(`${count} objects, each written twice and deleted`);
    for (let number = 0; number < count; number += 1) {
      const Key = `report-${number}`;
      for (const text of ['first', 'second']) await s3.PutObject({ Bucket, Key, Body: body(text) });
      await s3.DeleteObject({ Bucket, Key });
    }
    const { Versions = [] } = await s3.ListObjectVersions({ Bucket, MaxKeys: 1_000 });
    const { serial, code } = await device(stage);
    await root.s3.PutBucketVersioning({
      Bucket,
      MFA: `${serial} ${code()}`,
      VersioningConfiguration: { Status: 'Enabled', MFADelete: 'Enabled' },
    });
    let removed = 0;
    for (const { Key = '', VersionId } of Versions)
      await s3.DeleteObject({ Bucket, Key, VersionId }).then(
        () => (removed += 1),
        () => {},
      );
    const suspended = await s3.PutBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }).then(
      () => 'suspended',
      (error: { code?: string }) => error.code ?? 'refused',
    );
    let back = 0;
    const { DeleteMarkers = [] } = await s3.ListObjectVersions({ Bucket, MaxKeys: 1_000 });
    await stage.advance(STEP);
    for (const { Key = '', VersionId } of DeleteMarkers.slice(0, 3)) {
      await stage.advance(STEP);
      await root.s3.DeleteObject({ Bucket, Key, VersionId, MFA: `${serial} ${code()}` });
      back += (await s3.HeadObject({ Bucket, Key })).ContentLength === 'second'.length ? 1 : 0;
    }
    await root.iam.DeleteAccessKey({ UserName: User, AccessKeyId: AccessKey?.AccessKeyId ?? '' });
    return [
      {
        promise: 'with versioning nothing is lost',
        measured: `${Versions.length} of ${2 * count} versions are there`,
        kept: Versions.length === 2 * count,
      },
      {
        promise: 'a delete of a version without MFA fails',
        measured: `${removed} of ${Versions.length} were removed`,
        kept: removed === 0,
      },
      { promise: 'versioning can not be turned off without MFA', measured: suspended, kept: suspended !== 'suspended' },
      {
        promise: 'with the code of the device a marker goes, and the object is back',
        measured: `${back} of 3`,
        kept: back === 3,
      },
    ];
  },
};
