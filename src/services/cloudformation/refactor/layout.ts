/** How stacks will be laid out after a refactor: which resource is where, with which properties, and what is exported then. */
import type { Ctx } from '#kernel/contract';
import { wantedGoal } from '../deploy/goal.ts';
import { evaluate, type Scope } from '../domain/evaluate.ts';
import { exportName, outputsOf } from '../domain/outputs.ts';
import { parameterValues } from '../domain/parameters.ts';
import { wantedOf } from '../domain/plan.ts';
import { shownOutputs } from '../domain/rehearse.ts';
import { type StackFacts, scopeOf } from '../domain/scope.ts';
import type { Template } from '../domain/template.ts';
import { textOf } from '../domain/texts.ts';
import { templateError } from '../errors.ts';
import type { Output, ResourceRow, StackRow } from '../state.ts';
import { readUntransformed } from '../transform/transform.ts';
import type { Definition } from './state.ts';

/** A stack as it will be. */
export type Side = {
  definition: Definition;
  template: Template;
  facts: StackFacts;
  wanted: ReturnType<typeof wantedOf>;
};

/** Reads one stack's new template. @throws {ServiceError} ValidationError */
export async function sideOf(definition: Definition, stack: StackRow | undefined, ctx: Ctx): Promise<Side> {
  const template = readUntransformed(await textOf(definition.template, ctx));
  const before = stack?.source.parameters ?? {};
  const given = Object.keys(before)
    .filter((name) => template.parameters.has(name))
    .map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true }));
  const facts: StackFacts = {
    id: definition.stackId,
    name: definition.stackName,
    notificationArns: stack?.notificationArns ?? [],
    parameters: parameterValues(template, given, before),
    looked: stack?.source.looked ?? {},
  };
  const wanted = wantedOf(template, scopeOf(template, facts, new Map(), ctx));
  return { definition, template, facts, wanted };
}

export type Laid = {
  /** Of the export names that it uses. */
  used: Set<string>;
  goals: ReturnType<typeof wantedGoal>[];
  outputs: Output[];
};

/**
 * What each stack is after the refactor, by name.
 *
 * @param rows of each stack's resources as they will be, by logical id
 * @throws {ServiceError} ValidationError
 */
export function layOut(
  sides: readonly Side[],
  rows: (side: Side) => ReadonlyMap<string, ResourceRow>,
  ctx: Ctx,
): Map<string, Laid> {
  const laid = new Map<string, Laid>();
  const scopes = new Map<Side, Scope>();
  const open = new Set<string>();
  for (const side of sides) {
    const used = new Set<string>();
    const scope = scopeOf(side.template, side.facts, rows(side), ctx, used);
    laid.set(side.definition.stackName, { used, goals: [], outputs: [] });
    scopes.set(side, {
      ...scope,
      imported(name) {
        const value = newlyExported(name, scopes, open);
        used.add(name);
        return value ?? scope.imported(name);
      },
    });
  }
  for (const [side, scope] of scopes) {
    const one = laid.get(side.definition.stackName);
    if (one === undefined) continue;
    one.goals.push(...side.wanted.map((declared, order) => wantedGoal({ ...declared, order }, scope)));
    one.outputs.push(...outputsOf(shownOutputs(side.template, scope), scope));
  }
  return laid;
}

/** The value of what one of the stacks will export; `open` are the names that are being looked for. */
function newlyExported(name: string, scopes: ReadonlyMap<Side, Scope>, open: Set<string>) {
  if (open.has(name)) throw templateError(`Export ${name} depends on itself.`);
  open.add(name);
  try {
    for (const [side, scope] of scopes)
      for (const [key, { Export: exported, Value: value = null }] of shownOutputs(side.template, scope))
        if (exportName(key, exported, scope) === name) return evaluate(value, scope);
    return undefined;
  } finally {
    open.delete(name);
  }
}
