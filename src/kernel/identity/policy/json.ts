/** JSON as policies need it: no key twice in an object, and not deeper than the grammar. */

import { POLICY_DEPTH_MAX, POLICY_LENGTH_MAX, PolicyError } from './document.ts';

/** What IAM answers to any text that isn't a policy (moto, tests/test_iam/test_iam_policies.py, seen on AWS). */
export function syntaxError(): PolicyError {
  return new PolicyError('Syntax errors in policy.');
}

/**
 * Parses a policy's text.
 *
 * @param text at most POLICY_LENGTH_MAX
 * @throws {PolicyError} when it is no JSON, too long, too deep, or has a key twice
 * @see IAM User Guide, "Grammar of the IAM JSON policy language", Policy grammar notes
 */
export function parseJson(text: string): unknown {
  if (text.length > POLICY_LENGTH_MAX) throw syntaxError();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw syntaxError();
  }
  checkNesting(text);
  return value;
}

/** Walks a text already known to be JSON. An array's entry in the stack has no set, for it has no keys. */
function checkNesting(text: string): void {
  const stack: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '{' || letter === '[') stack.push(letter === '{' ? new Set() : undefined);
    else if (letter === '}' || letter === ']') stack.pop();
    if (stack.length > POLICY_DEPTH_MAX) throw syntaxError();
    if (letter !== '"') continue;
    const end = endOfString(text, at);
    const keys = stack.at(-1);
    if (keys !== undefined && colonFollows(text, end)) {
      const key: unknown = JSON.parse(text.slice(at, end));
      if (typeof key === 'string' && keys.has(key)) throw syntaxError();
      if (typeof key === 'string') keys.add(key);
    }
    at = end - 1;
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function colonFollows(text: string, from: number): boolean {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}
