/** Instants as HTTP writes them. */
import { DAY, HOUR, MINUTE, type Millis, SECOND } from './units.ts';

const TIME_LENGTH = '00:00:00 GMT'.length;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

let keptDay: number | undefined;
let keptText = '';

/** `Sun, 06 Nov 1994 08:49:37 GMT`, of whole seconds. What most instants of an hour have in common, the day, is kept. @see RFC 9110, 5.6.7 */
export function httpDate(at: Millis): string {
  const day = Math.floor(at / DAY);
  if (day !== keptDay) {
    keptText = new Date(at).toUTCString().slice(0, -TIME_LENGTH);
    keptDay = day;
  }
  const time = at - day * DAY;
  const hours = TWO_DIGITS[Math.floor(time / HOUR)];
  const minutes = TWO_DIGITS[Math.floor((time % HOUR) / MINUTE)];
  return `${keptText}${hours}:${minutes}:${TWO_DIGITS[Math.floor((time % MINUTE) / SECOND)]} GMT`;
}
