/** What a bucket's policy looks like when it is read again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptPolicy } from './policy-text.ts';

const kept = (policy: object) => JSON.parse(keptPolicy(JSON.stringify(policy, null, 2), 'aws'));

test('members come in their order, and a policy without a version has the first one', () => {
  const Resource = ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'];
  const statement = { Action: 's3:*', Resource, Principal: '*', Effect: 'Deny', Sid: 'S' };
  assert.equal(
    keptPolicy(`{ "Statement": ${JSON.stringify(statement)} }`, 'aws'),
    `{"Version":"2008-10-17","Statement":[{"Sid":"S","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":${JSON.stringify(Resource)}}]}`,
  );
  assert.equal(kept({ Version: '2012-10-17', Id: 'i', Statement: [] }).Version, '2012-10-17');
});

test('lists of one are their item, accounts are ARNs', () => {
  const [statement] = kept({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: ['123456789012'], Service: ['a.amazonaws.com', 'b.amazonaws.com'] },
        Action: ['s3:GetObject'],
        Resource: ['arn:aws:s3:::b/*'],
        Condition: { StringEquals: { 's3:prefix': ['a'] } },
      },
    ],
  }).Statement;
  assert.deepEqual(statement, {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::123456789012:root', Service: ['a.amazonaws.com', 'b.amazonaws.com'] },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::b/*',
    Condition: { StringEquals: { 's3:prefix': 'a' } },
  });
  const both = kept({ Statement: { Effect: 'Deny', NotPrincipal: { AWS: ['1'.repeat(12), '*'] }, NotAction: [] } });
  assert.deepEqual(both.Statement, [
    { Effect: 'Deny', NotPrincipal: { AWS: ['arn:aws:iam::111111111111:root', '*'] }, NotAction: [] },
  ]);
});
