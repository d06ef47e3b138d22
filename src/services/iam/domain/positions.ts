/**
 * Where statements stand in a policy's text, as the simulator tells: lines and columns from 1, of what its parser would read next.
 *
 * A statement of a list begins where what is before it ended (the bracket or the last statement), one that stands alone after its
 * own brace; both end after their closing brace. Source: answers recorded from AWS, as the AWS CLI's reference and public
 * repositories show them.
 */
import type { Position } from '#models/iam';

export type Span = { StartPosition: Position; EndPosition: Position };

/** The spans of the statements of a policy that parses, in their order. */
export function statementSpans(text: string): Span[] {
  const at = valueOfStatement(text);
  const isList = text[at] === '[';
  const spans: Span[] = [];
  const positionOf = positionsIn(text);
  let from = at + 1;
  let depth = isList ? 0 : 1;
  for (let index = from; index < text.length; index += 1) {
    const char = text[index];
    if (char === '"') index = endOfString(text, index) - 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth < 0) break;
      if (depth > 0) continue;
      spans.push({ StartPosition: positionOf(from), EndPosition: positionOf(index + 1) });
      if (!isList) break;
      from = index + 1;
    }
  }
  return spans;
}

/** Offset of the brace or bracket that the member Statement begins with. */
function valueOfStatement(text: string): number {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    else if (char === '"') {
      const end = endOfString(text, index);
      const value = /^\s*:\s*/.exec(text.slice(end))?.[0];
      if (depth === 1 && value !== undefined && JSON.parse(text.slice(index, end)) === 'Statement')
        return end + value.length;
      index = end - 1;
    }
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"') return index + 1;
  }
  return text.length;
}

/** Tells positions of offsets, of which none is before the one asked for last. */
function positionsIn(text: string): (offset: number) => Position {
  let line = 1;
  let start = 0;
  let end = text.indexOf('\n');
  return (offset) => {
    for (; end !== -1 && end < offset; end = text.indexOf('\n', start)) {
      line += 1;
      start = end + 1;
    }
    return { Line: line, Column: offset - start + 1 };
  };
}
