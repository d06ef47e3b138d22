/** Durable functions for tests: with AWS's own SDK for them in their archive. */
import { readFileSync } from 'node:fs';
import {
  type CreateFunctionCommandInput,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import type { TestCloud } from './cloud.ts';
import { createFunction, functionRole, type HasClients, zip } from './functions.ts';
import { signHeaders } from './sign.ts';

const SDK = '@aws/durable-execution-sdk-js';
const code = readFileSync(new URL(`../../node_modules/${SDK}/dist/index.mjs`, import.meta.url), 'utf8');
const description = JSON.stringify({ name: SDK, type: 'module', exports: './index.mjs' });

/** A role that durable functions can work with, allowed `more` on everything; its ARN. */
export function durableRole(cloud: HasClients, more: readonly string[] = []): Promise<string> {
  const own = ['logs:*', 'lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'];
  return functionRole(cloud, [...own, ...more]);
}

/** Makes a durable function; `body` is that of its handler `(event, context) => …`. */
export function durableFunction(
  cloud: HasClients,
  role: string,
  name: string,
  body: string,
  options: Partial<CreateFunctionCommandInput> = {},
) {
  const source = `
    import { withDurableExecution } from '${SDK}';
    export const handler = withDurableExecution(async (event, context) => { ${body} });`;
  const files = { 'index.mjs': source, [`node_modules/${SDK}/index.mjs`]: code };
  return createFunction(cloud, role, name, '', {
    Code: { ZipFile: zip({ ...files, [`node_modules/${SDK}/package.json`]: description }) },
    DurableConfig: { ExecutionTimeout: 600, RetentionPeriodInDays: 2 },
    ...options,
  });
}

/** Begins an execution of `$LATEST` and lets it go as far as it can; its ARN. */
export async function begin(cloud: TestCloud, name: string, event: unknown = {}, DurableExecutionName?: string) {
  const { DurableExecutionArn = '' } = await cloud.client(LambdaClient).send(
    new InvokeCommand({
      FunctionName: name,
      Qualifier: '$LATEST',
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
      ...(DurableExecutionName !== undefined && { DurableExecutionName }),
    }),
  );
  await cloud.server.cloud.settle();
  return DurableExecutionArn;
}

/** An execution: its status, and its result or error. */
export async function look(cloud: HasClients, DurableExecutionArn: string) {
  const shown = await cloud.client(LambdaClient).send(new GetDurableExecutionCommand({ DurableExecutionArn }));
  return [shown.Status, shown.Result === undefined ? shown.Error : JSON.parse(shown.Result)];
}

/** Its history. */
export async function historyOf(cloud: HasClients, DurableExecutionArn: string) {
  const { Events = [] } = await cloud
    .client(LambdaClient)
    .send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn, MaxItems: 1000 }));
  return Events;
}

/** Asks for what AWS's client does not know yet: POST or DELETE of `/2025-12-01/durable-executions/<ARN>…`; status and answer. */
export async function ask(cloud: TestCloud, arn: string, method: 'DELETE' | 'POST', end = '', body: object = {}) {
  const path = `/2025-12-01/durable-executions/${encodeURIComponent(arn)}${end}`;
  const text = method === 'POST' ? JSON.stringify(body) : '';
  const given = { host: new URL(cloud.url).host, 'content-type': 'application/json' };
  const keys = { accessKeyId: '123456789012', secret: 'test' };
  const { headers } = signHeaders({ method, path, headers: given, body: text }, keys, { service: 'lambda' });
  const answer = await fetch(`${cloud.url}${path}`, { method, headers, ...(text !== '' && { body: text }) });
  const { message } = (await answer.json()) as { message?: string };
  return { status: answer.status, message };
}
