/** Regular expressions that users bring, bounded in time: one that would try for hours is cut off. */
import { createContext, Script } from 'node:vm';
import { fromJava, plainEscapes, UNICODE_ONLY } from './java-pattern.ts';

/** Milliseconds of the processor: long for any honest pattern. On a busy machine they take several times as long. */
const TIME_MAX = 200;
const TRIES_MAX = 10;

const room = createContext({ pattern: '', flags: '', text: '' }) as { pattern: string; flags: string; text: string };
const script = new Script('new RegExp(pattern, flags).test(text)');

/**
 * Whether the whole text is as the pattern says, which is in Java's dialect.
 *
 * @throws {SyntaxError} for what is no pattern, {@link PatternTooSlow} for one that takes too long
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const { source, flags } = fromJava(pattern);
  const isUnicode = UNICODE_ONLY.test(source);
  room.pattern = `^(?:${isUnicode ? plainEscapes(source) : source})$`;
  room.flags = isUnicode ? `${flags}u` : flags;
  room.text = text;
  for (let tries = 1; ; tries += 1) {
    const before = process.cpuUsage();
    try {
      return script.runInContext(room, { timeout: TIME_MAX }) as boolean;
    } catch (error) {
      const { code, name, message } = error as { code?: string; name: string; message: string };
      if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
        if (tries < TRIES_MAX && wasIdle(before)) continue;
        throw new PatternTooSlow(`${pattern} takes too long`);
      }
      // Thrown in the other context, whose SyntaxError is not ours.
      throw name === 'SyntaxError' ? new SyntaxError(message) : error;
    }
  }
}

/** Whether this process had less than half of the time for itself. */
function wasIdle(before: NodeJS.CpuUsage): boolean {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 < TIME_MAX / 2;
}

/** A pattern tries more than it may. */
export class PatternTooSlow extends Error {
  override name = 'PatternTooSlow';
}
