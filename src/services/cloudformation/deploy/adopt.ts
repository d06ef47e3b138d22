/** Takes things that are there into a stack: imports. */
import { type Properties, ServiceError } from '#kernel/contract';
import { typedProperties } from '../domain/check.ts';
import { setResource } from '../domain/events.ts';
import { checkUnmanaged, importedId } from '../domain/imports.ts';
import { typeNamed } from '../domain/type.ts';
import { type ResourceRow, stackResources } from '../state.ts';
import { type Goal, refuse } from './step.ts';
import { stepScope, type Work } from './step-scope.ts';

/**
 * Makes a thing that is there a stack's resource.
 *
 * @throws {StepFailed}
 */
export async function adopt(goal: Goal, identifier: { [property: string]: string }, work: Work): Promise<void> {
  const { ctx, operation, stack } = work;
  const key = { stackId: stack.id, logicalId: goal.logicalId };
  if (ctx.store.get(stackResources, key)?.settled === operation.number) return;
  const { properties, ...rest } = goal;
  const begun: ResourceRow = {
    ...key,
    ...rest,
    status: 'IMPORT_IN_PROGRESS',
    updatedAt: ctx.clock(),
    settled: 0,
    replaced: [],
    step: { kind: 'update', suffix: '' },
    before: { operation: operation.number, thing: null },
  };
  ctx.transact((store) => setResource(begun, properties, store, ctx));
  const found = await typeNamed(goal.type, ctx.findResource);
  const id = importedId(identifier, found?.schema);
  const scope = stepScope(begun, true, work);
  try {
    if (found?.type.read === undefined || found.type.update === undefined)
      return refuse(begun, `Resource type ${goal.type} can not be imported`, properties, work);
    checkUnmanaged(goal.type, id, ctx);
    const typed = found.schema === undefined ? properties : typedProperties(properties, found.schema);
    const there = await found.type.read(id, { ...typed, ...identifier }, scope);
    if (there === undefined)
      return refuse(begun, `Resource of type '${goal.type}' with identifier '${id}' was not found.`, properties, work);
    // It stays as it is, whatever the template says, but for the stack's tags; what comes back are its attributes.
    const is = asItIs(typed, there, found.schema?.tags);
    const made = await found.type.update(id, is, is, scope);
    const { step, ...row } = begun;
    const thing = { type: goal.type, ...made, properties };
    ctx.transact((store) =>
      setResource({ ...row, status: 'IMPORT_COMPLETE', thing, settled: operation.number }, properties, store, ctx),
    );
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return refuse(begun, error.message, properties, work);
  }
}

/** What was read of a thing, and of what can't be read what the template says. */
function asItIs(typed: Properties, there: Properties, tags = ''): Properties {
  const is: { [name: string]: unknown } = {};
  for (const [name, value] of Object.entries({ ...typed, ...there })) if (value !== undefined) is[name] = value;
  const own = is[tags];
  const isOwn = (key: unknown) => !String(key).startsWith('aws:');
  if (Array.isArray(own)) is[tags] = own.filter(({ Key }) => isOwn(Key));
  else if (own !== undefined)
    is[tags] = Object.fromEntries(Object.entries(own as object).filter(([key]) => isOwn(key)));
  return is;
}
