/** Sample mapping templates of models. Source: API Gateway Developer Guide, "Set up a mapping template in API Gateway". */
import { type Json, nameOfModel, objectOf } from './openapi.ts';

const SAMPLES: { readonly [type: string]: string } = {
  string: '"foo"',
  integer: '42',
  number: '3.149',
  boolean: 'true',
};
const DEPTH_MAX = 16;

/** A template that gives what fits the model. */
export function sampleTemplate(schema: string, schemaOf: (name: string) => string | undefined): string {
  return `#set($inputRoot = $input.path('$'))\n${sampleOf(JSON.parse(schema), schemaOf, 0)}`;
}

function sampleOf(given: unknown, schemaOf: (name: string) => string | undefined, depth: number): string {
  let schema: Json = objectOf(given);
  for (let hops = 0; typeof schema.$ref === 'string' && hops < DEPTH_MAX; hops += 1)
    schema = objectOf(JSON.parse(schemaOf(nameOfModel(schema.$ref) ?? '') ?? '{}'));
  if (depth > DEPTH_MAX) return '{ }';
  const { type = 'object' } = schema;
  const margin = '  '.repeat(depth);
  if (type === 'array') {
    const item = sampleOf(schema.items, schemaOf, depth + 1);
    return `[\n##TODO: Update this foreach loop to reference array from input json\n#foreach($elem in $inputRoot)\n${margin}  ${item}#if($foreach.hasNext),#end\n\n#end\n${margin}]`;
  }
  if (type !== 'object') return SAMPLES[String(type)] ?? '"foo"';
  const members = Object.entries(objectOf(schema.properties)).map(
    ([name, one]) => `${margin}  ${JSON.stringify(name)} : ${sampleOf(one, schemaOf, depth + 1)}`,
  );
  return members.length === 0 ? '{ }' : `{\n${members.join(',\n')}\n${margin}}`;
}
