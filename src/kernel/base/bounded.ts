/** Work whose end nobody can foresee, as a program that a user brings: cut off when it takes too long. */
import { createContext, Script } from 'node:vm';

const room = createContext({ work: undefined }) as { work: (() => unknown) | undefined };
const script = new Script('work()');

/**
 * Does the work, within so much of the machine's time.
 *
 * @throws {TookTooLong} and what the work throws
 */
export function bounded<T>(millis: number, work: () => T): T {
  room.work = work;
  try {
    return script.runInContext(room, { timeout: millis }) as T;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new TookTooLong(`cut off after ${millis} ms`);
    throw error;
  } finally {
    room.work = undefined;
  }
}

/** Work was cut off. */
export class TookTooLong extends Error {
  override name = 'TookTooLong';
}
