/** Models: JSON Schema of draft 4, as API Gateway checks bodies against it. */
import type { Ajv } from 'ajv';
import Ajv4 from 'ajv-draft-04';
import { bounded, KIB, type Millis, SECOND } from '#kernel/base';
import { nameOfModel } from '../domain/openapi.ts';
import { safeRegex } from './safe-regex.ts';
import { type Fault, faultTexts } from './schema-faults.ts';

/** What a body is told that doesn't fit; undefined where it does. `length` is that of its text. @throws {TookTooLong} */
export type BodyCheck = (body: unknown, length: number) => string | undefined;

const Draft4 = Ajv4 as unknown as typeof Ajv;

/** Of a check that may take longer than its body is long. */
const TIME_MAX: Millis = SECOND / 4;
const COMPILE_TIME_MAX: Millis = 2 * SECOND;
/** A longer body is told of the first fault alone: it may have a million. */
const TOLD_WHOLE_MAX = 64 * KIB;

/** A pattern must be tried in a text that may keep it busy for long. */
class NeedsBounds extends Error {
  override name = 'NeedsBounds';
}
let isBounded = false;

/** Patterns of a schema run against what strangers send. */
const tried = Object.assign(
  (pattern: string) => {
    const safe = safeRegex(pattern);
    return {
      test: (text: string) => {
        if (!isBounded && !safe.isQuickOver(text)) throw new NeedsBounds();
        return isBounded ? safe.freely(text) : safe.finds(text);
      },
    };
  },
  { code: 'tried' },
);

function validator(allErrors: boolean) {
  const ajv = new Draft4({
    strict: false,
    allErrors,
    verbose: true,
    validateFormats: false,
    code: { regExp: tried as never },
  });
  // The validator's own compares each item to each other.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (isAsked: boolean, items: readonly unknown[]) =>
      !isAsked || new Set(items.map(canonical)).size === items.length,
  });
  return ajv;
}

/** JSON of a value, whose members are in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

/** A schema that can't be used: it is none, or refers to what is not there. */
export class SchemaError extends Error {
  override name = 'SchemaError';
}

/** Faults of one body that are told. */
const TOLD_MAX = 64;

/**
 * The check of a model, made once.
 *
 * @param schemaOf text of another model of the API
 * @throws {SchemaError}
 */
export function compileSchema(text: string, schemaOf: (name: string) => string | undefined): BodyCheck {
  const first = compiled(text, schemaOf, false);
  let all: typeof first | undefined;
  const check = (body: unknown, length: number) => {
    if (first(body)) return undefined;
    if (length > TOLD_WHOLE_MAX) return first.errors ?? [];
    all ??= compiled(text, schemaOf, true);
    all(body);
    return all.errors ?? [];
  };
  // What branches within itself may try its branches over and over.
  const isDeep = text.includes('$ref') && /"(?:anyOf|oneOf|allOf|not|dependencies)"/.test(text);
  return (body, length) => {
    const errors = isDeep ? inTime(() => check(body, length)) : unlessLong(() => check(body, length));
    return errors && `[${faultTexts(errors.slice(0, TOLD_MAX) as Fault[]).join(', ')}]`;
  };
}

function unlessLong<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof NeedsBounds) return inTime(check);
    throw error;
  }
}

function inTime<T>(check: () => T): T {
  isBounded = true;
  try {
    return bounded(TIME_MAX, check);
  } finally {
    isBounded = false;
  }
}

function compiled(text: string, schemaOf: (name: string) => string | undefined, allErrors: boolean) {
  const ajv = validator(allErrors);
  const added = new Set<string>();
  const add = (schema: unknown): void => {
    for (const reference of referencesIn(schema)) {
      const name = nameOfModel(reference);
      const other = name === undefined ? undefined : schemaOf(name);
      if (other === undefined || added.has(reference)) continue;
      added.add(reference);
      const parsed = JSON.parse(other);
      ajv.addSchema(parsed, reference);
      add(parsed);
    }
  };
  const make = () => {
    const schema = JSON.parse(text);
    add(schema);
    return ajv.compile(schema);
  };
  try {
    return text.length > KIB ? bounded(COMPILE_TIME_MAX, make) : make();
  } catch (error) {
    throw new SchemaError((error as Error).message);
  }
}

function referencesIn(value: unknown, found: string[] = []): string[] {
  if (value === null || typeof value !== 'object') return found;
  for (const [name, one] of Object.entries(value)) {
    if (name === '$ref' && typeof one === 'string') found.push(one);
    else referencesIn(one, found);
  }
  return found;
}

/** What is wrong with the text of a model; undefined when nothing is. */
export function schemaFault(text: string): string | undefined {
  try {
    const schema: unknown = JSON.parse(text);
    const ajv = validator(false);
    if (schema === null || typeof schema !== 'object') return 'it is no object';
    return ajv.validateSchema(schema) === true ? undefined : ajv.errorsText();
  } catch (error) {
    return (error as Error).message;
  }
}
