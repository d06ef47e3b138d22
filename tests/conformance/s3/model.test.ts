import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rootOf } from '#kernel/identity';
import { startTestCloud } from '../../support/cloud.ts';

const Bucket = 'random-bucket';
const KEYS = ['a', 'a/', 'a/b', 'a/b/c', 'a/c', 'ab', 'b/1', 'b/2', 'é/x', '\u{1F600}/y', '\uFFFD/z'] as const;

type Version = { id: string; marker: boolean; body: string };
type Status = 'none' | 'Enabled' | 'Suspended';

/** What S3 must do, said in the plainest way: versions of each key, newest first. */
class Model {
  status: Status = 'none';
  keys = new Map<string, Version[]>();

  add(key: string, version: Version): void {
    const before = this.keys.get(key) ?? [];
    this.keys.set(key, [version, ...(this.status === 'Enabled' ? before : before.filter((one) => one.id !== 'null'))]);
  }

  remove(key: string, id: string): void {
    this.keys.set(
      key,
      (this.keys.get(key) ?? []).filter((one) => one.id !== id),
    );
  }

  /** Keys whose newest version is an object, in the order of their bytes. */
  visible(): string[] {
    return [...this.keys]
      .filter(([, all]) => all[0]?.marker === false)
      .map(([key]) => key)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  listed(prefix: string, delimiter: string | undefined): string[] {
    const shown = new Set<string>();
    for (const key of this.visible()) {
      if (!key.startsWith(prefix)) continue;
      const index = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
      shown.add(index === -1 ? key : `(${key.slice(0, index + 1)})`);
    }
    return [...shown];
  }
}

const key = fc.constantFrom(...KEYS);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('put' as const), key, body: fc.string({ maxLength: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deleteVersion' as const), key, which: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('status' as const),
      status: fc.constantFrom('Enabled' as const, 'Suspended' as const),
    }),
  },
);

test('random puts and deletes against a plain model: versions, reads and listings agree', async () => {
  await using cloud = await startTestCloud();
  const aws = cloud.server.cloud.kernel.aws(() => ({
    account: '123456789012',
    region: 'us-east-1',
    principal: rootOf('123456789012'),
  })).s3;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.constantFrom('', 'a', 'a/', 'b/'),
      fc.constantFrom(undefined, '/'),
      fc.integer({ min: 1, max: 4 }),
      async (steps, prefix, delimiter, limit) => {
        const name = `${Bucket}-${(runs += 1)}`;
        await aws.CreateBucket({ Bucket: name });
        const model = new Model();
        for (const one of steps) {
          if (one.do === 'status') {
            await aws.PutBucketVersioning({ Bucket: name, VersioningConfiguration: { Status: one.status } });
            model.status = one.status;
          } else if (one.do === 'put') {
            const { VersionId = 'null' } = await aws.PutObject({
              Bucket: name,
              Key: one.key,
              Body: streamOf(one.body),
            });
            model.add(one.key, { id: VersionId, marker: false, body: one.body });
          } else if (one.do === 'delete') {
            const { VersionId, DeleteMarker } = await aws.DeleteObject({ Bucket: name, Key: one.key });
            if (model.status === 'none') model.keys.delete(one.key);
            else model.add(one.key, { id: VersionId ?? '', marker: DeleteMarker === true, body: '' });
          } else {
            const target = model.keys.get(one.key)?.[one.which];
            if (target === undefined) continue;
            await aws.DeleteObject({ Bucket: name, Key: one.key, VersionId: target.id });
            model.remove(one.key, target.id);
          }
        }
        await compare(aws, name, model, prefix, delimiter, limit);
      },
    ),
    { numRuns: 60 },
  );
});

type S3Calls = ReturnType<Awaited<ReturnType<typeof startTestCloud>>['server']['cloud']['kernel']['aws']>['s3'];

async function compare(
  aws: S3Calls,
  name: string,
  model: Model,
  prefix: string,
  delimiter: string | undefined,
  limit: number,
): Promise<void> {
  const listed: string[] = [];
  for (let token: string | undefined, more = true; more; ) {
    const page = await aws.ListObjectsV2({
      Bucket: name,
      Prefix: prefix,
      MaxKeys: limit,
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      ...(token !== undefined && { ContinuationToken: token }),
    });
    listed.push(
      ...(page.Contents ?? []).map((one) => one.Key ?? ''),
      ...(page.CommonPrefixes ?? []).map((one) => `(${one.Prefix})`),
    );
    assert.ok((page.KeyCount ?? 0) <= limit);
    token = page.NextContinuationToken;
    more = page.IsTruncated === true;
  }
  assert.deepEqual(listed.sort(), model.listed(prefix, delimiter).sort());
  const versions: string[] = [];
  for (let markers: { KeyMarker?: string; VersionIdMarker?: string } = {}, more = true; more; ) {
    const page = await aws.ListObjectVersions({ Bucket: name, MaxKeys: limit, ...markers });
    versions.push(
      ...(page.Versions ?? []).map((one) => `${one.Key} ${one.VersionId} ${one.IsLatest} object`),
      ...(page.DeleteMarkers ?? []).map((one) => `${one.Key} ${one.VersionId} ${one.IsLatest} marker`),
    );
    markers = { KeyMarker: page.NextKeyMarker ?? '', VersionIdMarker: page.NextVersionIdMarker ?? '' };
    more = page.IsTruncated === true;
  }
  const expected = [...model.keys].flatMap(([one, all]) =>
    all.map((version, index) => `${one} ${version.id} ${index === 0} ${version.marker ? 'marker' : 'object'}`),
  );
  assert.deepEqual(versions.sort(), expected.sort());
  for (const [one, all] of model.keys) {
    for (const version of all) {
      if (version.marker) continue;
      const { Body } = await aws.GetObject({ Bucket: name, Key: one, VersionId: version.id });
      const pieces: Uint8Array[] = [];
      if (Body !== undefined) for await (const piece of Body) pieces.push(piece);
      assert.equal(Buffer.concat(pieces).toString(), version.body);
    }
  }
}

function streamOf(text: string) {
  return {
    length: Buffer.byteLength(text),
    async *[Symbol.asyncIterator]() {
      yield Buffer.from(text);
    },
  };
}
