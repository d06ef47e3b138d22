/** What a PartiQL statement is parsed into: conditions and updates are those of expressions, their constants bound by name. */
import { numberOfParameters } from '../../errors.ts';
import type { Bindings, Condition, Path, Update } from '../expression/ast.ts';
import type { Value } from '../value.ts';

/** A constant, made of the statement's parameters. */
export type Make = (parameters: readonly Value[]) => Value;

export type Returning = { all: boolean; old: boolean; text: string };

export type Select = {
  kind: 'select';
  table: string;
  index?: string;
  /** Absent for all attributes. */
  projection?: readonly Path[];
  where?: Condition;
  order: readonly { name: string; descending: boolean }[];
};
export type Insert = { kind: 'insert'; table: string; item: Make };
export type UpdateStatement = {
  kind: 'update';
  table: string;
  index?: string;
  update: Update;
  paths: readonly Path[];
  where?: Condition;
  returning?: Returning;
};
export type Delete = { kind: 'delete'; table: string; index?: string; where?: Condition; returning?: Returning };
/** Only in transactions. */
export type Exists = Omit<Select, 'kind'> & { kind: 'exists' };

export type Statement = Select | Insert | UpdateStatement | Delete | Exists;

export type Parsed = {
  statement: Statement;
  names: { readonly [placeholder: string]: string };
  values: { readonly [placeholder: string]: Make };
  parameters: number;
};

/** A parsed statement with its parameters filled in. @throws {ServiceError} ValidationException */
export function bind({ names, values, parameters }: Parsed, given: readonly Value[]): Bindings {
  if (given.length !== parameters) throw numberOfParameters();
  return {
    names,
    values: Object.fromEntries(Object.entries(values).map(([name, make]) => [name, make(given)])),
  };
}
