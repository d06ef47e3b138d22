/** Functions for tests: a role that Lambda may assume, and archives of a few files. */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';
import type { TestCloud } from './cloud.ts';

/** What has clients: a cloud of a test, or one in a process of its own. */
export type HasClients = Pick<TestCloud, 'client'>;

/** An archive of texts by file name. */
export function zip(files: { [name: string]: string }): Uint8Array {
  const contents = Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]);
  return zipSync(Object.fromEntries(contents), { mtime: '2026-01-01T00:00:00Z' });
}

/** Makes a role for functions, allowed `actions` on everything, that `trusted` may assume; its ARN. */
export async function functionRole(
  cloud: HasClients,
  actions: readonly string[] = ['logs:*'],
  name = 'functions',
  trusted = ['lambda.amazonaws.com'],
) {
  const iam = cloud.client(IAMClient);
  const trust = { Effect: 'Allow', Principal: { Service: trusted }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  const allowed = { Effect: 'Allow', Action: actions, Resource: '*' };
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: 'allowed',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [allowed] }),
    }),
  );
  return Role?.Arn ?? '';
}

/** Makes a Node.js function of one module. */
export function createFunction(
  cloud: HasClients,
  role: string,
  name: string,
  source: string,
  options: Partial<CreateFunctionCommandInput> = {},
) {
  return cloud.client(LambdaClient).send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: role,
      Timeout: 20,
      MemorySize: 512,
      Code: { ZipFile: zip({ 'index.mjs': source }) },
      ...options,
    }),
  );
}

/** Everybody may call a function at its address. */
export async function openAddress(cloud: HasClients, FunctionName: string): Promise<void> {
  for (const Action of ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction']) {
    const allowed = { FunctionName, Action, Principal: '*', StatementId: Action.replace(':', '-') };
    await cloud.client(LambdaClient).send(new AddPermissionCommand(allowed));
  }
}
