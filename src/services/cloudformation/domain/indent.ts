/**
 * Indentation in flow collections and quoted texts means nothing to CloudFormation, as in YAML 1.1; the parser here wants each line of them further in than
 * what holds them. Source: YAML 1.1, 7.3.1 and 7.4 as SnakeYAML reads them; templates in aws-samples/serverless-patterns (apigw-ses-transformation, apigw-lambda-rust).
 */

/** What a line ends in: a flow collection or a quoted text that is still open, begun in a column; a block of lines; or nothing. */
type State = { depth: number; quote: string; column: number; block: number | 'begun' | undefined };

/** The same document, with each line of an open flow collection or quoted text as far in as where it was opened. */
export function indented(text: string): string {
  const state: State = { depth: 0, quote: '', column: 0, block: undefined };
  return text
    .split('\n')
    .map((line) => {
      const indent = line.search(/\S/);
      if (indent === -1) return line;
      if (state.depth > 0 || state.quote !== '') {
        const pad = Math.max(0, state.column + 1 - indent);
        read(line, indent, state);
        return ' '.repeat(pad) + line;
      }
      if (!isOfBlock(indent, state)) read(line, indent, state);
      return line;
    })
    .join('\n');
}

/** Whether a line belongs to a block (`|`, `>`): as far in as its first one, or further. */
function isOfBlock(indent: number, state: State): boolean {
  if (state.block === 'begun') {
    // Of a block without lines the next line is the next member.
    state.block = indent >= state.column ? indent : undefined;
  } else if (state.block !== undefined && indent < state.block) state.block = undefined;
  return state.block !== undefined;
}

/** Goes through a line from where its first token begins. */
function read(line: string, indent: number, state: State): void {
  let at = indent;
  while (at < line.length) at = state.quote === '' ? token(line, at, indent, state) : closing(line, at, state);
}

/** Where a quoted text ends, or the line. */
function closing(line: string, from: number, state: State): number {
  for (let at = from; at < line.length; at += 1) {
    if (state.quote === '"' && line[at] === '\\') at += 1;
    else if (line[at] === state.quote) {
      // Two single quotes are one that is meant.
      if (state.quote === "'" && line[at + 1] === "'") at += 1;
      else {
        state.quote = '';
        return at + 1;
      }
    }
  }
  return line.length;
}

/** Where the token ends that begins here. */
function token(line: string, at: number, indent: number, state: State): number {
  const rest = line.slice(at);
  const skipped = /^(?:\s+|[-?:](?=\s|$)|[!&][^\s,[\]{}]*)/.exec(rest)?.[0];
  if (skipped !== undefined) return at + skipped.length;
  if (/^#/.test(rest) && /^$|\s/.test(line[at - 1] ?? '')) return line.length;
  if (/^["']/.test(rest)) {
    if (state.depth === 0) state.column = at;
    state.quote = rest[0] ?? '';
    return at + 1;
  }
  if (/^[[{]/.test(rest)) {
    if (state.depth === 0) state.column = at;
    state.depth += 1;
    return at + 1;
  }
  if (state.depth > 0) return at + flowToken(rest, state);
  if (/^[|>][-+\d]*\s*(?:#.*)?$/.test(rest)) {
    state.block = 'begun';
    state.column = indent + 1;
    return line.length;
  }
  return at + (/^(?:(?!:(?:\s|$)|\s#).)+/.exec(rest)?.[0].length ?? 1);
}

/** How long a token in a flow collection is: its end, a comma, a colon right behind a key in quotes, or a plain text. */
function flowToken(rest: string, state: State): number {
  if (/^[\]}]/.test(rest)) {
    state.depth -= 1;
    return 1;
  }
  return /^(?:(?![,[\]{}]|:(?:\s|$)|\s#).)+/.exec(rest)?.[0].length ?? 1;
}
