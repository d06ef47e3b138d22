/** How stacks will be laid out after a refactor: which resource is where, with which properties, and what is exported then. */
import type { Ctx } from '#kernel/contract';
import { wantedGoal } from '../deploy/goal.ts';
import { condition, evaluate, type Scope } from '../domain/evaluate.ts';
import { outputsOf } from '../domain/outputs.ts';
import { parameterValues } from '../domain/parameters.ts';
import { type JsonObject, parseTemplate } from '../domain/parse.ts';
import { wantedOf } from '../domain/plan.ts';
import { type StackFacts, scopeOf } from '../domain/scope.ts';
import { readTemplate, type Template } from '../domain/template.ts';
import { textOf } from '../domain/texts.ts';
import { templateError } from '../errors.ts';
import type { Output, ResourceRow, StackRow } from '../state.ts';
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
  const template = readTemplate(parseTemplate(await textOf(definition.template, ctx)));
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
    one.outputs.push(...outputsOf(shownOutputs(side, scope), scope));
  }
  return laid;
}

function shownOutputs({ template }: Side, scope: Scope): [string, JsonObject][] {
  return [...template.outputs].filter(([, { Condition: held }]) => typeof held !== 'string' || condition(held, scope));
}

/** The value of what one of the stacks will export; `open` are the names that are being looked for. */
function newlyExported(name: string, scopes: ReadonlyMap<Side, Scope>, open: Set<string>) {
  if (open.has(name)) throw templateError(`Export ${name} depends on itself.`);
  open.add(name);
  try {
    for (const [side, scope] of scopes)
      for (const [, { Export: exported, Value: value = null }] of shownOutputs(side, scope)) {
        const { Name: given = null } = (exported ?? {}) as JsonObject;
        if (given !== null && String(evaluate(given, scope)) === name) return evaluate(value, scope);
      }
    return undefined;
  } finally {
    open.delete(name);
  }
}
