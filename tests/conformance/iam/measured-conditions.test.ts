// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
/** Decisions as they were measured at AWS, with session policies on TagUser. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  TagUserCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, keysOf, policy, userWithKey } from './support.ts';

type Case = [Condition: object, tags: { [key: string]: string }, allowed: boolean];

const tag = (operator: string, wanted: unknown) => ({ [operator]: { 'aws:RequestTag/k': wanted } });
const keys = (operator: string, wanted: unknown) => ({ [operator]: { 'aws:TagKeys': wanted } });

/** Whether a session may tag a user, by the condition of its policy. */
async function decide(cases: readonly Case[], Effect: 'Allow' | 'Deny' = 'Allow'): Promise<void> {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const bob = await userWithKey(cloud, 'bob', policy(allow('sts:AssumeRole')));
  const trust = { Effect: 'Allow' as const, Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' };
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: policy(trust) }));
  await iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'p', PolicyDocument: policy(allow('*')) }));
  await iam.send(new CreateUserCommand({ UserName: 'tagged' }));
  const sts = cloud.client(STSClient, { credentials: bob });
  for (const [Condition, tags, allowed] of cases) {
    const statement = { Effect, Action: 'iam:TagUser', Resource: '*', Condition };
    const Policy = policy(statement, ...(Effect === 'Deny' ? [allow('iam:TagUser')] : []));
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/r`;
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me', Policy }));
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const name = await cloud
      .client(IAMClient, { credentials: keysOf(Credentials) })
      .send(new TagUserCommand({ UserName: 'tagged', Tags }))
      .then(
        () => 'allowed',
        (error: Error) => error.name,
      );
    assert.equal(name, allowed ? 'allowed' : 'AccessDenied', JSON.stringify([Condition, tags]));
  }
}

test('a key with a list of values holds no operator without a set, however many they are', () =>
  decide([
    [keys('StringEquals', 'k'), { k: 'v' }, false],
    [keys('StringNotEquals', 'x'), { k: 'v' }, false],
    [keys('StringEqualsIfExists', 'k'), { k: 'v' }, false],
    [keys('StringNotLike', 'x'), { k: 'v', l: 'v' }, false],
    [keys('ForAnyValue:StringEquals', 'k'), { k: 'v', l: 'v' }, true],
    [keys('ForAllValues:StringEquals', 'k'), { k: 'v', l: 'v' }, false],
    [keys('Null', 'false'), { k: 'v' }, true],
    [tag('StringEquals', "${aws:TagKeys, 'k'}"), { k: 'k' }, false],
    [tag('StringNotEquals', "${aws:TagKeys, 'k'}"), { k: 'k' }, true],
  ]));

test('an empty value is a value, to Null and to sets; a key that is missing is none to sets, whatever they end in', () =>
  decide([
    [tag('Null', 'false'), { k: '' }, true],
    [tag('ForAllValues:StringEquals', 'a'), { k: '' }, false],
    [tag('ForAnyValue:StringEquals', ''), { k: '' }, true],
    [tag('ForAllValues:StringEquals', 'a'), { l: 'a' }, true],
    [tag('ForAnyValue:StringEqualsIfExists', 'a'), { l: 'a' }, false],
    [tag('StringEqualsIfExists', 'a'), { l: 'a' }, true],
  ]));

test('what can not be read as a number or date is unequal; as an address or ARN it holds nothing', () =>
  decide([
    [tag('NumericNotEquals', '1'), { k: 'one' }, true],
    [tag('NumericEquals', '1'), { k: '+01.0' }, true],
    [tag('NumericLessThan', 'many'), { k: '1' }, false],
    [tag('DateNotEquals', '2026-01-01'), { k: 'tomorrow' }, true],
    [tag('DateLessThan', 'tomorrow'), { k: '2026-01-01' }, false],
    [tag('DateEquals', '2026-01-01T00:00:00.1234Z'), { k: '2026-01-01T00:00:00.123Z' }, true],
    [tag('Bool', 'false'), { k: 'maybe' }, true],
    [tag('Bool', 'true'), { k: 'TRUE' }, true],
    [tag('NotIpAddress', '10.0.0.0/8'), { k: 'here' }, false],
    [tag('ArnNotLike', 'arn:aws:iam::*:user/x'), { k: 'x' }, false],
    [tag('ArnLike', 'x'), { k: 'arn:aws:iam::1:user/x' }, false],
    [tag('ArnNotLike', 'x'), { k: 'arn:aws:iam::1:user/x' }, false],
    [tag('ArnLike', '*'), { k: 'arn:aws:iam::1:user/x' }, true],
  ]));

test('a Deny with a value that is no ARN denies what is asked with one', () =>
  decide(
    [
      [tag('ArnLike', 'x'), { k: 'arn:aws:iam::1:user/y' }, false],
      [tag('ArnLike', ['arn:aws:iam::1:user/y', 'x']), { k: 'arn:aws:iam::1:user/y' }, false],
      [tag('ArnNotLike', ['arn:aws:iam::1:user/y', 'x']), { k: 'arn:aws:iam::1:user/y' }, true],
      [tag('ArnLike', 'x'), { k: 'y' }, true],
    ],
    'Deny',
  ));

test('networks are of the family that they are written in, and those of IPv6 are whole', () =>
  decide([
    [tag('IpAddress', '10.1.2.3/8'), { k: '10.9.9.9' }, true],
    [tag('IpAddress', '10.0.0.0/+08'), { k: '010.001.002.003' }, true],
    [tag('IpAddress', '10.0.0.0/8'), { k: '::ffff:10.1.2.3' }, true],
    [tag('IpAddress', '::ffff:a00:0/104'), { k: '10.1.2.3' }, false],
    [tag('IpAddress', '2001:db8::5/64'), { k: '2001:db8::5' }, false],
    [tag('NotIpAddress', '2001:db8::5/64'), { k: '2001:db8::5' }, true],
    [tag('IpAddress', '2001:db8::4/127'), { k: '2001:db8::5' }, true],
    [tag('IpAddress', '2001:db8::1'), { k: '2001:db8::1:' }, true],
  ]));

test('question marks count UTF-16 units, and case is ignored by lower case', () =>
  decide([
    [tag('StringLike', '??'), { k: 'é' }, false],
    [tag('StringLike', '?'), { k: 'é' }, true],
    [tag('StringLike', '??'), { k: '𐐀' }, true],
    [tag('StringEqualsIgnoreCase', 'é'), { k: 'É' }, true],
  ]));
