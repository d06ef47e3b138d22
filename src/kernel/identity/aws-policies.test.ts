import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awsPolicy, awsPolicyNamed, awsPolicyNames } from './aws-policies.ts';
import { parsePolicy } from './policy/index.ts';

test('every policy of AWS is a policy, under its own ARN', () => {
  const names = [...awsPolicyNames()];
  assert.ok(names.length > 1_500, `${names.length}`);
  assert.deepEqual(names, names.toSorted());
  for (const name of names) {
    const policy = awsPolicyNamed(name);
    assert.ok(policy !== undefined && policy.createdAt <= policy.updatedAt, name);
    assert.equal(parsePolicy(policy.document, 'managed').version, '2012-10-17', name);
    assert.deepEqual(awsPolicy(policy.arn), policy);
  }
});

test('a policy is found by its whole ARN, in any partition', () => {
  const role = awsPolicy('arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole');
  assert.equal(role?.path, '/service-role/');
  assert.match(role?.document ?? '', /logs:PutLogEvents/);
  assert.deepEqual(awsPolicy('arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'), role);
  assert.equal(awsPolicy('arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole'), undefined);
  assert.equal(awsPolicy('arn:aws:iam::aws:policy/toString'), undefined);
  assert.equal(awsPolicy('arn:aws:iam::123456789012:policy/AdministratorAccess'), undefined);
});
