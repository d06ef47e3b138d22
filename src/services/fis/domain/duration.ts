/** ISO 8601 durations, as actions have them. */
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '#kernel/base';

const FORM = /^P(?=.)(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;

/** Milliseconds of `PT1M` or `P1DT2H`; undefined for what is none. */
export function readDuration(text: string): Millis | undefined {
  const found = FORM.exec(text);
  if (found === null) return undefined;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return (days ?? 0) * DAY + (hours ?? 0) * HOUR + (minutes ?? 0) * MINUTE + (seconds ?? 0) * SECOND;
}
