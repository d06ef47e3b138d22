/** Making functions of the query language. */
import { isStructure, toNumber, toText, type Value } from './value.ts';

/** A function of values. */
export type Plain = (...values: readonly Value[]) => Value;
/** A function with how many arguments it takes. */
export type Call = { min: number; max: number; call: Plain };

/** Of a number; nothing of what is none. */
export const numeric =
  (call: (number: number) => number): Plain =>
  (value) => {
    const number = toNumber(value);
    return number === undefined ? undefined : finite(call(number));
  };
/** Of a text and more; nothing of what is none, as maps and lists are. Source: User Guide, "Structure types". */
export const textual =
  (call: (text: string, ...more: Value[]) => Value): Plain =>
  (value, ...more) => {
    const text = isStructure(value) ? undefined : toText(value);
    return text === undefined ? undefined : call(text, ...more);
  };
/** A number that is one. */
export const finite = (number: number): Value => (Number.isFinite(number) ? number : undefined);
/** One of the numbers that are given. */
export const chosen =
  (choose: (...numbers: number[]) => number): Plain =>
  (...values) => {
    const numbers = values.map(toNumber).filter((one): one is number => one !== undefined);
    return numbers.length === 0 ? undefined : choose(...numbers);
  };

/** A function of one argument. */
export const one = (call: Plain): Call => ({ min: 1, max: 1, call });
/** Of two. */
export const two = (call: Plain): Call => ({ min: 2, max: 2, call });
/** Of any number but none. */
export const some = (call: Plain): Call => ({ min: 1, max: 100, call });
/** Of one or two. */
export const oneOrTwo = (call: Plain): Call => ({ min: 1, max: 2, call });
