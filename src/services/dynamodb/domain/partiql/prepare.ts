/** A statement with its parameters: what every PartiQL operation begins with. */
import type { AttributeValue } from '#models/dynamodb';
import type { Bindings } from '../expression/ast.ts';
import { checkOrdered } from '../expression/check.ts';
import { readValue } from '../value.ts';
import { parseStatement } from './parse.ts';
import { bind, type Statement } from './statement.ts';

/** `item` is what an INSERT inserts; `binary` says whether a parameter is. */
export type Prepared = { statement: Statement; bindings: Bindings; binary: boolean; parameters: readonly object[] };

/** @throws {ServiceError} ValidationException */
export function prepare(text: string, given: readonly AttributeValue[] = []): Prepared {
  const parsed = parseStatement(text);
  const { statement } = parsed;
  const facts = { size: 0, binary: false };
  const parameters = given.map((one) => readValue(one, facts));
  const bindings = bind(parsed, parameters);
  if (statement.kind !== 'insert') checkOrdered(statement.where, bindings.values);
  return { statement, bindings, binary: facts.binary, parameters };
}

/** Whether a statement only reads. */
export function isRead({ kind }: Statement): boolean {
  return kind === 'select';
}
