import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toApi } from './template.ts';

test('beside a cache policy a template may say what is forwarded, which nobody hears then', () => {
  const ForwardedValues = { QueryString: 'true' };
  const behavior = { TargetOriginId: 'one', ViewerProtocolPolicy: 'allow-all' };
  assert.deepEqual(toApi({ DefaultCacheBehavior: { ...behavior, CachePolicyId: 'id', ForwardedValues } }), {
    DefaultCacheBehavior: { ...behavior, CachePolicyId: 'id' },
  });
  assert.deepEqual(toApi({ CacheBehaviors: [{ ...behavior, ForwardedValues }] }), {
    CacheBehaviors: {
      Quantity: 1,
      Items: [{ ...behavior, ForwardedValues: { QueryString: true, Cookies: { Forward: 'none' } } }],
    },
  });
});
