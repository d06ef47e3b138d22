import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cidrs } from './cidr.ts';

test('Fn::Cidr divides blocks of IPv4 and IPv6', () => {
  assert.deepEqual(cidrs('192.168.0.77/24', '3', 5), ['192.168.0.0/27', '192.168.0.32/27', '192.168.0.64/27']);
  assert.deepEqual(cidrs('10.0.0.0/8', '2'), ['10.0.0.0/24', '10.0.1.0/24']);
  assert.deepEqual(cidrs('0.0.0.0/0', '2', 31), ['0.0.0.0/1', '128.0.0.0/1']);
  assert.deepEqual(cidrs('2600:1F18:0:A00::/56', '3', 64), [
    '2600:1f18:0:a00::/64',
    '2600:1f18:0:a01::/64',
    '2600:1f18:0:a02::/64',
  ]);
  assert.deepEqual(cidrs('2001:db8:1:2:3:4:5:6/126', '2', 1), ['2001:db8:1:2:3:4:5:4/127', '2001:db8:1:2:3:4:5:6/127']);
  assert.deepEqual(cidrs('::/0', '1', 128), ['::/0']);
});

test('Fn::Cidr refuses what is no block, or too small', () => {
  for (const [block, count, bits] of [
    ['10.0.0.0/33', '1', 1],
    ['10.0.0/8', '1', 1],
    ['10.0.0.256/8', '1', 1],
    ['fe80::1%eth0/64', '1', 8],
    ['2600::/129', '1', 8],
    ['2600::1::/64', '1', 8],
    ['::1]#[/64', '1', 8],
    ['2600::/56', '256', 65],
    ['10.0.0.0/24', '2', 8],
    ['10.0.0.0/8', '257', 1],
    ['10.0.0.0/8', '0', 1],
    ['10.0.0.0/8', '1', 33],
  ] as const)
    assert.throws(() => cidrs(block, count, bits), /can not be divided/, block);
});
