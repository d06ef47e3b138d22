/**
 * Stacks that are there become instances of a set.
 *
 * Deviation: how CloudFormation words why it does not take one is recorded nowhere; the words are ours. Nor is it known here whether another set has
 * the stack.
 */
import { memberOf } from '../domain/member.ts';
import { parseTemplate } from '../domain/parse.ts';
import { textOf } from '../domain/texts.ts';
import { stacks } from '../state.ts';
import { reach } from './reach.ts';
import { type Job, type Outcome, there } from './stack.ts';
import { instances } from './state.ts';

/** Source: CloudFormation User Guide, "Import stacks into StackSets": the stack is complete, is not nested, and has the set's template. */
export async function importUnit(job: Job): Promise<Outcome> {
  const { set, operation, unit, ctx } = job;
  const instance = ctx.store.get(instances, unit);
  const aws = await reach(operation, unit, ctx);
  const { Stacks = [] } = await aws.cloudformation.DescribeStacks({ StackName: instance?.stackId ?? '' });
  const stack = there(job).get(stacks, { id: Stacks[0]?.StackId ?? '' });
  if (instance === undefined || stack === undefined) return { isDone: false, reason: 'The stack does not exist.' };
  const refuse = (why: string): Outcome => ({ isDone: false, reason: `Stack ${stack.id} cannot be imported: ${why}` });
  if (!/^(CREATE|UPDATE|IMPORT|UPDATE_ROLLBACK|IMPORT_ROLLBACK)_COMPLETE$/.test(stack.status))
    return refuse(`it is in ${stack.status} state.`);
  if (stack.parentId !== undefined) return refuse('it is a nested stack.');
  const content = async (ref: typeof stack.source.template) => JSON.stringify(parseTemplate(await textOf(ref, ctx)));
  if ((await content(stack.source.template)) !== (await content(set.source.template)))
    return refuse('its template is not that of the stack set.');
  const overrides = Object.fromEntries(
    Object.entries(stack.source.parameters).filter(([name, value]) => memberOf(set.source.parameters, name) !== value),
  );
  ctx.transact((store) => store.put(instances, { ...(store.get(instances, unit) ?? instance), overrides }));
  return { isDone: true };
}
