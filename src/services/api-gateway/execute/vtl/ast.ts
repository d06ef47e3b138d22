/** Velocity's templates as velocityjs parses them. */
import { parse } from 'velocityjs';
import { readPieces } from './pieces.ts';

export type Reference = {
  type: 'references';
  id: string;
  path?: readonly Access[];
  leader?: string;
  isWraped?: boolean;
};

export type Access =
  | { type: 'property'; id: string }
  | { type: 'method'; id: string; args: readonly Expression[] | false }
  | { type: 'index'; id: Expression };

export type Expression =
  | Reference
  | { type: 'string'; value: string; isEval?: boolean }
  | { type: 'integer' | 'decimal' | 'number'; value: string | number }
  | { type: 'bool'; value: string | boolean }
  | { type: 'null' }
  | { type: 'map'; value: { [name: string]: Expression } | undefined }
  | { type: 'array'; value: readonly (Expression | string | number)[]; isRange?: boolean }
  | { type: 'math'; expression: readonly Expression[]; operator: string };

/** Opens a block: the first of the list that it heads. */
export type Directive =
  | { type: 'if' | 'elseif'; condition: Expression }
  | { type: 'else' }
  | { type: 'foreach'; to: string; from: Expression }
  | { type: 'macro'; id: string; args?: readonly Reference[] | false }
  | { type: 'define'; id: string };

export type Node =
  | string
  | Reference
  | { type: 'set'; equal: readonly [Reference, Expression] }
  | { type: 'comment' }
  | { type: 'raw'; value: string }
  | { type: 'break' }
  | { type: 'stop' }
  | { type: 'macro_call'; id: string; args?: readonly Expression[] | false }
  | Directive
  | readonly Node[];

/** The parser takes a variable that is called like the word of #foreach for that. */
const IN = /(\$!?\{?)in\b/g;
export const IN_NAME = 'in__';

/** Longer ones are read piece by piece. */
const LONG = 4_000;

/**
 * Reads a template.
 *
 * @throws {Error} where it is none
 */
export function readTemplate(text: string): readonly Node[] {
  const named = text.replace(IN, `$1${IN_NAME}`);
  if (named.length > LONG) {
    try {
      return readPieces(named, (piece) => parse(piece, undefined, false) as never) as readonly Node[];
    } catch {
      // What is wrong with it is told of the whole.
    }
  }
  return parse(named) as unknown as readonly Node[];
}
