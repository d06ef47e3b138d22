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
  return new Draft4({ strict: false, allErrors: true, validateFormats: false, code: { regExp: bounded as never } });
}

/**
 * The check of a model, made once.
 *
 * @param schemaOf text of another model of the API
 * @throws {Error} for a schema that is none
 */
export function compileSchema(text: string, schemaOf: (name: string) => string | undefined): BodyCheck {
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
  const schema = JSON.parse(text);
  add(schema);
  const check = ajv.compile(schema);
  return (body) => {
    try {
      if (check(body)) return undefined;
    } catch (error) {
      if (error instanceof RegexError) return error.message;
      throw error;
    }
    return `[${(check.errors ?? []).map(textOf).join(', ')}]`;
  };
}

type Fault = { keyword: string; instancePath: string; params: Record<string, unknown>; message?: string };

/** As AWS words it in `$context.error.validationErrorString`. */
function textOf({ keyword, instancePath, params, message = '' }: Fault): string {
  if (keyword === 'required') return `object has missing required properties (["${params.missingProperty}"])`;
  if (keyword === 'additionalProperties')
    return `object instance has properties which are not allowed by the schema: ["${params.additionalProperty}"]`;
  return `${instancePath === '' ? '' : `${instancePath}: `}${message}`;
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
