/** The calls that were made, as the admin API shows them: the last ones, and each as it happens. */
import type { Audit, CallRecord } from '#kernel/events';
import { ConfigError } from './config.ts';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 2_000;
/** Lines that may wait for a client that reads slowly; later ones are counted and left out. */
const WAITING_MAX = 10_000;
const FIELDS = ['service', 'operation', 'account', 'region'] as const;

export type CallsAsked = { limit: number; wanted: (record: CallRecord) => boolean };

/** What a query asks for. @throws {ConfigError} for a parameter that can't be */
export function callsAsked(query: ReadonlyMap<string, string>): CallsAsked {
  const known = ['limit', 'follow', 'errors', ...FIELDS];
  for (const name of query.keys())
    if (!known.includes(name)) throw new ConfigError(`There is no parameter '${name}'; there are ${known.join(', ')}.`);
  const limit = query.has('limit') ? Number(query.get('limit')) : LIMIT_DEFAULT;
  if (!Number.isInteger(limit) || limit < 0 || limit > LIMIT_MAX)
    throw new ConfigError(`limit should be a number from 0 to ${LIMIT_MAX}.`);
  const errors = query.has('errors') && query.get('errors') !== 'false';
  return {
    limit,
    wanted: (record) =>
      FIELDS.every((field) => !query.has(field) || query.get(field) === record[field]) &&
      (!errors || record.error !== undefined),
  };
}

/** The last calls that are asked for, newest first. */
export function recentCalls(audit: Audit, { limit, wanted }: CallsAsked): CallRecord[] {
  return audit.recent(LIMIT_MAX).filter(wanted).slice(0, limit);
}

/** The last calls, oldest first, then each as it happens: one JSON object a line, until the client goes or the server closes. */
export async function* followCalls(
  audit: Audit,
  asked: CallsAsked,
  ends: readonly (AbortSignal | undefined)[],
): AsyncGenerator<Uint8Array> {
  const waiting: object[] = recentCalls(audit, asked).reverse();
  let lost = 0;
  let wake = () => {};
  const stop = audit.listen((record) => {
    if (!asked.wanted(record)) return;
    if (waiting.length < WAITING_MAX) waiting.push(record);
    else lost += 1;
    wake();
  });
  const ended = AbortSignal.any(ends.filter((end) => end !== undefined));
  ended.addEventListener('abort', () => wake());
  try {
    // An empty line at once, so that the client knows it is connected.
    yield Buffer.from('\n');
    while (!ended.aborted) {
      if (waiting.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      if (lost > 0) waiting.push({ lost });
      lost = 0;
      yield Buffer.from(
        waiting
          .splice(0)
          .map((one) => `${JSON.stringify(one)}\n`)
          .join(''),
      );
    }
  } finally {
    stop();
  }
}
