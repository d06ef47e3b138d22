/**
 * Matching regular expressions in time linear in the text, whatever the expression: whether a text has a match by a machine that is built as
 * it is needed (a DFA), and where its groups are by one that follows all ways at once.
 */
import { type Assertion, compileRegex, INSTRUCTIONS_MAX, type Instruction } from './program.ts';
import { parseRegex, type Ranges, WORD } from './syntax.ts';

/** States that are kept; then it begins anew. */
const STATES_MAX = 500;
/** How often all matches together may read a text again, and how much they may read of a short one. Our own bounds. */
const READINGS_MAX = 4;
const READ_MIN = 1_000_000;
/** Before the text, and after it. */
const OUTSIDE = -1;

type State = {
  places: readonly number[];
  before: number;
  /** By class of the next character: a state, or -1 for a match. */
  next: (State | 'match' | undefined)[];
};

export class Regex {
  /** Names of groups by their index, from 1 on. */
  readonly groups: readonly (string | undefined)[];
  readonly #program: readonly Instruction[];
  /** First code units of classes that the program can't tell apart. */
  readonly #classes: readonly number[];
  readonly #ascii = new Uint16Array(128);
  #states = new Map<string, State>();
  #start: State | undefined;
  /** How far the last `exec` has looked. */
  #reached = 0;

  /** @param most instructions that it may become. @throws {RegexError} */
  constructor(text: string, flags = '', most = INSTRUCTIONS_MAX) {
    const { node, groups } = parseRegex(text, flags);
    this.groups = groups;
    this.#program = compileRegex(node, most);
    this.#classes = classesOf(this.#program);
    for (let code = 0; code < 128; code += 1) this.#ascii[code] = this.#find(code);
  }

  /** Whether there is a match anywhere. */
  test(text: string): boolean {
    let state = (this.#start ??= this.#state([], OUTSIDE));
    for (let at = 0; at <= text.length; at += 1) {
      const code = at === text.length ? OUTSIDE : text.charCodeAt(at);
      const kind =
        code === OUTSIDE ? this.#classes.length : code < 128 ? (this.#ascii[code] as number) : this.#find(code);
      const next = (state.next[kind] ??= this.#step(state, code));
      if (next === 'match') return true;
      state = next;
    }
    return false;
  }

  /**
   * The first match from `from` on.
   *
   * @returns beginnings and ends of the match and of its groups by turns; undefined where a group took no part
   */
  exec(text: string, from = 0): (number | undefined)[] | undefined {
    let threads: Thread[] = [];
    let found: (number | undefined)[] | undefined;
    for (let at = from; at <= text.length; at += 1) {
      const before = at === 0 ? OUTSIDE : text.charCodeAt(at - 1);
      const code = at === text.length ? OUTSIDE : text.charCodeAt(at);
      if (found === undefined) threads.push({ place: 0, saved: [] });
      const next: Thread[] = [];
      const seen = new Set<number>();
      for (const thread of this.#spread(threads, at, before, code, seen)) {
        const instruction = this.#program[thread.place] as Instruction;
        if (instruction.op === 'match') {
          found = thread.saved;
          break;
        }
        if (instruction.op === 'chars' && code !== OUTSIDE && holds(instruction.ranges, code))
          next.push({ place: thread.place + 1, saved: thread.saved });
      }
      threads = next;
      this.#reached = at;
      if (threads.length === 0 && found !== undefined) return found;
    }
    return found;
  }

  /**
   * Matches, one behind the other, as `exec` gives them. Those are left out for which the text would be read over and over: an expression may look
   * to the end of the text for each.
   *
   * @param most how many at most
   */
  *matches(text: string, most = Number.POSITIVE_INFINITY): Generator<(number | undefined)[]> {
    let [at, read, count] = [0, 0, 0];
    while (at <= text.length && count < most && read <= READINGS_MAX * text.length + READ_MIN) {
      const found = this.exec(text, at);
      if (found === undefined) return;
      yield found;
      const [from = 0, end = 0] = found;
      read += this.#reached - at;
      count += 1;
      // What matches nothing moves on by a letter.
      at = Math.max(end, from + 1);
    }
  }

  /** The text with another in place of each match. */
  replace(text: string, by: string): string {
    let [out, at] = ['', 0];
    for (const [from = 0, end = 0] of this.matches(text)) {
      out += text.slice(at, from) + by;
      at = end;
    }
    return out + text.slice(at);
  }

  /** Follows all that takes no character, in order of preference. */
  *#spread(threads: readonly Thread[], at: number, before: number, code: number, seen: Set<number>): Generator<Thread> {
    for (const thread of threads) {
      const open = [thread];
      for (let one = open.pop(); one !== undefined; one = open.pop()) {
        if (seen.has(one.place)) continue;
        seen.add(one.place);
        const { place, saved } = one;
        const instruction = this.#program[place] as Instruction;
        switch (instruction.op) {
          case 'jump':
            open.push({ place: instruction.to, saved });
            break;
          case 'split':
            open.push({ place: instruction.second, saved }, { place: instruction.first, saved });
            break;
          case 'save': {
            const copy = saved.slice();
            copy[instruction.slot] = at;
            open.push({ place: place + 1, saved: copy });
            break;
          }
          case 'assert':
            if (isTrue(instruction.what, before, code)) open.push({ place: place + 1, saved });
            break;
          default:
            yield one;
        }
      }
    }
  }

  #find(code: number): number {
    let low = 0;
    let high = this.#classes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#classes[middle] as number) <= code) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #state(places: readonly number[], before: number): State {
    const id = `${before} ${places.join(' ')}`;
    let state = this.#states.get(id);
    if (state === undefined) {
      if (this.#states.size >= STATES_MAX) {
        this.#states.clear();
        this.#start = undefined;
      }
      this.#states.set(id, (state = { places, before, next: [] }));
    }
    return state;
  }

