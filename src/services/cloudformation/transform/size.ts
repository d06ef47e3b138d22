/** What transforms make is bounded: a small template may stand for a thousand times as much. */
import { utf8Length } from '#kernel/base';
import { checkDepth, type Json, type JsonObject } from '../domain/parse.ts';
import { dataLimit } from '../errors.ts';
import { MADE_MAX } from '../limits.ts';

/**
 * What stands in many places is written in each of them.
 *
 * @throws {ServiceError} ValidationError for a value that would be too long a text
 */
export function checkSize(value: Json): void {
  let left = MADE_MAX;
  const count = (one: Json): void => {
    left -= typeof one === 'string' ? one.length : 1;
    if (left < 0) throw dataLimit();
    if (one === null || typeof one !== 'object') return;
    for (const [name, member] of Object.entries(one)) {
      left -= name.length;
      count(member);
    }
  };
  count(value);
}

/** The same before something is copied so many times. */
export function checkCopies(value: Json, times: number): void {
  if (JSON.stringify(value).length * times > MADE_MAX) throw dataLimit();
}

/**
 * What a transform has made is read again whenever the stack is looked at: no deeper, and at most so many bytes of JSON.
 *
 * @throws {ServiceError} ValidationError
 */
export function checkMade(template: JsonObject, max: number): JsonObject {
  checkDepth(template, 0);
  checkSize(template);
  if (utf8Length(JSON.stringify(template)) > max) throw dataLimit();
  return template;
}
