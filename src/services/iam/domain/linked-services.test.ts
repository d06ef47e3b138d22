import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awsPolicy } from '#kernel/identity';
import { KNOWN, linkedPolicies, linkedRoleName } from './linked-services.ts';

test('the policy of every service is one of AWS', () => {
  for (const service of Object.keys(KNOWN)) {
    const [arn = ''] = linkedPolicies(`${service}.amazonaws.com`);
    assert.equal(awsPolicy(arn)?.path, '/aws-service-role/', service);
  }
});

test('a service that is not listed gives its own name, and no policy', () => {
  assert.equal(linkedRoleName('some.thing.amazonaws.com', 'x'), 'AWSServiceRoleForSomeThing_x');
  assert.deepEqual(linkedPolicies('some.thing.amazonaws.com'), []);
});
