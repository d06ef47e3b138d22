import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicy } from '#kernel/identity';
import { allManaged, managedText } from './catalog.ts';

test('every managed policy is a policy, under an ARN and an id of its own', () => {
  const policies = [...allManaged().values()];
  assert.ok(policies.length >= 25);
  for (const policy of policies) {
    assert.equal(parsePolicy(policy.document, 'identity').version, '2012-10-17', policy.name);
    assert.match(policy.id, /^ANPA[A-Z0-9]{17}$/, policy.name);
  }
  assert.equal(new Set(policies.map(({ id }) => id)).size, policies.length);
});

test('a text is found by its ARN, in any partition', () => {
  assert.match(
    managedText('arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole') ?? '',
    /logs:PutLogEvents/,
  );
  assert.equal(
    managedText('arn:aws-cn:iam::aws:policy/AdministratorAccess'),
    managedText('arn:aws:iam::aws:policy/AdministratorAccess'),
  );
  assert.equal(managedText('arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole'), undefined);
});
