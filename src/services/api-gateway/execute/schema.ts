/** Models: JSON Schema of draft 4, as API Gateway checks bodies against it. */
import type { Ajv } from 'ajv';
import Ajv4 from 'ajv-draft-04';
import { nameOfModel } from '../domain/openapi.ts';
import { RegexError, safeRegex } from './safe-regex.ts';

/** What a body is told that doesn't fit; undefined where it does. */
export type BodyCheck = (body: unknown) => string | undefined;

const Draft4 = Ajv4 as unknown as typeof Ajv;

/** Patterns of a schema run against what strangers send. */
const bounded = Object.assign(
  (pattern: string) => {
    const safe = safeRegex(pattern);
    return {
      test: (text: string) => {
        const found = safe.over(text);
        found.lastIndex = 0;
        return found.test(text);
      },
    };
  },
  { code: 'bounded' },
);

function validator() {
  return new Draft4({
    strict: false,
    allErrors: true,
    verbose: true,
    validateFormats: false,
    code: { regExp: bounded as never },
  });
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
  const check = compiled(text, schemaOf);
  return (body) => {
    try {
      if (check(body)) return undefined;
    } catch (error) {
      if (error instanceof RegexError) return error.message;
      throw error;
    }
    return `[${faultTexts((check.errors ?? []).slice(0, TOLD_MAX) as Fault[]).join(', ')}]`;
  };
}

function compiled(text: string, schemaOf: (name: string) => string | undefined) {
  const ajv = validator();
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
  try {
    const schema = JSON.parse(text);
    add(schema);
    return ajv.compile(schema);
  } catch (error) {
    throw new SchemaError((error as Error).message);
  }
}

type Fault = {
  keyword: string;
  instancePath: string;
  params: Record<string, unknown>;
  message?: string;
  schema?: unknown;
  data?: unknown;
};

/** What a body lacks is told at once for each object; the rest one by one. */
function faultTexts(faults: readonly Fault[]): string[] {
  const lacking = (path: string) =>
    faults
      .filter(({ keyword, instancePath }) => keyword === 'required' && instancePath === path)
      .map(({ params }) => String(params.missingProperty))
      .sort();
  return [
    ...new Set(
      faults.map((fault) =>
        fault.keyword === 'required'
          ? `object has missing required properties (${JSON.stringify(lacking(fault.instancePath))})`
          : textOf(fault),
      ),
    ),
  ];
}

/** As AWS words it in `$context.error.validationErrorString`: in the words of the validator that it uses, Java's json-schema-validator. */
function textOf({ keyword, instancePath, params, message = '', schema, data }: Fault): string {
  const length = typeof data === 'string' ? [...data].length : Array.isArray(data) ? data.length : 0;
  switch (keyword) {
    case 'additionalProperties':
      return `object instance has properties which are not allowed by the schema: ["${params.additionalProperty}"]`;
    case 'type': {
      const allowed = JSON.stringify([schema].flat().sort());
      return `instance type (${typeName(data)}) does not match any allowed primitive type (allowed: ${allowed})`;
    }
    case 'enum':
      return `instance value (${JSON.stringify(data)}) not found in enum (possible values: ${JSON.stringify(schema)})`;
    case 'pattern':
      return `ECMA 262 regex "${schema}" does not match input string "${data}"`;
    case 'minLength':
      return `string "${data}" is too short (length: ${length}, required minimum: ${schema})`;
    case 'maxLength':
      return `string "${data}" is too long (length: ${length}, maximum allowed: ${schema})`;
    case 'minItems':
      return `array is too short: must have at least ${schema} elements but instance has ${length} elements`;
    case 'maxItems':
      return `array is too long: must have at most ${schema} elements but instance has ${length} elements`;
    case 'minimum':
      return `numeric instance is lower than the required minimum (minimum: ${schema}, found: ${data})`;
    case 'maximum':
      return `numeric instance is greater than the required maximum (maximum: ${schema}, found: ${data})`;
    default:
      return `${instancePath === '' ? '' : `${instancePath}: `}${message}`;
  }
}

/** The primitive types of JSON Schema. */
function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
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
    const ajv = validator();
    if (schema === null || typeof schema !== 'object') return 'it is no object';
    return ajv.validateSchema(schema) === true ? undefined : ajv.errorsText();
  } catch (error) {
    return (error as Error).message;
  }
}
