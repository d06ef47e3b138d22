/**
 * Reads a thing back as a template would say it.
 *
 * Deviation: what a service does not read back of a type, because nothing asks for it when drift is looked for, is missing.
 */
import type { Ctx, Pass, Properties } from '#kernel/contract';
import { stepScope } from '../deploy/step-scope.ts';
import { typeNamed } from '../domain/type.ts';
import type { ResourceRow, StackRow } from '../state.ts';
import type { Identifier } from './state.ts';

export type Read = {
  properties: { [name: string]: unknown };
  tags: { [key: string]: string };
  /** Required properties that are not among them. */
  unread: string[];
};

/**
 * What is there under an identifier; undefined where nothing is.
 *
 * @throws {ServiceError} what its service says
 */
export async function readThing(type: string, identifier: Identifier, pass: Pass, ctx: Ctx): Promise<Read | undefined> {
  const found = await typeNamed(type, ctx.findResource);
  if (found?.type.read === undefined || found.schema === undefined) return undefined;
  const id = idOf(identifier);
  const declared = found.schema.properties;
  // Services read back what a template asks for: here, everything that they can.
  const asked = Object.fromEntries(Object.keys(declared).map((name) => [name, null]));
  const there = await found.type.read(id, { ...asked, ...identifier }, scopeFor(type, pass, ctx));
  if (there === undefined) return undefined;
  const tagName = found.schema.tags ?? '';
  const entries = Object.entries(there).filter(([name, value]) => declared[name] !== undefined && isSomething(value));
  const properties = Object.fromEntries(entries);
  const tags = tagsOf(there[tagName]);
  // Tags of stacks belong to those.
  if (tagName in properties) properties[tagName] = withoutSystem(there[tagName]);
  if (!isSomething(properties[tagName])) delete properties[tagName];
  const unread = Object.keys(declared).filter((name) => declared[name]?.required === true && !(name in properties));
  return { properties, tags, unread };
}

/** The values of an identifier, joined, as CloudFormation joins them. */
export function idOf(identifier: Identifier): string {
  return Object.values(identifier).join('|');
}

function isSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== '';
}

function tagsOf(value: unknown): { [key: string]: string } {
  if (!Array.isArray(value)) return {};
  return Object.fromEntries((value as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
}

function withoutSystem(value: unknown): unknown {
  return Array.isArray(value) ? value.filter(({ Key }) => !String(Key).startsWith('aws:')) : value;
}

/** A scope of no stack: only what reading needs. */
function scopeFor(type: string, pass: Pass, ctx: Ctx) {
  const nowhere = { stackId: '', logicalId: '', type, order: 0, dependsOn: [], settled: 0, replaced: [] };
  const row: ResourceRow = {
    ...nowhere,
    status: 'IMPORT_IN_PROGRESS',
    deletionPolicy: 'Delete',
    replacePolicy: 'Delete',
    updatedAt: ctx.clock(),
  };
  const source = { template: { size: 0 }, parameters: {}, looked: {}, tags: {} };
  const stack = { id: '', name: '', source } as unknown as StackRow;
  const operation = {
    stackId: '',
    number: 0,
    kind: 'import',
    phase: 'forward',
    pass,
    target: source,
    retain: [],
  } as const;
  return stepScope(row, false, { stack, operation: { ...operation, retain: [] }, ctx });
}

/** Whether a text is written anywhere in properties. */
export function mentions(value: unknown, text: string): boolean {
  if (typeof value === 'string') return value === text;
  if (Array.isArray(value)) return value.some((item) => mentions(item, text));
  return (
    value !== null && typeof value === 'object' && Object.values(value as Properties).some((one) => mentions(one, text))
  );
}
