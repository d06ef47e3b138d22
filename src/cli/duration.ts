/** Durations as people type them. */
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '#kernel/base';
import { UsageError } from './usage.ts';

const UNITS: { readonly [unit: string]: Millis } = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

/** Milliseconds of `90d`, `12h`, `1d12h` or `250ms`. @throws {UsageError} */
export function parseDuration(text: string): Millis {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw new UsageError(`'${text}' is no duration: expected one such as 90d, 12h, 30s, 250ms or 1d12h`);
  return Math.round(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0));
}

/** A duration for a person, in its two largest units: `3d 4h`. */
export function showDuration(millis: Millis): string {
  const shown: string[] = [];
  let rest = Math.round(millis);
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = UNITS[unit] ?? 1;
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) shown.push(`${amount}${unit}`);
  }
  return shown.slice(0, 2).join(' ') || '0s';
}
