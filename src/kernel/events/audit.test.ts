import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY } from '#kernel/base';
import { MemoryDriver, Store, table } from '#kernel/store';
import { Audit, type CallRecord, HISTORY_RETENTION } from './audit.ts';

const START = Date.UTC(2026, 0, 1);
const PLACE = { account: '111111111111', region: 'us-east-1' };
const things = table<{ id: string }>()('t.things', { scope: 'region', key: ['id'] });

let made = 0;
function call(at: number, more: Partial<CallRecord> = {}): CallRecord {
  made += 1;
  return {
    requestId: `r${made}`,
    at,
    ...PLACE,
    service: 'sqs',
    operation: 'CreateQueue',
    principal: 'arn:aws:iam::111111111111:root',
    principalId: '111111111111',
    principalKind: 'root',
    sourceIp: '127.0.0.1',
    userAgent: '',
    readonly: false,
    data: false,
    status: 200,
    micros: 1,
    ...more,
  };
}
const ids = (records: CallRecord[]) => records.map((record) => record.requestId);

test('the last calls are at hand, newest first, and no more than 2,000', () => {
  const audit = new Audit(new Store(new MemoryDriver()));
  const all = Array.from({ length: 2_500 }, (_, at) => call(START + at, { data: true }));
  for (const record of all) audit.record(record);
  assert.deepEqual(ids(audit.recent(3)), ids(all.slice(-3).reverse()));
  assert.deepEqual(ids(audit.recent(10_000)), ids(all.slice(-2_000).reverse()));
  assert.deepEqual(audit.recent(0), []);
});

test('the history keeps management calls of a place, also those of one moment and of two processes', () => {
  const driver = new MemoryDriver();
  const stores = [new Store(driver), new Store(driver)] as const;
  const audit = new Audit(stores[0]);
  const [a, b, data] = [call(START), call(START), call(START, { data: true })];
  const elsewhere = call(START, { region: 'eu-west-1' });
  for (const record of [a, b, data, elsewhere]) audit.record(record);
  const again = new Audit(stores[1]);
  const c = call(START);
  again.record(c);
  for (const store of stores) store.flush();
  assert.deepEqual(ids(again.history(PLACE, START, START, 10)).sort(), ids([a, b, c]).sort());
  assert.deepEqual(ids(again.history({ ...PLACE, region: 'eu-west-1' }, 0, START, 10)), ids([elsewhere]));
  assert.deepEqual(again.history(PLACE, START + 1, START + DAY, 10), []);
});

test('calls of a turn in which a write failed are written with the next', () => {
  const driver = new MemoryDriver();
  const store = new Store(driver);
  const audit = new Audit(store);
  const [a, b] = [call(START), call(START + 1)];
  audit.record(a);
  const { apply } = driver;
  driver.apply = () => {
    throw new Error('the disk is full');
  };
  assert.throws(() => store.transact((tx) => tx.put(things, PLACE, { id: 'x' })), /the disk is full/);
  driver.apply = apply;
  audit.record(b);
  store.flush();
  assert.deepEqual(ids(audit.history(PLACE, 0, START + DAY, 10)), ids([b, a]));
});

test('what is older than 90 days goes, a little at a time', () => {
  const store = new Store(new MemoryDriver());
  const audit = new Audit(store);
  for (let at = 0; at < 250; at += 1) audit.record(call(START + at));
  store.flush();
  const later = START + HISTORY_RETENTION + DAY;
  for (let at = 0; at < 200; at += 1) audit.record(call(later + at));
  store.flush();
  assert.equal(audit.history(PLACE, 0, later - 1, 1_000).length, 0);
  assert.equal(audit.history(PLACE, later, later + DAY, 1_000).length, 200);
});

test('listeners hear every call until they stop', () => {
  const audit = new Audit(new Store(new MemoryDriver()));
  const heard: string[] = [];
  const stop = audit.listen((record) => void heard.push(record.requestId));
  const [a, b] = [call(START), call(START, { data: true })];
  audit.record(a);
  audit.record(b);
  stop();
  audit.record(call(START));
  assert.deepEqual(heard, ids([a, b]));
});
