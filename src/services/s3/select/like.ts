/** LIKE: `%` is any characters, `_` is one. */
import { unsupportedStructure, wrongArgument } from './errors.ts';

const ANY = Symbol('%');
const ONE = Symbol('_');
/** More than this no sensible pattern takes for one text. */
const STEPS_MAX = 20_000_000;

/** @throws {ServiceError} IncorrectSqlFunctionArgumentType where the escape is no character, or stands before none that it may */
function formOf(pattern: string, mark: string): (string | symbol)[] {
  if ([...mark].length > 1) throw wrongArgument();
  const form: (string | symbol)[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern[at] ?? '';
    if (letter === mark) {
      at += 1;
      const escaped = pattern[at];
      if (escaped === undefined || (escaped !== '%' && escaped !== '_' && escaped !== mark)) throw wrongArgument();
      form.push(escaped);
    } else form.push(letter === '%' ? ANY : letter === '_' ? ONE : letter);
  }
  return form;
}

/** Whether a text is of a pattern. @throws {ServiceError} */
export function isLike(text: string, pattern: string, escaping: string): boolean {
  const form = formOf(pattern, escaping);
  let at = 0;
  let from = 0;
  let star = -1;
  let mark = 0;
  for (let steps = 0; from < text.length; steps += 1) {
    if (steps > STEPS_MAX) throw unsupportedStructure();
    if (form[at] === ANY) {
      star = at;
      mark = from;
      at += 1;
    } else if (form[at] === ONE || form[at] === text[from]) {
      at += 1;
      from += 1;
    } else if (star !== -1) {
      at = star + 1;
      mark += 1;
      from = mark;
    } else return false;
  }
  while (form[at] === ANY) at += 1;
  return at === form.length;
}
