import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '#kernel/random';
import { MemoryDriver, Store } from '#kernel/store';
import { FAULT_RULES_MAX, type FaultRule, Faults, type Target } from './faults.ts';

const TARGET: Target = { account: '111111111111', region: 'us-east-1', service: 'sqs', operation: 'SendMessage' };

const faultsOf = (seed = '1', driver = new MemoryDriver()) => new Faults(new Store(driver), new Random(seed));
const rule = (more: Partial<FaultRule>): FaultRule => ({ id: 'r', probability: 1, effect: { kind: 'drop' }, ...more });
const strikes = (faults: Faults, target: Partial<Target> = {}, now = 0) =>
  faults.strike({ ...TARGET, ...target }, now).length;

test('a rule matches by each of its dimensions, and all of them', () => {
  for (const dimension of ['account', 'region', 'service', 'operation'] as const) {
    const faults = faultsOf();
    faults.put(rule({ [dimension]: TARGET[dimension] }));
    assert.equal(strikes(faults), 1, dimension);
    assert.equal(strikes(faults, { [dimension]: 'other' }), 0, dimension);
  }
  const faults = faultsOf();
  faults.put(rule(TARGET));
  assert.equal(strikes(faults), 1);
  for (const dimension of Object.keys(TARGET)) assert.equal(strikes(faults, { [dimension]: 'other' }), 0);
  faults.put(rule({ id: 'all' }));
  assert.equal(strikes(faults), 2, 'every rule that matches has its effect');
  assert.equal(strikes(faults, { account: 'other' }), 1);
});

test('a rule ends by itself or is removed', () => {
  const faults = faultsOf();
  faults.put(rule({ until: 1_000 }));
  assert.deepEqual([strikes(faults, {}, 999), strikes(faults, {}, 1_000)], [1, 0]);
  faults.put(rule({ effect: { kind: 'throttle' } }));
  assert.deepEqual(faults.strike(TARGET, 5_000), [{ kind: 'throttle' }], 'the same id is the same rule');
  assert.deepEqual([faults.remove('r'), faults.remove('r'), strikes(faults)], [true, false, 0]);
});

test('a dark zone is no fault of a call', () => {
  const faults = faultsOf();
  faults.put(rule({ zone: 'us-east-1a', region: 'us-east-1', until: 1_000 }));
  assert.equal(strikes(faults), 0);
  assert.ok(faults.isDark('us-east-1', 'us-east-1a', 999));
  assert.ok(!faults.isDark('us-east-1', 'us-east-1a', 1_000));
  assert.ok(!faults.isDark('us-east-1', 'us-east-1b', 0));
  assert.ok(!faults.isDark('eu-west-1', 'us-east-1a', 0));
});

test('chance falls as the seed says, as often as it should', () => {
  const run = (seed: string) => {
    const faults = faultsOf(seed);
    faults.put(rule({ probability: 0.25 }));
    return Array.from({ length: 4_000 }, () => strikes(faults)).join('');
  };
  assert.equal(run('7'), run('7'));
  assert.notEqual(run('7'), run('8'));
  const hits = run('7').split('1').length - 1;
  assert.ok(hits > 850 && hits < 1_150, `${hits} of 4,000 at a quarter`);
  const never = faultsOf();
  never.put(rule({ probability: 0 }));
  assert.equal(strikes(never), 0);
});

test('rules are state: they outlive the process', () => {
  const driver = new MemoryDriver();
  faultsOf('1', driver).put(rule({}));
  const again = faultsOf('1', driver);
  assert.deepEqual(again.list(), [rule({})]);
  assert.equal(strikes(again), 1);
});

test('a rule may name several operations, and the roles whose calls it is about', () => {
  const faults = faultsOf();
  faults.put(rule({ operation: ['SendMessage', 'ReceiveMessage'], role: ['arn:r'] }));
  assert.equal(strikes(faults), 0, 'who has no role is not meant');
  assert.equal(strikes(faults, { role: 'arn:other' }), 0);
  assert.equal(strikes(faults, { role: 'arn:r' }), 1);
  assert.equal(strikes(faults, { role: 'arn:r', operation: 'ReceiveMessage' }), 1);
  assert.equal(strikes(faults, { role: 'arn:r', operation: 'DeleteMessage' }), 0);
});

test('a fault point is no fault of a call, and is passed for what the rule names', () => {
  const faults = faultsOf();
  const settings = { delay: 5 };
  faults.put(
    rule({ service: 'lambda', resource: 'arn:f', effect: { kind: 'point', point: 'start', settings }, until: 9 }),
  );
  const pass = (more: object, now = 0) =>
    faults.pass({ ...TARGET, service: 'lambda', point: 'start', resources: ['arn:f:1', 'arn:f'], ...more }, now);
  assert.deepEqual(pass({}), [settings]);
  assert.deepEqual(pass({}, 9), []);
  for (const other of [{ service: 'sqs' }, { point: 'end' }, { resources: ['arn:g'] }])
    assert.deepEqual(pass(other), []);
  assert.equal(strikes(faults, { service: 'lambda' }), 0);
});

test('a dark Region is dark as a whole, until the end', () => {
  const faults = faultsOf();
  faults.put(rule({ region: 'eu-west-1', effect: { kind: 'dark' }, until: 1_000 }));
  assert.deepEqual(
    [
      faults.isRegionDark('eu-west-1', 999),
      faults.isRegionDark('eu-west-1', 1_000),
      faults.isRegionDark('us-east-1', 0),
    ],
    [true, false, false],
  );
  assert.equal(strikes(faults, { region: 'eu-west-1' }), 0);
});

test('there are so many rules and no more; those that are over make room', () => {
  const store = new Store(new MemoryDriver());
  const faults = new Faults(store, new Random('1'));
  const put = (id: string, now: number) =>
    store.transact((tx) => faults.putWithin(tx, rule({ id, until: id === '0' ? 10 : 100 }), now));
  for (let n = 0; n < FAULT_RULES_MAX; n += 1) assert.ok(put(String(n), 0));
  assert.ok(!put('more', 9));
  assert.ok(put('5', 9), 'the same rule again is no other');
  assert.ok(put('more', 10));
  assert.equal(faults.list().length, FAULT_RULES_MAX);
  assert.ok(!faults.list().some(({ id }) => id === '0'));
});

test('a rule goes with the account whose it is, whomever it is about', () => {
  const store = new Store(new MemoryDriver());
  const faults = new Faults(store, new Random('1'));
  const dark = rule({ id: 'dark', region: 'eu-west-1', effect: { kind: 'dark' } });
  store.transact((tx) => faults.putWithin(tx, dark, 0, TARGET.account));
  faults.put(rule({ id: 'own', account: TARGET.account }));
  faults.put(rule({ id: 'of all' }));
  store.removeAccount('222222222222');
  assert.equal(faults.list().length, 3);
  store.removeAccount(TARGET.account);
  assert.deepEqual(faults.list(), [rule({ id: 'of all' })]);
});
