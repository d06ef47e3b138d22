/** ARNs of executions, and the tokens by which functions and others refer to them. */
import type { Ctx } from '#kernel/contract';
import { arnOf } from '../domain/names.ts';
import { invalidCallback } from './errors.ts';
import type { ExecutionRow } from './state.ts';

const ARN = /^(arn:[^:]+:lambda:([^:]+):(\d{12}):function:([^:]+)):([^:/]+)\/durable-execution\/([^/]+)\/([^/]+)$/;

/** The version that an execution runs. */
export function functionArn(row: Pick<ExecutionRow, 'function' | 'version'>, account: string, ctx: Ctx): string {
  return arnOf(ctx, account, row.function, row.version);
}

/** `<function>:<version>/durable-execution/<name>/<id>`. */
export function executionArn(row: ExecutionRow, account: string, ctx: Ctx): string {
  return `${functionArn(row, account, ctx)}/durable-execution/${row.name}/${row.id}`;
}

/** The parts of an execution's ARN; undefined for what is none. */
export function parseExecutionArn(arn: string) {
  const [, , region, account, name, version, execution, id] = ARN.exec(arn) ?? [];
  return id === undefined ? undefined : { region, account, name, version, execution, id };
}

/** Good for one checkpoint of one invocation. */
export function checkpointToken({ id, checkpoints }: ExecutionRow, invocation: string): string {
  return Buffer.from(JSON.stringify([id, invocation, checkpoints])).toString('base64');
}

/** The execution that a token is of; undefined for what is no token. */
export function tokenOwner(token: string): string | undefined {
  const [id] = partsOf(token);
  return id;
}

/** By which others answer an operation that waits for them. */
export function callbackId(execution: string, operation: string): string {
  return Buffer.from(JSON.stringify([execution, operation])).toString('base64');
}

/** @throws {ServiceError} InvalidParameterValueException */
export function parseCallbackId(id: string): { execution: string; operation: string } {
  const [execution, operation] = partsOf(id);
  if (execution === undefined || operation === undefined) throw invalidCallback();
  return { execution, operation };
}

function partsOf(token: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
    return Array.isArray(parts) ? parts.map(String) : [];
  } catch {
    return [];
  }
}
