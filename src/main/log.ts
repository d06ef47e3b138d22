/** The log: one JSON object a line, to standard error or a file. */
import type { Log } from '#kernel/gateway';

/** A log of one JSON object a line. */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  return (level, message, fields) =>
    write(`${JSON.stringify({ at: new Date(now()).toISOString(), level, message, ...fields })}\n`);
}

/** For embedded clouds: only bugs are heard. */
export function quietLog(write: (line: string) => void): Log {
  return (level, message, fields) => {
    if (level === 'error') write(`${message} ${JSON.stringify(fields ?? {})}\n`);
  };
}
