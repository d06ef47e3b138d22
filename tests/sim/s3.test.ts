/**
 * S3 under lost answers, errors, crashes and a clock that jumps: keys hold what was acknowledged last, no version is lost
 * or comes back, an upload is there as a whole or not at all, and a queue is told of everything that happened, in order.
 */
import assert from 'node:assert/strict';
import { HOUR, MINUTE, SECOND } from '#kernel/base';
import { type Answer, type Outcome, type Simulation, simulate } from '../support/simulation.ts';

const ROUNDS = 50;
const KEYS = ['a', 'b', 'c/d', 'e'];
const ACCOUNT = '123456789012';
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:told`;

/** What a change would leave, and what is told of it. */
type Change = { body: string | undefined; event: string };
/** A version that was made; without an id its answer was lost. */
type Version = { id: string | undefined; body: string | undefined };
type Told = {
  Records?: { eventName: string; s3: { bucket: { name: string }; object: { key: string; sequencer: string } } }[];
};

/** One key of one bucket, on which one client works at a time. */
class Slot {
  readonly bucket: string;
  readonly key: string;
  busy = false;
  /** What it may hold now: one thing, or two after a lost answer. */
  may: (string | undefined)[] = [undefined];
  /** Newest last. */
  versions: Version[] = [];
  deleted = new Set<string>();
  /** What surely happened, in order, as the queue hears of it; and what may have happened besides. */
  events: string[] = [];
  maybe: string[] = [];

  constructor(bucket: string, key: string) {
    this.bucket = bucket;
    this.key = key;
  }

  get path(): string {
    return `/${this.bucket}/${this.key}`;
  }

  changed({ body, event }: Change, outcome: Outcome<Answer>): void {
    if (outcome.kind === 'refused') return;
    if (outcome.kind === 'done') {
      this.may = [body];
      this.events.push(event);
    } else {
      this.may = [...new Set([...this.may, body])];
      this.maybe.push(event);
    }
    const id = outcome.kind === 'done' ? outcome.output.headers['x-amz-version-id'] : undefined;
    this.versions.push({ id, body });
  }
}

class Workload {
  readonly sim: Simulation;
  readonly slots: Slot[] = [];
  readonly queue = `http://localhost/${ACCOUNT}/told`;
  #bodies = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
    for (const bucket of ['plain-2026', 'versioned-2026'])
      for (const key of KEYS) this.slots.push(new Slot(bucket, key));
  }

  async start(): Promise<void> {
    const Statement = [
      { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:*', Resource: QUEUE },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    const made = await this.sim.call('sqs', 'CreateQueue', { QueueName: 'told', Attributes: { Policy } });
    assert.equal(made.kind, 'done');
    const events = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'].map((event) => `<Event>${event}</Event>`).join('');
    const configuration = `<NotificationConfiguration><QueueConfiguration><Queue>${QUEUE}</Queue>${events}</QueueConfiguration></NotificationConfiguration>`;
    const versioning = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    for (const bucket of ['plain-2026', 'versioned-2026']) {
      await this.#sure('PUT', `/${bucket}`);
      await this.#sure('PUT', `/${bucket}?notification`, configuration);
    }
    await this.#sure('PUT', '/versioned-2026?versioning', versioning);
  }

  /** One of the things a client does, to a key that nobody else works on. */
  async act(): Promise<void> {
    const slot = this.sim.pick(this.slots);
    if (slot.busy) return;
    slot.busy = true;
    const actions = [this.put, this.put, this.put, this.remove, this.removeVersion, this.copy, this.upload, this.read];
    await this.sim.pick(actions).call(this, slot);
    slot.busy = false;
  }

  async put(slot: Slot): Promise<void> {
    const body = this.#body();
    slot.changed({ body, event: 'ObjectCreated:Put' }, await this.#send('PUT', slot.path, body));
  }

  /** Of a key that may hold nothing, a deletion may be told or not; where there are versions it always makes a marker. */
  async remove(slot: Slot): Promise<void> {
    const isVersioned = slot.bucket.startsWith('versioned');
    const event = isVersioned ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectRemoved:Delete';
    const before = slot.may;
    const outcome = await this.#send('DELETE', slot.path);
    slot.changed({ body: undefined, event }, outcome);
    if (isVersioned || outcome.kind !== 'done' || !before.includes(undefined)) return;
    slot.events.pop();
    if (before.length > 1) slot.maybe.push(event);
  }

  async removeVersion(slot: Slot): Promise<void> {
    const known = slot.versions.filter(({ id }) => id !== undefined && !slot.deleted.has(id));
    if (known.length === 0) return this.put(slot);
    const { id = '' } = this.sim.pick(known);
    const outcome = await this.#send('DELETE', `${slot.path}?versionId=${id}`);
    if (outcome.kind === 'refused') return;
    (outcome.kind === 'done' ? slot.events : slot.maybe).push('ObjectRemoved:Delete');
    slot.deleted.add(id);
    slot.may = slot.versions.map(({ body }) => body).concat(undefined);
  }

  /** A copy of whatever another key holds. */
  async copy(slot: Slot): Promise<void> {
    const from = this.sim.pick(this.slots);
    if (from.busy || from.may.length > 1 || from.may[0] === undefined) return this.put(slot);
    from.busy = true;
    const outcome = await this.#send('PUT', slot.path, '', { 'x-amz-copy-source': from.path });
    slot.changed({ body: from.may[0], event: 'ObjectCreated:Copy' }, outcome);
    from.busy = false;
  }

  async upload(slot: Slot): Promise<void> {
    const begun = await this.#send('POST', `${slot.path}?uploads`);
    const id = begun.kind === 'done' ? /<UploadId>(.*?)</.exec(begun.output.body)?.[1] : undefined;
    if (id === undefined) return;
    const body = this.#body();
    const part = await this.#send('PUT', `${slot.path}?partNumber=1&uploadId=${id}`, body);
    if (part.kind !== 'done') return;
    if (this.sim.chance(4)) return void (await this.#send('DELETE', `${slot.path}?uploadId=${id}`));
    const parts = `<Part><PartNumber>1</PartNumber><ETag>${part.output.headers.etag}</ETag></Part>`;
    const list = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
    const event = 'ObjectCreated:CompleteMultipartUpload';
    slot.changed({ body, event }, await this.#send('POST', `${slot.path}?uploadId=${id}`, list));
  }

  async read(slot: Slot): Promise<void> {
    const outcome = await this.#send('GET', slot.path);
    if (outcome.kind === 'done') this.#sees(slot, outcome.output.body);
    if (outcome.kind === 'refused' && outcome.code === 'NoSuchKey') this.#sees(slot, undefined);
  }

  #sees(slot: Slot, found: string | undefined): void {
    assert.ok(slot.may.includes(found), `${slot.path} holds ${found}; it may hold ${slot.may}`);
  }

  /** Everything is as acknowledged. */
  async check(): Promise<void> {
    for (const slot of this.slots) {
      await this.read(slot);
      if (slot.bucket.startsWith('versioned')) await this.#checkVersions(slot);
    }
    await this.#checkTold();
  }

  async #checkVersions(slot: Slot): Promise<void> {
    const { body: list } = await this.#sure('GET', `/${slot.bucket}?versions&prefix=${encodeURIComponent(slot.key)}`);
    const found = [...list.matchAll(/<(Version|DeleteMarker)>.*?<VersionId>(.*?)<\/VersionId>/gs)].map(
      ([, kind, id = '']) => ({ id, isMarker: kind === 'DeleteMarker' }),
    );
    const known = slot.versions.filter(({ id }) => id !== undefined);
    const there = new Set(found.map(({ id }) => id));
    for (const { id = '' } of known)
      if (!slot.deleted.has(id)) assert.ok(there.has(id), `${slot.path}: version ${id} was acknowledged`);
    for (const markers of [true, false]) {
      const order = known.filter(({ id = '', body }) => there.has(id) && (body === undefined) === markers);
      const wanted = order.map(({ id }) => id).reverse();
      const shown = found.filter(({ id, isMarker }) => isMarker === markers && wanted.includes(id));
      assert.deepEqual(
        shown.map(({ id }) => id),
        wanted,
        `${slot.path}: newest first`,
      );
    }
    for (const { id, isMarker } of found) {
      const body = isMarker ? undefined : (await this.#sure('GET', `${slot.path}?versionId=${id}`)).body;
      const made = slot.versions.find((one) => one.id === id);
      if (made !== undefined) assert.equal(body, made.body, `${slot.path}: version ${id}`);
      else
        assert.ok(
          slot.versions.some((one) => one.id === undefined && one.body === body),
          `${slot.path}: ${id}`,
        );
    }
  }

  /** Each sure event was told, in its order; nothing was told that can't have happened. */
  async #checkTold(): Promise<void> {
    const told = new Map<string, { sequencer: string; event: string }[]>();
    // How often a delivery was begun before a crash is nothing that a seed decides, so these calls are no part of the trace.
    const { sqs } = this.sim.cloud.aws(ACCOUNT, 'us-east-1');
    for (;;) {
      const { Messages = [] } = await sqs.ReceiveMessage({ QueueUrl: this.queue, MaxNumberOfMessages: 10 });
      if (Messages.length === 0) break;
      for (const { Body = '', ReceiptHandle = '' } of Messages) {
        for (const { eventName: event, s3 } of (JSON.parse(Body) as Told).Records ?? []) {
          const path = `/${s3.bucket.name}/${decodeURIComponent(s3.object.key)}`;
          told.set(path, [...(told.get(path) ?? []), { sequencer: s3.object.sequencer, event }]);
        }
        await sqs.DeleteMessage({ QueueUrl: this.queue, ReceiptHandle });
      }
    }
    for (const slot of this.slots) {
      // What was told more than once has the same number.
      const bySequencer = new Map((told.get(slot.path) ?? []).map(({ sequencer, event }) => [sequencer, event]));
      const heard = [...bySequencer].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event);
      this.sim.note('told', slot.path, heard);
      const left = [...slot.maybe];
      let next = 0;
      for (const event of heard) {
        if (event === slot.events[next]) next += 1;
        else if (left.includes(event)) left.splice(left.indexOf(event), 1);
        else assert.fail(`${slot.path}: told of ${heard}; sure are ${slot.events}, possible ${slot.maybe}`);
      }
      assert.ok(
        next === slot.events.length || isPossible(heard, slot),
        `${slot.path}: told of ${heard}; sure are ${slot.events}`,
      );
    }
  }

  async #sure(method: string, target: string, body = ''): Promise<Answer> {
    const outcome = await this.#send(method, target, body);
    assert.ok(outcome.kind === 'done', `${method} ${target}: ${JSON.stringify(outcome)}`);
    return outcome.output;
  }

  #send(method: string, target: string, body = '', headers = {}): Promise<Outcome<Answer>> {
    return this.sim.send('s3', method, target, body, headers);
  }

  #body(): string {
    this.#bodies += 1;
    // Larger bodies are files, whose writing takes real time; the kill drill has those.
    return `body ${this.#bodies} `.repeat(this.sim.pick([1, 1, 500]));
  }
}

