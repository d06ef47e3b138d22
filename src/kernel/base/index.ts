export { type Arn, formatArn, parseArn } from './arn.ts';
export { bounded, TookTooLong } from './bounded.ts';
export { collect, hostIdOf, md5Hex, safeDecode, sha256, sha256Hex, utf8Length } from './bytes.ts';
export { digestOfRequest } from './digest.ts';
export { parseExactly } from './exact-json.ts';
export { withoutConnection } from './hops.ts';
export { httpDate } from './http-date.ts';
export { InvariantError, invariant, unreachable } from './invariant.ts';
export { fromJava, plainEscapes, UNICODE_ONLY } from './java-pattern.ts';
export { isLike } from './like.ts';
export { mixed, orderOf } from './mixed.ts';
export { page } from './page.ts';
export {
  type Alternative,
  describedCode,
  eventOf,
  type Json,
  JsonTextError,
  matches,
  type Pattern,
  PatternError,
  type PatternOptions,
  placeIn,
  type ReadEvent,
  readEvent,
  readJsonText,
  readPattern,
  type Scalar,
  type ValueTest,
} from './patterns/index.ts';
export { readPrelude, type WithPrelude } from './prelude.ts';
export { BoundedQueue } from './queue.ts';
export { matchesPattern, PatternTooSlow } from './regex.ts';
export { readSchedule, type Schedule, ScheduleError } from './schedule.ts';
export { BytesStream, bytesStream, giveBack, gunzipped, SpendableStream, streamOf, writable } from './stream.ts';
export { readToken, writeToken } from './token.ts';
export { DAY, GIB, HOUR, isoSeconds, KIB, MIB, MINUTE, type Millis, SECOND, wholeSecond } from './units.ts';
export { instantOf, offsetAt, zoneOffset } from './zone.ts';
