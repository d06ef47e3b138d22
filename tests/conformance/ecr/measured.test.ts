/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateRepositoryCommand,
  type CreateRepositoryCommandInput,
  ECRClient,
  PutLifecyclePolicyCommand,
  PutReplicationConfigurationCommand,
} from '@aws-sdk/client-ecr';
import { failure, startTestCloud } from '../../support/cloud.ts';

const EXPIRE = { type: 'expire' };
const UNTAGGED = { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 };
const TAGGED = { ...UNTAGGED, tagStatus: 'tagged' };
const rule = (rulePriority: number, selection: object, action: object = EXPIRE) => ({
  rulePriority,
  selection,
  action,
});

test('lifecycle policies that can’t be', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'images' }));
  const put = (text: string) => {
    const lifecyclePolicyText = text.padEnd(100);
    return ecr.send(new PutLifecyclePolicyCommand({ repositoryName: 'images', lifecyclePolicyText }));
  };
  const rules = (...all: object[]) => put(JSON.stringify({ rules: all }));
  const named = (count: number) =>
    Array.from({ length: count }, (_, index) => rule(index + 1, { ...TAGGED, tagPatternList: [`v${index}`] }));
  const unmatched = 'validation failure: instance failed to match exactly one schema (matched 0 out of';
  const cases: [Promise<unknown>, string][] = [
    [put('{'), 'parsing failure: Could not map policyString into LifecyclePolicy.'],
    [rules(rule(1, UNTAGGED, { type: 'delete' })), 'parsing failure: Could not map policyString into LifecyclePolicy.'],
    [rules(rule(1, { ...UNTAGGED, countUnit: 'days' })), `${unmatched} 4)\n`],
    [rules(rule(1, { ...UNTAGGED, countNumber: 0 })), `${unmatched} 4)\n`],
    [rules(rule(1, UNTAGGED, { ...EXPIRE, targetStorageClass: null })), `${unmatched} 2)\n`],
    [
      rules(...named(51)),
      'validation failure: array is too long: must have at most 50 elements but instance has 51 elements\n',
    ],
    [
      rules(rule(1, UNTAGGED), rule(2, UNTAGGED)),
      'validation failure: Only one rule can select Untagged images per storage class',
    ],
    [
      rules(rule(1, UNTAGGED), rule(1, { ...TAGGED, tagPatternList: ['a'] })),
      'validation failure: Duplicate priority in multiple rules',
    ],
    [rules(rule(1, TAGGED)), 'validation failure: Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.'],
    [
      rules(rule(1, { ...TAGGED, tagPatternList: ['*a*b*c*d*'] })),
      'validation failure: Invalid tag pattern provided. Total number of * must not exceed 4',
    ],
  ];
  const told = await Promise.all(cases.map(([answer]) => failure(answer)));
  const at = "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint:";
  assert.deepEqual(
    told.map(({ name, message }) => [name, message]),
    cases.map(([, why]) => ['InvalidParameterException', `${at} 'Lifecycle policy ${why}'`]),
  );
  await rules(...named(50));
});

test('repositories and destinations that can’t be', async () => {
  await using cloud = await startTestCloud();
  const ecr = cloud.client(ECRClient);
  const create = (more: Partial<CreateRepositoryCommandInput>) =>
    ecr.send(new CreateRepositoryCommand({ repositoryName: 'images', ...more }));
  const kmsKey = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
  const destinations = [{ region: 'us-east-1', registryId: '123456789012' }];
  const cases: [Promise<unknown>, string, string][] = [
    [
      create({ encryptionConfiguration: { encryptionType: 'AES256', kmsKey } }),
      'encryptionConfiguration',
      'Invalid encryption configuration: Encryption key should not be set for AES256 encryption.',
    ],
    [
      create({
        imageTagMutability: 'IMMUTABLE',
        imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev*' }],
      }),
      'imageTagMutabilityExclusionFilters',
      'ImageTagMutabilityExclusionFilters are not allowed when imageTagMutability is set as IMMUTABLE',
    ],
    [
      ecr.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [{ destinations }] } })),
      'replicationConfiguration',
      'Replication destination cannot be the same as the source registry',
    ],
  ];
  const told = await Promise.all(cases.map(([answer]) => failure(answer)));
  assert.deepEqual(
    told.map(({ name, message }) => [name, message]),
    cases.map(([, at, why]) => [
      'InvalidParameterException',
      `Invalid parameter at '${at}' failed to satisfy constraint: '${why}'`,
    ]),
  );
});
