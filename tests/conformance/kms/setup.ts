/** What the KMS tests share. */

import assert from 'node:assert/strict';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  type AliasListEntry,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  KMSClient,
  ListAliasesCommand,
} from '@aws-sdk/client-kms';
import { failure, type TestCloud } from '../../support/cloud.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
export const bytes = (text: string) => Buffer.from(text);
export const text = (data: Uint8Array | undefined) => Buffer.from(data ?? []).toString();
export const arnOf = (id: string, region = REGION, account = ACCOUNT) => `arn:aws:kms:${region}:${account}:key/${id}`;

/** A client of the root of an account. */
export function kmsOf(cloud: TestCloud, account = ACCOUNT, region = REGION): KMSClient {
  return cloud.client(KMSClient, { region, credentials: { accessKeyId: account, secretAccessKey: 'test' } });
}

/** A new key's id. */
export async function newKey(kms: KMSClient, input: CreateKeyCommandInput = {}): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
  assert.ok(KeyMetadata?.KeyId !== undefined);
  return KeyMetadata.KeyId;
}

/** The aliases that have a key. */
export async function aliasesOf(kms: KMSClient): Promise<AliasListEntry[]> {
  const { Aliases = [] } = await kms.send(new ListAliasesCommand({}));
  return Aliases.filter(({ TargetKeyId }) => TargetKeyId !== undefined);
}

/** Asserts that a call fails with this code and message; the SDK calls an error without one `UnknownError`. */
export async function refused(call: Promise<unknown>, code: string, message: string): Promise<void> {
  const error = await failure(call);
  assert.deepEqual([error.name, error.message === 'UnknownError' ? '' : error.message], [code, message]);
}

export const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

/** A user with these permissions of IAM, and a client of theirs. */
export async function userOf(cloud: TestCloud, UserName: string, ...statements: object[]) {
  const iam = cloud.client(IAMClient);
  const { User } = await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  if (statements.length > 0)
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: document(...statements) }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  return { kms: cloud.client(KMSClient, { credentials }), arn: User?.Arn ?? '', id: User?.UserId ?? '' };
}

export const iamAllow = (Action: string | string[], Condition: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource: '*',
  Condition,
});
