/** An expression of a request with its placeholders: parsed (from a cache by text), and everything it refers to checked. */

import { utf8Length } from '#kernel/base';
import { ServiceError } from '#kernel/contract';
import type { AttributeValue } from '#models/dynamodb';
import { invalid } from '../../errors.ts';
import { PARSED_MAX, PLACEHOLDER_BYTES_MAX, SUBSTITUTION_BYTES_MAX } from '../../limits.ts';
import { type Item, readValue, type Value } from '../value.ts';
import type { Bindings, Clause, Condition, Parsed, Path, Update } from './ast.ts';
import { checkClause } from './check.ts';
import { checkOverlap, checkUpdateTypes } from './check-update.ts';
import { parseCondition } from './parse-condition.ts';
import { parseProjection, parseUpdate } from './parse-update.ts';

/** What a request gives with its expressions. */
export type Placeholders = {
  ExpressionAttributeNames?: { [key: string]: string } | undefined;
  ExpressionAttributeValues?: { [key: string]: AttributeValue } | undefined;
};

const parsed = new Map<string, Parsed<unknown>>();

function parseOnce<Tree>(label: string, text: string, parse: () => Parsed<Tree>): Parsed<Tree> {
  const id = `${label} ${text}`;
  const known = parsed.get(id);
  if (known !== undefined) return known as Parsed<Tree>;
  const fresh = parse();
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(id, fresh);
  return fresh;
}

/** A condition as it was parsed, whatever its placeholders stand for. @throws {ServiceError} ValidationException */
export function conditionOf(label: string, text: string): Parsed<Condition> {
  return parseOnce(label, text, () => parseCondition(text, label));
}

const NOTHING: { readonly [placeholder: string]: never } = {};

/** The expressions of one request: all share its placeholders, and together must use every one of them. */
export class Expressions {
  readonly bindings: Bindings;
  /** Whether a value given is binary. */
  readonly binary: boolean;
  readonly #given: Placeholders;
  readonly #usedNames = new Set<string>();
  readonly #usedValues = new Set<string>();

  /** @param expressions the request's parameters that may refer to values, by name */
  constructor(
    given: Placeholders,
    expressions: { readonly [parameter: string]: string | undefined },
    projection?: string,
  ) {
    this.#given = given;
    const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = given;
    if (names !== undefined) checkNames(names, expressions, projection);
    const facts = { size: 0, binary: false };
    this.bindings = {
      names: names ?? NOTHING,
      values: values === undefined ? NOTHING : readValues(values, expressions, facts),
    };
    this.binary = facts.binary;
    if (namesSize(names) + facts.size > SUBSTITUTION_BYTES_MAX)
      throw invalid('Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max size');
  }

  condition(label: string, text: string | undefined): Parsed<Condition> | undefined {
    if (text === undefined) return undefined;
    const found = conditionOf(label, text);
    for (const clause of found.clauses) {
      this.#use(clause, label);
      checkClause(clause, this.bindings, label);
    }
    return found;
  }

  update(text: string | undefined): Parsed<Update> | undefined {
    if (text === undefined) return undefined;
    const found = parseOnce('UpdateExpression', text, () => parseUpdate(text));
    for (const clause of found.clauses) this.#use(clause, 'UpdateExpression');
    checkOverlap('UpdateExpression', found.paths, this.bindings.names);
    checkUpdateTypes(found.tree, this.bindings.values, found.clauses[0]?.place);
    return found;
  }

  projection(text: string | undefined): readonly Path[] | undefined {
    if (text === undefined) return undefined;
    const found = parseOnce('ProjectionExpression', text, () => parseProjection(text));
    for (const clause of found.clauses) this.#use(clause, 'ProjectionExpression');
    checkOverlap('ProjectionExpression', found.paths, this.bindings.names);
    return found.tree;
  }