/** Whether what was heard is all that is sure, with some of what is possible anywhere between. */
function isPossible(heard: readonly string[], { events, maybe }: Slot): boolean {
  const count = (list: readonly string[], event: string) => list.filter((one) => one === event).length;
  return [...new Set([...heard, ...events])].every((event) => {
    const surplus = count(heard, event) - count(events, event);
    return surplus >= 0 && surplus <= count(maybe, event);
  });
}

simulate('tests/sim/s3.test.ts', 5, async (sim) => {
  const workload = new Workload(sim);
  await workload.start();
  sim.fault({ service: 's3', probability: 0.08, effect: { kind: 'drop' } });
  sim.fault({ service: 's3', probability: 0.04, effect: { kind: 'throttle' } });
  sim.fault({ service: 'sqs', probability: 0.1, effect: { kind: 'throttle' } });
  sim.fault({
    service: 'sqs',
    probability: 0.1,
    effect: { kind: 'error', code: 'InternalError', message: '', status: 500 },
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    const acting = Promise.all(Array.from({ length: 1 + sim.random.below(6) }, () => workload.act()));
    // A failure is heard of below.
    acting.catch(() => {});
    if (sim.chance(6)) {
      for (let turns = sim.random.below(40); turns > 0; turns -= 1) await Promise.resolve();
      if (sim.chance(2)) await new Promise((resolve) => setImmediate(resolve));
      await sim.crash();
    }
    await acting;
    if (sim.chance(3)) await sim.advance(sim.pick([SECOND, MINUTE, HOUR]));
  }
  sim.mend();
  await sim.advance(HOUR);
  await workload.check();
});
