/** Regular expressions that users bring, bounded in time: one that would try for hours is cut off. */
import { createContext, Script } from 'node:vm';

/** Long for any honest pattern. */
const TIME_MAX = 200;

const room = createContext({ pattern: '', text: '' }) as { pattern: string; text: string };
const script = new Script('new RegExp(pattern).test(text)');

/**
 * Whether the pattern is found in the text.
 *
 * @throws {SyntaxError} for what is no pattern, {@link PatternTooSlow} for one that takes too long
 */
export function findsPattern(pattern: string, text: string): boolean {
  room.pattern = pattern;
  room.text = text;
  try {
    return script.runInContext(room, { timeout: TIME_MAX }) as boolean;
  } catch (error) {
    const { code, name, message } = error as { code?: string; name: string; message: string };
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new PatternTooSlow(`${pattern} takes too long`);
    // Thrown in the other context, whose SyntaxError is not ours.
    throw name === 'SyntaxError' ? new SyntaxError(message) : error;
  }
}

/** A pattern tries more than it may. */
export class PatternTooSlow extends Error {
  override name = 'PatternTooSlow';
}
