/** Whether an update asks for anything else than a stack already is. */
import type { Ctx } from '#kernel/contract';
import type { Source, StackRow } from '../state.ts';
import { parseTemplate } from './parse.ts';
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
  const content = async (one: Source) => {
    // Outputs and descriptions alone are a change, too; white space and comments are none.
    return JSON.stringify(parseTemplate(await textOf(one.processed ?? one.template, ctx)));
  };
  return (await content(source)) !== (await content(target));
}

function sorted(values: { readonly [name: string]: string }): [string, string][] {
  return Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