  /** Every placeholder must have been used. @throws {ServiceError} ValidationException */
  finish(): void {
    const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = this.#given;
    if (names !== undefined) refuseUnused('ExpressionAttributeNames', names, this.#usedNames);
    if (values !== undefined) refuseUnused('ExpressionAttributeValues', values, this.#usedValues);
  }

  #use({ uses }: Clause, label: string): void {
    for (const use of uses) {
      if (use.startsWith('#')) {
        if (!Object.hasOwn(this.bindings.names, use))
          throw invalid(
            `Invalid ${label}: An expression attribute name used in the document path is not defined; attribute name: ${use}`,
          );
        this.#usedNames.add(use);
      } else {
        if (!Object.hasOwn(this.bindings.values, use))
          throw invalid(
            `Invalid ${label}: An expression attribute value used in expression is not defined; attribute value: ${use}`,
          );
        this.#usedValues.add(use);
      }
    }
  }
}

/** Placeholders of a request without expressions; told before its values are looked at. @throws {ServiceError} ValidationException */
export function refuseStray(
  { ExpressionAttributeNames: names, ExpressionAttributeValues: values }: Placeholders,
  expressions: { readonly [parameter: string]: string | undefined },
  projection?: string,
): void {
  if (!isAbsent(expressions)) return;
  if (names !== undefined && projection === undefined) throw strayNames();
  if (values !== undefined) throw strayValues(Object.keys(expressions));
}

const strayNames = () => invalid('ExpressionAttributeNames can only be specified when using expressions');

function strayValues(parameters: readonly string[]): Error {
  const absent = `: ${parameters.join(' and ')} ${parameters.length === 1 ? 'is' : 'are'} null`;
  return invalid(
    `ExpressionAttributeValues can only be specified when using expressions${parameters.length === 0 ? '' : absent}`,
  );
}

function refuseUnused(parameter: string, given: object, used: ReadonlySet<string>): void {
  const unused = Object.keys(given).filter((key) => !used.has(key));
  if (unused.length > 0)
    throw invalid(`Value provided in ${parameter} unused in expressions: keys: {${unused.join(', ')}}`);
}

function isAbsent(expressions: { readonly [parameter: string]: string | undefined }): boolean {
  return Object.values(expressions).every((text) => text === undefined);
}

function namesSize(names: { [key: string]: string } = {}): number {
  return Object.entries(names).reduce((sum, [key, name]) => sum + utf8Length(key) + utf8Length(name), 0);
}

/** @throws {ServiceError} ValidationException */
function checkLength(parameter: string, key: string): void {
  const size = utf8Length(key);
  if (size > PLACEHOLDER_BYTES_MAX)
    throw invalid(
      `${parameter} contains invalid key: The expression attribute map contains a key that is too long; size of key: ${size}`,
    );
}

function checkNames(
  names: { [key: string]: string },
  expressions: { readonly [parameter: string]: string | undefined },
  projection: string | undefined,
): void {
  if (isAbsent(expressions) && projection === undefined) throw strayNames();
  const keys = Object.keys(names);
  if (keys.length === 0) throw invalid('ExpressionAttributeNames must not be empty');
  for (const key of keys) {
    checkLength('ExpressionAttributeNames', key);
    if (!/^#[A-Za-z0-9_]+$/.test(key))
      throw invalid(`ExpressionAttributeNames contains invalid key: Syntax error; key: "${key}"`);
    if (names[key] === '')
      throw invalid(`ExpressionAttributeNames contains invalid value: Empty attribute name for key ${key}`);
  }
}

function readValues(
  given: { [key: string]: AttributeValue },
  expressions: { readonly [parameter: string]: string | undefined },
  facts: { size: number; binary: boolean },
): Item {
  if (isAbsent(expressions)) throw strayValues(Object.keys(expressions));
  const keys = Object.keys(given);
  if (keys.length === 0) throw invalid('ExpressionAttributeValues must not be empty');
  const values: [string, Value][] = [];
  for (const key of keys) {
    checkLength('ExpressionAttributeValues', key);
    if (!/^:[A-Za-z0-9_]+$/.test(key))
      throw invalid(`ExpressionAttributeValues contains invalid key: Syntax error; key: "${key}"`);
  }
  for (const key of keys) {
    try {
      values.push([key, readValue(given[key] as AttributeValue, facts)]);
    } catch (error) {
      if (error instanceof ServiceError)
        throw invalid(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`);
      throw error;
    }
  }
  return Object.fromEntries(values);
}
