/** What is wrong with a body, as `$context.error.validationErrorString` tells it: in the words of the validator that AWS uses, Java's json-schema-validator. */

/** A finding of the validator that is used here. */
export type Fault = {
  keyword: string;
  instancePath: string;
  params: Record<string, unknown>;
  message?: string;
  schema?: unknown;
  data?: unknown;
};

/** Findings in AWS's words: what a body lacks is told at once for each object; the rest one by one. */
export function faultTexts(faults: readonly Fault[]): string[] {
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

function textOf({ keyword, instancePath, params, message = '', schema, data }: Fault): string {
  const length = typeof data === 'string' ? [...data].length : Array.isArray(data) ? data.length : 0;
  const size = typeof data === 'object' && data !== null ? Object.keys(data).length : 0;
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
      return params.comparison === '>'
        ? `numeric instance is not strictly greater than the required minimum ${schema}`
        : `numeric instance is lower than the required minimum (minimum: ${schema}, found: ${data})`;
    case 'maximum':
      return params.comparison === '<'
        ? `numeric instance is not strictly lower than the required maximum ${schema}`
        : `numeric instance is greater than the required maximum (maximum: ${schema}, found: ${data})`;
    case 'minProperties':
      return `object has too few properties (found ${size} but schema requires at least ${schema})`;
    case 'maxProperties':
      return `object has too many properties (found ${size} but schema requires at most ${schema})`;
    case 'uniqueItems':
      return 'array must not contain duplicate elements';
    case 'not':
      return 'instance matched a schema which it should not have';
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
