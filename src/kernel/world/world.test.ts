import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distanceKm, nearestRegion, pointNamed, REGIONS, zonesOf } from '#kernel/world';

test('an account always sees the same zone ids, each once', () => {
  for (const region of REGIONS.values()) {
    const zones = zonesOf(region, '123456789012');
    assert.deepEqual(zones, zonesOf(region, '123456789012'));
    assert.equal(new Set(zones.map((zone) => zone.id)).size, region.zones.length);
  }
});

test('Dublin to Frankfurt is about 1,090 km; Lyon is nearest to Zurich', () => {
  const dublin = REGIONS.get('eu-west-1');
  const frankfurt = REGIONS.get('eu-central-1');
  assert.ok(dublin !== undefined && frankfurt !== undefined);
  assert.ok(Math.abs(distanceKm(dublin, frankfurt) - 1_090) < 30);
  assert.equal(nearestRegion({ latitude: 45.76, longitude: 4.84 })?.name, 'eu-central-2');
});

test('a place is named by an edge location, a Region, or latitude and longitude', () => {
  const near = ['cdg', 'ap-southeast-2', '-33.9, 151.2'].map((name) => {
    const point = pointNamed(name);
    return point && nearestRegion(point)?.name;
  });
  assert.deepEqual(near, ['eu-west-3', 'ap-southeast-2', 'ap-southeast-2']);
  assert.deepEqual(['', 'nowhere', '48.86', 'constructor'].map(pointNamed), Array(4).fill(undefined));
});
