export { eventOf, type Json, matches, type ReadEvent, readEvent } from './event.ts';
export { describedCode, JsonTextError, placeIn, readJsonText } from './json-text.ts';
export { type Alternative, type Pattern, type PatternOptions, readPattern } from './pattern.ts';
export { PatternError } from './token-cursor.ts';
export type { Scalar, ValueTest } from './value-tests.ts';
