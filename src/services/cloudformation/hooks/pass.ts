/** Asks all hooks that have something to say before something is made, changed or removed, and notes what they said. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { noteHook } from '../domain/events.ts';
import { HOOK_RESULT_LIFE } from '../limits.ts';
import type { ResourceRow, StackRow } from '../state.ts';
import { type Configuration, configurationOf, isAsked } from './configuration.ts';
import { invoke, type Told } from './invoke.ts';
import { type HookRow, hookResults, hooks, type ResultRow, type TargetAction, type TargetType } from './state.ts';

/** With each result so many of the oldest go, if their time is over. */
const FORGOTTEN_MAX = 10;

/** What is about to happen. */
export type Deed = {
  stack: StackRow;
  type: TargetType;
  /** A type of resources; else the type itself. */
  name: string;
  logicalId: string;
  action: TargetAction;
  targetId: string;
  /** Names the attempt: a hook is asked once, though the cloud may stop in its middle. */
  step: string;
  model?: object;
  payload?: object;
  changeSetId?: string;
  /** What the events of a stack say meanwhile; a change set has none. */
  status?: ResourceRow['status'] | undefined;
  physicalId?: string | undefined;
};

/**
 * The names of the hooks that forbid it. Those that only warn are noted.
 *
 * @param deed asked for only where there are hooks
 */
export async function refusedBy(deed: Deed, ctx: Ctx): Promise<string[]> {
  const asked = hooksFor({ ...deed, operation: deed.type }, ctx);
  const said = await Promise.all(asked.map(([hook, configuration]) => one(hook, configuration, deed, ctx)));
  return said
    .filter(({ mode, status }) => mode === 'FAIL' && status !== 'HOOK_COMPLETE_SUCCEEDED')
    .map(({ hook }) => hook);
}

/** How CloudFormation words it. Source: stack events that users have published. */
export function refusal(names: readonly string[]): string {
  return `The following hook(s) failed: [${names.join(', ')}]`;
}

type Asked = { stack: Pick<StackRow, 'name' | 'roleArn'>; operation: string; name: string; action: string };

/** The hooks that are asked about something, with their configurations. */
export function hooksFor({ stack, ...question }: Asked, ctx: Ctx): [HookRow, Configuration][] {
  return ctx.store.list(hooks).flatMap((hook) => {
    if (hook.configuration === undefined) return [];
    const configuration = configurationOf(hook.configuration);
    const isMeant = isAsked(configuration, { ...question, stackName: stack.name, roleArn: stack.roleArn });
    return isMeant ? [[hook, configuration]] : [];
  });
}

async function one(hook: HookRow, configuration: Configuration, deed: Deed, ctx: Ctx): Promise<ResultRow> {
  const { stack, step, type, name, targetId, action } = deed;
  const known = ctx.store.first(hookResults, { index: 'byStep', where: { step, hook: hook.name } });
  if (known !== undefined && known.status !== 'HOOK_IN_PROGRESS') return known;
  const begun: ResultRow = known ?? {
    id: ctx.uuid(),
    number: 0,
    step,
    hook: hook.name,
    configurationVersion: versionOf(hook),
    mode: configuration.mode,
    status: 'HOOK_IN_PROGRESS',
    reason: 'Invoking hook',
    at: ctx.clock(),
    targetType: type,
    targetName: name,
    targetId,
    action,
    stackId: stack.id,
  };
  if (known === undefined) ctx.transact((store) => note(begun, deed, store, ctx));
  const ended: ResultRow = { ...begun, ...(await invoke(hook, configuration, toldOf(deed), ctx)) };
  ctx.transact((store) => note(ended, deed, store, ctx));
  return ended;
}

function toldOf({ stack, changeSetId, action, type, name, logicalId, model, payload }: Deed): Told {
  const target = { targetName: name, targetType: type === 'RESOURCE' ? name : type, targetLogicalId: logicalId };
  return {
    stackId: stack.id,
    changeSetId,
    action,
    target: { ...target, ...(model !== undefined && { targetModel: model }) },
    payload,
  };
}

function note(
  row: ResultRow,
  { stack, name, logicalId, status, physicalId = '' }: Deed,
  store: StoreView,
  ctx: Ctx,
): void {
  const known = store.get(hookResults, row);
  const last = store.first(hookResults, { index: 'byNumber', reverse: true });
  for (const old of store.list(hookResults, { index: 'byNumber', limit: FORGOTTEN_MAX }))
    if (isOld(old, ctx)) store.delete(hookResults, old);
  store.put(hookResults, { ...row, number: known?.number ?? (last?.number ?? 0) + 1 });
  if (status === undefined) return;
  const type = name === 'STACK' ? 'AWS::CloudFormation::Stack' : name;
  const hook = { id: row.id, type: row.hook, status: row.status, reason: row.reason, mode: row.mode };
  noteHook({ stackId: stack.id, logicalId, physicalId, type, status, hook }, store, ctx);
}

/** Whether a result is not told of any more. */
export function isOld({ at }: ResultRow, ctx: Ctx): boolean {
  return at + HOOK_RESULT_LIFE < ctx.clock();
}

/** The version of a hook's configuration, as results name it. */
export function versionOf({ configurations }: HookRow): string {
  return String(configurations).padStart(8, '0');
}
