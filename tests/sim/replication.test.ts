/**
 * S3's replication under throttles, errors, lost answers, crashes and a clock that jumps: every version that was acknowledged is in the other
 * Region's bucket, under its own id and with its own content, a delete marker as well; and its source says so.
 */
import assert from 'node:assert/strict';
import { MINUTE, SECOND } from '#kernel/base';
import { type Simulation, simulate } from '../support/simulation.ts';

const ACCOUNT = '123456789012';
const [HERE, THERE] = ['us-east-1', 'eu-west-1'] as const;
const [SOURCE, COPY] = ['photos-here', 'photos-there'];
const ROUNDS = 24;
const KEYS = ['a', 'b', 'c'];
const policy = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

class Workload {
  readonly sim: Simulation;
  /** What was acknowledged: contents by key and version. */
  readonly written = new Map<string, string>();
  readonly markers = new Set<string>();
  #count = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  aws(region: string) {
    return this.sim.cloud.aws(ACCOUNT, region);
  }

  async start(): Promise<void> {
    const [{ iam, kms, s3 }, there] = [this.aws(HERE), this.aws(THERE)];
    const AssumeRolePolicyDocument = policy({ Principal: { Service: 's3.amazonaws.com' }, Action: 'sts:AssumeRole' });
    const { Role } = await iam.CreateRole({ RoleName: 'copier', AssumeRolePolicyDocument });
    const PolicyDocument = policy({ Action: ['s3:*', 'kms:*'], Resource: '*' });
    await iam.PutRolePolicy({ RoleName: 'copier', PolicyName: 'p', PolicyDocument });
    const { KeyMetadata } = await kms.CreateKey({});
    const { KeyMetadata: other } = await there.kms.CreateKey({});
    await s3.CreateBucket({ Bucket: SOURCE });
    await there.s3.CreateBucket({ Bucket: COPY, CreateBucketConfiguration: { LocationConstraint: THERE } });
    for (const [client, Bucket] of [
      [s3, SOURCE],
      [there.s3, COPY],
    ] as const)
      await client.PutBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } });
    const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KeyMetadata?.Arn } as const;
    await s3.PutBucketEncryption({
      Bucket: SOURCE,
      ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault }] },
    });
    await s3.PutBucketReplication({
      Bucket: SOURCE,
      ReplicationConfiguration: {
        Role: Role?.Arn ?? '',
        Rules: [
          {
            ID: 'all',
            Status: 'Enabled',
            Priority: 1,
            Filter: {},
            DeleteMarkerReplication: { Status: 'Enabled' },
            SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
            Destination: {
              Bucket: `arn:aws:s3:::${COPY}`,
              EncryptionConfiguration: { ReplicaKmsKeyID: other?.Arn },
            },
          },
        ],
      },
    });
  }

  async act(): Promise<void> {
    const { sim } = this;
    const key = sim.pick(KEYS);
    if (sim.chance(4)) {
      const removed = await sim.send('s3', 'DELETE', `/${SOURCE}/${key}`);
      if (removed.kind === 'done') this.markers.add(`${key} ${removed.output.headers['x-amz-version-id']}`);
      return;
    }
    this.#count += 1;
    const body = `body ${this.#count}`;
    const put = await sim.send('s3', 'PUT', `/${SOURCE}/${key}`, body);
    if (put.kind === 'done') this.written.set(`${key} ${put.output.headers['x-amz-version-id']}`, body);
  }

  async check(): Promise<void> {
    const { s3 } = this.aws(THERE);
    const { Versions = [], DeleteMarkers = [] } = await s3.ListObjectVersions({ Bucket: COPY });
    const nameOf = ({ Key, VersionId }: { Key?: string; VersionId?: string }) => `${Key} ${VersionId}`;
    const there = new Set(Versions.map(nameOf));
    assert.deepEqual(
      [...this.written.keys()].filter((name) => !there.has(name)),
      [],
      'every version is there',
    );
    const marked = new Set(DeleteMarkers.map(nameOf));
    assert.deepEqual(
      [...this.markers].filter((name) => !marked.has(name)),
      [],
      'every delete marker is there',
    );
    for (const [name, body] of this.written) {
      const [Key = '', VersionId = ''] = name.split(' ');
      const copied = await s3.GetObject({ Bucket: COPY, Key, VersionId });
      const pieces: Uint8Array[] = [];
      for await (const piece of copied.Body as AsyncIterable<Uint8Array>) pieces.push(piece);
      assert.equal(Buffer.concat(pieces).toString(), body, `${name} has its own content`);
      const { ReplicationStatus } = await this.aws(HERE).s3.HeadObject({ Bucket: SOURCE, Key, VersionId });
      assert.deepEqual([ReplicationStatus, copied.ReplicationStatus], ['COMPLETED', 'REPLICA']);
    }
    assert.ok(this.written.size > ROUNDS / 3, 'there was something to lose');
  }
}

simulate('tests/sim/replication.test.ts', 3, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  await sim.settle();
  for (const service of ['s3', 'kms', 'sts'])
    sim.fault({
      service,
      probability: 0.1,
      effect: { kind: 'error', code: 'InternalError', message: '', status: 500 },
    });
  sim.fault({ service: 'kms', probability: 0.15, effect: { kind: 'throttle' } });
  sim.fault({ service: 's3', probability: 0.08, effect: { kind: 'drop' } });
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(5) }, () => workload.act()));
    acting.catch(() => {});
    if (sim.chance(5)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      await sim.crash();
    }
    await sim.during(acting, SECOND);
    if (sim.chance(3)) await sim.advance(sim.pick([SECOND, 20 * SECOND, MINUTE]));
  }
  sim.mend();
  await sim.advance(20 * MINUTE);
  await workload.check();
});