  #step(state: State, code: number): State | 'match' {
    const open = [...state.places, 0];
    const seen = new Set<number>();
    const next = new Set<number>();
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (seen.has(place)) continue;
      seen.add(place);
      const instruction = this.#program[place] as Instruction;
      if (instruction.op === 'match') return 'match';
      if (instruction.op === 'jump') open.push(instruction.to);
      else if (instruction.op === 'split') open.push(instruction.first, instruction.second);
      else if (instruction.op === 'save') open.push(place + 1);
      else if (instruction.op === 'assert') {
        if (isTrue(instruction.what, state.before, code)) open.push(place + 1);
      } else if (code !== OUTSIDE && holds(instruction.ranges, code)) next.add(place + 1);
    }
    return this.#state(
      [...next].sort((a, b) => a - b),
      kindOf(code),
    );
  }
}

type Thread = { place: number; saved: (number | undefined)[] };

/** Of a character, what assertions ask: a representative. */
function kindOf(code: number): number {
  if (code === OUTSIDE || code === 10) return code;
  return holds(WORD, code) ? 97 : 32;
}

function holds(ranges: Ranges, code: number): boolean {
  for (const [first, last] of ranges) if (code <= last) return code >= first;
  return false;
}

function isTrue(what: Assertion, before: number, code: number): boolean {
  switch (what) {
    case 'begin':
      return before === OUTSIDE;
    case 'end':
      return code === OUTSIDE;
    case 'line-begin':
      return before === OUTSIDE || before === 10;
    case 'line-end':
      return code === OUTSIDE || code === 10;
    case 'word':
      return holds(WORD, before) !== holds(WORD, code);
    case 'no-word':
      return holds(WORD, before) === holds(WORD, code);
  }
}

function classesOf(program: readonly Instruction[]): number[] {
  const firsts = new Set([0, 10, 11]);
  const all = program.flatMap((one) => (one.op === 'chars' ? one.ranges : []));
  for (const [first, last] of [...all, ...WORD]) firsts.add(first).add(last + 1);
  return [...firsts].sort((a, b) => a - b);
}
