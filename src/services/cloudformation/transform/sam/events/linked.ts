/** Resources of the template that an event adds to. */
import type { JsonObject } from '../../../domain/parse.ts';
import { resourceFault } from '../faults.ts';
import { type Made, made } from '../made.ts';
import { told } from '../python.ts';
import { mapOf } from '../values.ts';

/** Attributes that SAM keeps of a resource that it writes anew. */
const KEPT = ['DeletionPolicy', 'UpdatePolicy', 'Condition', 'UpdateReplacePolicy', 'Metadata'];

/** Attributes of a declared resource that it keeps. */
export function keptAttributes(declared: JsonObject): JsonObject {
  return Object.fromEntries(
    KEPT.flatMap((name) => (declared[name] === undefined ? [] : [[name, declared[name] ?? null]])),
  );
}

/** @throws {SamFault} where it is a resource of another type */
export function linked(id: string, type: string, declared: JsonObject): Made {
  if (declared.Type !== type)
    throw resourceFault(id, `Resource has incorrect Type; expected '${type}', got '${told(declared.Type)}'`);
  return made(id, type, mapOf(declared.Properties), {
    attributes: keptAttributes(declared),
    dependsOn: declared.DependsOn,
  });
}
