/** Values with `*` for any text, matched in time linear in the text but for the number of stars. */

/** Whether a text is of the form; only `*` is special. */
export function matchesGlob(glob: string, text: string): boolean {
  const pieces = glob.split('*');
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === glob;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at + last.length <= text.length;
}
