/** What the IAM tests share: policies in short, and users with keys. */
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { TestCloud } from '../../support/cloud.ts';

export const ACCOUNT = '123456789012';
export const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:jobs`;

type Statement = {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource?: string | string[];
  Principal?: unknown;
  Condition?: unknown;
  Sid?: string;
};

export function policy(...statements: Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export const allow = (
  Action: string | string[],
  Resource: string | string[] = '*',
  Condition?: unknown,
): Statement => ({ Effect: 'Allow', Action, Resource, ...(Condition !== undefined && { Condition }) });
export const deny = (Action: string | string[], Resource: string | string[] = '*'): Statement => ({
  Effect: 'Deny',
  Action,
  Resource,
});

export type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** A user with an access key and, when given, an inline policy called `own`. */
export async function userWithKey(cloud: TestCloud, name: string, document?: string): Promise<Keys> {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: name }));
  if (document !== undefined)
    await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'own', PolicyDocument: document }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

/** Keys as STS gives them. */
export function keysOf(
  credentials:
    | { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined; SessionToken?: string | undefined }
    | undefined,
): Required<Keys> {
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  };
}

export function sqsOf(cloud: TestCloud, credentials: Keys): SQSClient {
  return cloud.client(SQSClient, { credentials });
}
