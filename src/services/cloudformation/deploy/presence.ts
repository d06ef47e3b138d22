/** Whether a thing is there already that a template is to make. */
import { type Ctx, type Pass, ServiceError } from '#kernel/contract';
import { typedProperties } from '../domain/check.ts';
import { UNKNOWN } from '../domain/evaluate.ts';
import { importedId } from '../domain/imports.ts';
import type { JsonObject } from '../domain/parse.ts';
import type { ResourceDeclaration } from '../domain/template.ts';
import type { Found } from '../domain/type.ts';
import type { ImportTarget, ResourceRow, Source, StackRow } from '../state.ts';
import { stepScope } from './step-scope.ts';

/** In whose name it is looked, and for which stack. */
export type Look = { stack: StackRow; source: Source; pass: Pass };

type Candidate = {
  declared: ResourceDeclaration;
  found: Found;
  identifier: ImportTarget['identifier'];
  properties: JsonObject;
};

/** What its type is identified by, where the template says all of it. */
export function identifierIn(properties: JsonObject, { schema }: Found): ImportTarget['identifier'] | undefined {
  const names = schema?.identifier ?? [];
  const pairs = names.map((name) => [name, properties[name]] as const);
  const isKnown = pairs.every(([, text]) => typeof text === 'string' && !text.includes(UNKNOWN));
  return names.length > 0 && isKnown ? (Object.fromEntries(pairs) as ImportTarget['identifier']) : undefined;
}

/** What may not be read is not seen. */
export async function isThere(
  { declared, found, identifier, properties }: Candidate,
  look: Look,
  ctx: Ctx,
): Promise<boolean> {
  const { type, schema } = found;
  if (type.read === undefined || schema === undefined) return false;
  try {
    const typed = typedProperties(properties, schema);
    const scope = scopeFor(declared.logicalId, declared.type, look, ctx);
    return (await type.read(importedId(identifier, schema), typed, scope)) !== undefined;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

/** What a type is given to look at a thing that is no resource of the stack. */
export function scopeFor(logicalId: string, type: string, { stack, source, pass }: Look, ctx: Ctx) {
  const resource: ResourceRow = {
    stackId: stack.id,
    logicalId,
    type,
    order: 0,
    dependsOn: [],
    deletionPolicy: 'Delete',
    replacePolicy: 'Delete',
    status: 'IMPORT_IN_PROGRESS',
    updatedAt: ctx.clock(),
    settled: 0,
    replaced: [],
  };
  const operation = {
    stackId: stack.id,
    number: 0,
    kind: 'import' as const,
    phase: 'forward' as const,
    pass,
    target: source,
    retain: [],
  };
  return stepScope(resource, false, { stack, operation, ctx });
}
