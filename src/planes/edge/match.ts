/** Which behaviour a path falls under. Source: CloudFront Developer Guide, "Path pattern"; RFC 3986, 6.2. */

import { isLike } from '#kernel/base';

/** A behaviour's path pattern, which may leave out the first slash. */
export function patternOf(pattern: string): (path: string) => boolean {
  const rooted = pattern.startsWith('/') || pattern.startsWith('*') ? pattern : `/${pattern}`;
  return (path) => isLike(rooted, path);
}

const ESCAPED = /%[0-9a-f]{2}/gi;

/**
 * A path as patterns see it: escapes of what needs none undone, dot segments and doubled slashes gone. So no spelling of a path
 * leads around the behaviour that guards it. The origin gets the path as the viewer sent it.
 */
export function normalPath(path: string): string {
  if (!path.includes('%') && !path.includes('//') && !path.includes('/.')) return path;
  const unescaped = path.replace(ESCAPED, (escaped) => {
    const char = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(char) ? char : escaped.toUpperCase();
  });
  const segments: string[] = [];
  const parts = unescaped.split('/');
  for (const part of parts) {
    if (part === '..') segments.pop();
    else if (part !== '.' && part !== '') segments.push(part);
  }
  const last = parts.at(-1);
  const isFolder = (last === '' || last === '.' || last === '..') && segments.length > 0;
  return `/${segments.join('/')}${isFolder ? '/' : ''}`;
}

/** Whether a path is among those of an invalidation. Source: CloudFront Developer Guide, "Invalidate files", Specifying the files to invalidate. */
export function invalidates(patterns: readonly string[]): (path: string) => boolean {
  const tests = patterns.map((pattern) => {
    const text = pattern.startsWith('/') ? pattern : `/${pattern}`;
    return text.endsWith('*') ? { start: text.slice(0, -1) } : { exact: text };
  });
  // With the query strings that tell objects apart; all that differ by headers or cookies are meant.
  return (path) => tests.some(({ start, exact }) => (start !== undefined ? path.startsWith(start) : path === exact));
}
