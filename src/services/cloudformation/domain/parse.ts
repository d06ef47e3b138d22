/** Templates as texts: JSON, or YAML with CloudFormation's short forms of its functions. */
import {
  type CollectionTag,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type ScalarTag,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { utf8Length } from '#kernel/base';
import { invalid, templateFormat, templateTooLarge } from '../errors.ts';
import { DEPTH_MAX, TEMPLATE_BYTES_MAX } from '../limits.ts';
import { indented } from './indent.ts';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/** Short forms that have no `Fn::` before their long name. */
const BARE = new Set(['Ref', 'Condition']);
const FUNCTIONS = [
  'And',
  'Base64',
  'Cidr',
  'Condition',
  'Contains',
  'EachMemberEquals',
  'EachMemberIn',
  'Equals',
  'FindInMap',
  'ForEach',
  'GetAtt',
  'GetAZs',
  'GetStackOutput',
  'If',
  'ImportValue',
  'Join',
  'Length',
  'Not',
  'Or',
  'Ref',
  'RefAll',
  'Select',
  'Split',
  'Sub',
  'ToJsonString',
  'Transform',
  'ValueOf',
  'ValueOfAll',
];

/** `!GetAtt Queue.Arn` stands for `{ "Fn::GetAtt": ["Queue", "Arn"] }`, whatever its argument's form. */
const TAGS: (ScalarTag | CollectionTag)[] = FUNCTIONS.flatMap((name) => {
  const long = BARE.has(name) ? name : `Fn::${name}`;
  const argument = (value: unknown) => (name === 'GetAtt' && typeof value === 'string' ? splitOnce(value) : value);
  const scalar: ScalarTag = { tag: `!${name}`, resolve: (value) => ({ [long]: argument(value) }) };
  const collection = (kind: 'map' | 'seq'): CollectionTag => ({
    tag: `!${name}`,
    collection: kind,
    resolve: (node: YAMLMap | YAMLSeq) => ({ [long]: node }) as never,
  });
  return [scalar, collection('map'), collection('seq')];
});

/**
 * Plain texts that are no texts: booleans in the words of YAML 1.1, but for single letters, and numbers as JSON writes them. Dates, what begins
 * with a zero or a plus, and other bases stay texts.
 *
 * Source: go-to-k/cdk-real-drift#860 and #1125, read from stacks of AWS; ASFHyP3/hyp3#2061.
 */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
// One that would lose digits stays as it is written.
const numberOf = (text: string) => (/^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text)) ? text : Number(text));
const SCALARS: ScalarTag[] = [
  {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    test: /^(?:true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
    resolve: (text) => /^(?:true|yes|on)$/i.test(text),
  },
  {
    tag: 'tag:yaml.org,2002:float',
    default: true,
    test: NUMBER,
    resolve: numberOf,
  },
  // Where it is said of a text that it is one: `!!int 86400`.
  { tag: 'tag:yaml.org,2002:int', resolve: (text, onError) => (NUMBER.test(text) ? numberOf(text) : onError(text)) },
];
const REPLACED = /:(bool|int|float)$/;

/** `Stack.Outputs.Name` names the attribute `Outputs.Name`. */
function splitOnce(text: string): string[] {
  const dot = text.indexOf('.');
  return dot === -1 ? [text] : [text.slice(0, dot), text.slice(dot + 1)];
}

/**
 * A template's content.
 *
 * @throws {ServiceError} ValidationError
 */
export function parseTemplate(text: string): JsonObject {
  if (utf8Length(text) > TEMPLATE_BYTES_MAX) throw templateTooLarge(TEMPLATE_BYTES_MAX);
  const value = text.trimStart().startsWith('{') ? fromJson(text) : fromYaml(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw templateFormat('unsupported structure.');
  return value;
}

function fromJson(text: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    checkDepth(value, 0);
    return value;
  } catch (error) {
    // YAML may begin with a brace, too.
    if (error instanceof SyntaxError) return fromYaml(text, 'JSON');
    throw error;
  }
}

/** @param kind what its author takes it for */
function fromYaml(text: string, kind: 'JSON' | 'YAML' = 'YAML'): Json {
  // The parser goes as deep as the text; brackets that nothing closes could go deeper than this process can.
  if (NESTED.test(text)) throw templateFormat('the template is nested too deeply.');
  const read = documentOf(text);
  const document = read.errors.length > 0 ? documentOf(indented(text)) : read;
  const [error] = document.errors;
  if (error !== undefined) {
    const { line = 0, col = 0 } = error.linePos?.[0] ?? {};
    throw templateFormat(`${kind} not well-formed. (line ${line}, column ${col})`);
  }
  const [warning] = document.warnings;
  if (warning?.code === 'TAG_RESOLVE_FAILED') throw templateFormat(`unresolved tag. ${warning.message.split('\n')[0]}`);
  return plain(document.contents, 0);
}

function documentOf(text: string) {
  return parseDocument(text, {
    customTags: (known) => [
      ...known.filter((tag) => typeof tag === 'string' || !REPLACED.test(tag.tag)),
      ...SCALARS,
      ...TAGS,
    ],
    logLevel: 'silent',
    prettyErrors: true,
    // Of a member that is there twice the last counts. Source: github.com/aws-cloudformation/cfn-language-discussion/issues/96.
    uniqueKeys: false,
  });
}

/** More brackets in a row than any template has. */
const NESTED = /(?:[[{]\s*){200}|(?:-\s+){200}/;

/** What the nodes stand for; a tagged one is already an object around its nodes. */
function plain(node: unknown, depth: number): Json {
  if (depth > DEPTH_MAX) throw templateFormat('the template is nested too deeply.');
  // Source: CloudFormation User Guide, "CloudFormation template formats": aliases and hash merges are not supported.
  if (isAlias(node)) throw invalid('Template error: YAML aliases are not allowed in CloudFormation templates');
  if (isScalar(node)) return plain(node.value, depth + 1);
  if (isSeq(node)) return node.items.map((item) => plain(item, depth + 1));
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }): [string, Json] => [
      String(plain(key, depth + 1)),
      plain(value, depth + 1),
    ]);
    return Object.fromEntries(entries);
  }
  if (node === null || node === undefined) return null;
  if (Array.isArray(node)) return node.map((item) => plain(item, depth + 1));
  if (typeof node === 'object')
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, plain(value, depth + 1)]));
  return typeof node === 'string' || typeof node === 'number' || typeof node === 'boolean' ? node : String(node);
}

/** @throws {ServiceError} ValidationError for a value that is nested deeper than this process may follow */
export function checkDepth(value: Json, depth: number): void {
  if (depth > DEPTH_MAX) throw templateFormat('the template is nested too deeply.');
  if (value === null || typeof value !== 'object') return;
  for (const item of Object.values(value)) checkDepth(item, depth + 1);
}
