/** Texts of comma-separated values. Source: RFC 4180. */

/** Cells of a record; between quotation marks a delimiter is none, and two marks are one. */
export function cellsOf(text: string, delimiter: string, quote: string): string[] {
  const cells: string[] = [];
  let [cell, quoted] = ['', false];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    if (char === quote && quoted && text[at + 1] === quote) {
      cell += quote;
      at += 1;
    } else if (char === quote) quoted = !quoted;
    else if (char === delimiter && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  return [...cells, cell];
}

/** Records of a whole text: the ends of lines between quotation marks are part of a cell. */
export function recordsOf(text: string): string[][] {
  const records: string[] = [];
  let open: string[] = [];
  let quoted = false;
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    open.push(line);
    if ((line.split('"').length - 1) % 2 === 1) quoted = !quoted;
    if (quoted) continue;
    records.push(open.join('\n').replace(/\r$/, ''));
    open = [];
  }
  records.push(open.join('\n'));
  return records.filter((record) => record !== '').map((record) => cellsOf(record, ',', '"'));
}
