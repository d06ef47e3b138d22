/** Whether an update asks for anything else than a stack already is. */
import type { Ctx } from '#kernel/contract';
import type { Source, StackRow } from '../state.ts';
import { condition } from './evaluate.ts';
import { parseTemplate } from './parse.ts';
import { scopeOf } from './scope.ts';
import { readTemplate } from './template.ts';
import { textOf } from './texts.ts';

type Wanted = Pick<StackRow, 'source' | 'rollback' | 'notificationArns'>;

/** Resolves to true where an update to what is wanted would do something. */
export async function changed({ status, ...stack }: StackRow, wanted: Wanted, ctx: Ctx): Promise<boolean> {
  if (status.endsWith('FAILED')) return true;
  // Topics alone are a change. Source: AWS CLI Command Reference, examples of update-stack.
  const settings = ({ rollback, notificationArns }: Wanted) => JSON.stringify([rollback, notificationArns]);
  if (settings(stack) !== settings(wanted)) return true;
  const { source } = stack;
  const target = wanted.source;
  const facts = ({ parameters, looked, tags }: Source) =>
    JSON.stringify([sorted(parameters), sorted(looked), sorted(tags)]);
  if (facts(source) !== facts(target)) return true;
  return (await contentOf(source, stack, ctx)) !== (await contentOf(target, stack, ctx));
}

/**
 * What can be updated of a template: outputs alone are a change, too; white space and comments are none.
 *
 * Source: CloudFormation User Guide, "Description", "Metadata" and "Conditions" of templates: none of them can be updated by itself.
 */
async function contentOf(source: Source, stack: Omit<StackRow, 'status'>, ctx: Ctx): Promise<string> {
  const {
    Description: _,
    Metadata: __,
    ...raw
  } = parseTemplate(await textOf(source.processed ?? source.template, ctx));
  const template = readTemplate(raw);
  const scope = scopeOf(template, { ...stack, ...source }, new Map(), ctx);
  const { Conditions = {}, ...content } = raw;
  const used = new Set(JSON.stringify(content).match(/"[^"]*"/g));
  const held = Object.keys(Conditions as object).filter((name) => used.has(JSON.stringify(name)));
  return JSON.stringify([content, held.map((name) => [name, condition(name, scope)])]);
}

function sorted(values: { readonly [name: string]: string }): [string, string][] {
  return Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
