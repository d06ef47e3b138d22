/** Bugs are invariant failures, never service errors: loud in the log, 500 to the client, fatal in a test. */

export class InvariantError extends Error {
  override name = 'InvariantError';
}

/** Throws an InvariantError when `condition` is false. `message` says what should have held. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** For the branch of a switch that the types say can't be reached. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${JSON.stringify(value)}`);
}
