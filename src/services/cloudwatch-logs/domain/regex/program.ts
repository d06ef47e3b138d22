/** Regular expressions as programs of a machine that is in many places at once (Thompson, Pike). */
import { type Node, type Ranges, RegexError } from './syntax.ts';

export type Assertion = Extract<Node, { kind: 'assert' }>['what'];

export type Instruction =
  | { op: 'chars'; ranges: Ranges }
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  | { op: 'save'; slot: number }
  | { op: 'assert'; what: Assertion }
  | { op: 'match' };

/** A program costs at most so many steps for each character of a text. Our own bound. */
export const INSTRUCTIONS_MAX = 1_000;

/** @throws {RegexError} when it would be too long */
export function compileRegex(root: Node, most: number): Instruction[] {
  const program: Instruction[] = [];
  const add = (instruction: Instruction): number => {
    if (program.length >= most) throw new RegexError('the expression is too complex');
    return program.push(instruction) - 1;
  };
  const emit = (node: Node): void => {
    switch (node.kind) {
      case 'empty':
        return;
      case 'chars':
        add({ op: 'chars', ranges: node.ranges });
        return;
      case 'assert':
        add({ op: 'assert', what: node.what });
        return;
      case 'all':
        for (const part of node.parts) emit(part);
        return;
      case 'any':
        alternatives(node.parts);
        return;
      case 'group':
        add({ op: 'save', slot: 2 * node.index });
        emit(node.inner);
        add({ op: 'save', slot: 2 * node.index + 1 });
        return;
      case 'repeat':
        repeat(node);
        return;
    }
  };
  const alternatives = (parts: readonly Node[]): void => {
    const ends: number[] = [];
    for (const [index, part] of parts.entries()) {
      if (index === parts.length - 1) {
        emit(part);
        break;
      }
      const split = add({ op: 'split', first: program.length + 1, second: 0 });
      emit(part);
      ends.push(add({ op: 'jump', to: 0 }));
      program[split] = { op: 'split', first: split + 1, second: program.length };
    }
    for (const end of ends) program[end] = { op: 'jump', to: program.length };
  };
  const fork = (at: number, inside: number, outside: number, lazy: boolean): void => {
    program[at] = { op: 'split', first: lazy ? outside : inside, second: lazy ? inside : outside };
  };
  const repeat = ({ inner, min, max, lazy }: Extract<Node, { kind: 'repeat' }>): void => {
    for (let count = 0; count < min; count += 1) emit(inner);
    if (max === Number.POSITIVE_INFINITY) {
      const split = add({ op: 'split', first: 0, second: 0 });
      emit(inner);
      add({ op: 'jump', to: split });
      fork(split, split + 1, program.length, lazy);
      return;
    }
    const splits: number[] = [];
    for (let count = min; count < max; count += 1) {
      splits.push(add({ op: 'split', first: 0, second: 0 }));
      emit(inner);
    }
    for (const split of splits) fork(split, split + 1, program.length, lazy);
  };
  emit({ kind: 'group', index: 0, inner: root });
  add({ op: 'match' });
  return program;
}
