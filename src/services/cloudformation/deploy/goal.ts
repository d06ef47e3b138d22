/** What a declared resource should become now, given what has been made of the others. */
import { ServiceError } from '#kernel/contract';
import { evaluate, type Scope, scalarText } from '../domain/evaluate.ts';
import { type Plan, propertiesOf, rowsById } from '../domain/plan.ts';
import { scopeOf } from '../domain/scope.ts';
import type { ResourceDeclaration } from '../domain/template.ts';
import { putResource, stackResources } from '../state.ts';
import { type Goal, refuse } from './step.ts';
import type { Work } from './step-scope.ts';

/** @throws {ServiceError} ValidationError where its properties stand for nothing */
export function wantedGoal(declared: ResourceDeclaration & { order: number }, scope: Scope): Goal {
  return { ...aroundOf(declared, scope), properties: propertiesOf(declared, scope) };
}

/** What a template says of a resource beside its properties. */
function aroundOf(declared: ResourceDeclaration & { order: number }, scope: Scope): Omit<Goal, 'properties'> {
  const { logicalId, type, order, dependsOn, metadata } = declared;
  const { CreationPolicy: creationPolicy } = declared.declared;
  const policy = (given: typeof declared.deletionPolicy) =>
    given === null ? 'Delete' : scalarText(evaluate(given, scope));
  return {
    logicalId,
    type,
    order,
    dependsOn,
    deletionPolicy: policy(declared.deletionPolicy),
    replacePolicy: policy(declared.replacePolicy),
    ...(metadata !== undefined && { metadata: JSON.stringify(metadata) }),
    ...(creationPolicy !== undefined && { creationPolicy: evaluate(creationPolicy, scope) as object }),
  };
}

/** A stack that goes back is again what its template says: what depends on what, what is kept, metadata. */
export function declareAgain({ template, wanted }: Plan, { stack, ctx }: Work): void {
  ctx.transact((store) => {
    const rows = store.list(stackResources, { where: { stackId: stack.id } });
    const scope = scopeOf(template, { ...stack, ...stack.source }, rowsById(rows), ctx);
    for (const [order, declared] of wanted.entries()) {
      const row = store.get(stackResources, { stackId: stack.id, logicalId: declared.logicalId });
      if (row === undefined) continue;
      const { metadata: _, creationPolicy: __, ...rest } = row;
      putResource(store, { ...rest, ...aroundOf({ ...declared, order }, scope) });
    }
  });
}

/** @throws {StepFailed} where its properties stand for nothing */
export function goalOf(declared: ResourceDeclaration & { order: number }, scope: Scope, work: Work): Goal {
  try {
    return wantedGoal(declared, scope);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { ctx, stack } = work;
    const { logicalId, type, order, dependsOn } = declared;
    const key = { stackId: stack.id, logicalId };
    const row = ctx.store.get(stackResources, key);
    const fresh = { ...key, type, order, dependsOn, deletionPolicy: 'Delete', replacePolicy: 'Delete', replaced: [] };
    const status = row === undefined ? ('CREATE_IN_PROGRESS' as const) : ('UPDATE_IN_PROGRESS' as const);
    const base = { ...fresh, updatedAt: ctx.clock(), settled: 0, ...row, status };
    return refuse(base, error.message, undefined, work);
  }
}
