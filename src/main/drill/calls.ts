/** The calls during a drill: which were refused because something was broken, and when they were answered again. */
import type { Millis } from '#kernel/base';
import type { CallRecord } from '#kernel/events';

/** What became of an operation's calls. */
export type CallsReport = {
  service: string;
  operation: string;
  account: string;
  region: string;
  calls: number;
  refused: number;
  /** By code. */
  errors: { [code: string]: number };
  firstRefusedAt: Millis;
  lastRefusedAt: Millis;
  /** The first call that was answered after the last that was refused. */
  answeredAt?: Millis;
};

type Tally = Omit<CallsReport, 'firstRefusedAt' | 'lastRefusedAt'> & {
  firstRefusedAt?: Millis;
  lastRefusedAt?: Millis;
};

/** Errors that say that something is broken, and not that the caller is wrong. */
const BROKEN =
  /Throttl|TooManyRequests|SlowDown|RequestLimitExceeded|Internal(Failure|Error|ServerError)|Unavailable|RegionDark/;

/** Whether a call was refused because something is broken. */
export function isBroken({ status, error }: Pick<CallRecord, 'status' | 'error'>): boolean {
  return error !== undefined && error !== 'NotImplemented' && (status >= 500 || BROKEN.test(error));
}

export class Calls {
  #tallies = new Map<string, Tally>();

  add(record: CallRecord): void {
    const { service, operation, account, region, at, error } = record;
    const key = [service, operation, account, region].join(' ');
    let tally = this.#tallies.get(key);
    if (tally === undefined)
      this.#tallies.set(key, (tally = { service, operation, account, region, calls: 0, refused: 0, errors: {} }));
    tally.calls += 1;
    if (isBroken(record)) {
      tally.refused += 1;
      tally.errors[error ?? ''] = (tally.errors[error ?? ''] ?? 0) + 1;
      tally.firstRefusedAt ??= at;
      tally.lastRefusedAt = at;
      delete tally.answeredAt;
    } else if (tally.refused > 0) tally.answeredAt ??= at;
  }

  get total(): number {
    return [...this.#tallies.values()].reduce((sum, { calls }) => sum + calls, 0);
  }

  /** Operations of which calls were refused, those first that were refused first. */
  refused(): CallsReport[] {
    return [...this.#tallies.values()]
      .flatMap(({ firstRefusedAt, lastRefusedAt, ...tally }) =>
        firstRefusedAt === undefined || lastRefusedAt === undefined
          ? []
          : [{ ...tally, firstRefusedAt, lastRefusedAt }],
      )
      .toSorted((a, b) => a.firstRefusedAt - b.firstRefusedAt);
  }
}
