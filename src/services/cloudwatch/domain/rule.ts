/** Rules of composite alarms: `ALARM(a) AND NOT (OK("b") OR INSUFFICIENT_DATA(c))`. Source: CloudWatch API Reference, PutCompositeAlarm, "AlarmRule". */
import { notBuilt } from '#kernel/contract';
import { validation } from '../errors.ts';
import { EXPRESSION_DEPTH_MAX } from '../limits.ts';
import type { StateValue } from '../state.ts';

export type StateOf = (alarm: string) => StateValue | undefined;
export type AlarmRule = { holds(stateOf: StateOf): boolean; children: string[] };

const TOKEN =
  /\s*(?:(AND|OR|NOT|TRUE|FALSE|ALARM|OK|INSUFFICIENT_DATA)\b|([()])|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s()"']+))/y;
const STATES = ['ALARM', 'OK', 'INSUFFICIENT_DATA'];

/** `at`: the place of its first character. */
type Token = { kind: 'word' | 'sign' | 'name'; text: string; at: number };
type Test = (stateOf: StateOf) => boolean;

/** @throws {ServiceError} ValidationError */
export function parseRule(text: string): AlarmRule {
  const tokens = tokensOf(text);
  const children = new Set<string>();
  let at = 0;
  const fail = () => validation(`AlarmRule expression is invalid: ${text}`);
  const is = (wanted: string) => tokens[at]?.text === wanted && tokens[at]?.kind !== 'name';
  const take = (wanted: string) => {
    if (!is(wanted)) throw fail();
    at += 1;
  };
  const either = (depth: number): Test => {
    if (depth > EXPRESSION_DEPTH_MAX) throw fail();
    let left = both(depth);
    while (is('OR')) {
      at += 1;
      const [one, other] = [left, both(depth)];
      left = (stateOf) => one(stateOf) || other(stateOf);
    }
    return left;
  };
  const both = (depth: number): Test => {
    let left = single(depth);
    while (is('AND')) {
      at += 1;
      const [one, other] = [left, single(depth)];
      left = (stateOf) => one(stateOf) && other(stateOf);
    }
    return left;
  };
  const single = (depth: number): Test => {
    const token = tokens[at];
    if (token === undefined || depth > EXPRESSION_DEPTH_MAX) throw fail();
    at += 1;
    if (token.text === 'NOT') {
      const inner = single(depth + 1);
      return (stateOf) => !inner(stateOf);
    }
    if (token.text === 'TRUE' || token.text === 'FALSE') return () => token.text === 'TRUE';
    if (token.text === '(' && token.kind === 'sign') {
      const inner = either(depth + 1);
      take(')');
      return inner;
    }
    if (token.text === 'AT_LEAST') throw notBuilt('AT_LEAST in the rules of composite alarms');
    if (token.kind !== 'word' || !STATES.includes(token.text)) throw unsupported(token);
    take('(');
    const name = tokens[at]?.text;
    if (name === undefined || tokens[at]?.kind === 'sign') throw fail();
    at += 1;
    take(')');
    const child = name.startsWith('arn:') ? name.slice(name.indexOf(':alarm:') + ':alarm:'.length) : name;
    children.add(child);
    return (stateOf) => stateOf(child) === token.text;
  };
  const holds = either(0);
  if (at < tokens.length) throw fail();
  return { holds, children: [...children] };
}

/** Source: badmintoncryer/cdk-preflight. */
const unsupported = ({ text, at }: Token) =>
  validation(
    `Error in AlarmRule [Unsupported token '${text}' at char ${at}, must be: '(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA]`,
  );

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw validation(`AlarmRule expression is invalid: ${text}`);
    const [whole, word, sign, double, single, bare] = found;
    const at = from + whole.length - whole.trimStart().length;
    if (word !== undefined) tokens.push({ kind: 'word', text: word, at });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, at });
    else tokens.push({ kind: 'name', text: (double ?? single ?? bare ?? '').replace(/\\(.)/g, '$1'), at });
  }
  return tokens;
}
