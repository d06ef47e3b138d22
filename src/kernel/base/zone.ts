/** Time zones by their names. */
import { DAY, type Millis } from './units.ts';

/** How far a time zone is ahead of UTC at an instant; undefined for one that nobody knows. */
export function zoneOffset(zone: string, at: Millis): Millis | undefined {
  let text: string | undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    text = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
  } catch {
    return undefined;
  }
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(text ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
}

/** The same; none for a zone that nobody knows. */
export function offsetAt(zone: string, at: Millis): Millis {
  return zoneOffset(zone, at) ?? 0;
}

/** The instant at which clocks of a zone show a time, given as if it were UTC: of two that do the first; of a time that is left out, as if it were not. */
export function instantOf(zone: string, wall: Millis): Millis {
  const [before, after] = [offsetAt(zone, wall - DAY), offsetAt(zone, wall + DAY)];
  const isSo = (offset: Millis) => offsetAt(zone, wall - offset) === offset;
  return wall - (!isSo(before) && isSo(after) ? after : before);
}
