/** How a function runs besides its configuration: when its runtime is updated, and whether it may call itself without end. */
import { parseArn } from '#kernel/base';
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { findFunction } from '../domain/find.ts';
import { arnOf } from '../domain/names.ts';
import { badRuntimeArn, runtimeArnNeeded, runtimeArnUnexpected } from '../errors.ts';
import { functions, LATEST, type VersionRow, versions } from '../state.ts';

/** Deviation: a runtime here is what this machine has; no update ever changes it, and what is asked for is only remembered. */
export const putRuntimeManagementConfig: Handler<'lambda', 'PutRuntimeManagementConfig'> = (input, ctx) => {
  const { version, named, store } = findFunction(input.FunctionName, input.Qualifier, ctx);
  const { UpdateRuntimeOn: on, RuntimeVersionArn: arn } = input;
  if (on === 'Manual' && arn === undefined) throw runtimeArnNeeded();
  if (on !== 'Manual' && arn !== undefined) throw runtimeArnUnexpected(on);
  if (arn !== undefined && parseArn(arn)?.region !== ctx.region) throw badRuntimeArn(arn);
  const changed: VersionRow = { ...version, runtimeUpdates: { on, ...(arn !== undefined && { arn }) } };
  store.put(versions, changed);
  return shown(changed, named.account, ctx);
};

export const getRuntimeManagementConfig: Handler<'lambda', 'GetRuntimeManagementConfig'> = (input, ctx) => {
  const { version, named } = findFunction(input.FunctionName, input.Qualifier, ctx);
  return shown(version, named.account, ctx);
};

function shown(version: VersionRow, account: string, ctx: Ctx): OutputOf<'lambda', 'PutRuntimeManagementConfig'> {
  const { on = 'Auto', arn } = version.runtimeUpdates ?? {};
  const qualifier = version.version === LATEST ? LATEST : version.version;
  return {
    UpdateRuntimeOn: on,
    FunctionArn: arnOf(ctx, account, version.name, qualifier),
    ...(arn !== undefined && { RuntimeVersionArn: arn }),
  };
}

export const putFunctionRecursionConfig: Handler<'lambda', 'PutFunctionRecursionConfig'> = (input, ctx) => {
  const { function: row, store } = findFunction(input.FunctionName, undefined, ctx);
  const { mayLoop: _, ...rest } = row;
  store.put(functions, { ...rest, ...(input.RecursiveLoop === 'Allow' && { mayLoop: true }) });
  return { RecursiveLoop: input.RecursiveLoop };
};

export const getFunctionRecursionConfig: Handler<'lambda', 'GetFunctionRecursionConfig'> = (input, ctx) => {
  const { function: row } = findFunction(input.FunctionName, undefined, ctx);
  return { RecursiveLoop: row.mayLoop === true ? 'Allow' : 'Terminate' };
};
