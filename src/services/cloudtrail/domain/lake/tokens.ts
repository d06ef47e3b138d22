/** The words and signs of a query. */

export type Token = {
  kind: 'word' | 'name' | 'text' | 'number' | 'store' | 'sign' | 'column';
  /** As it is written in the query that is carried out. */
  text: string;
  /** Of a column within another, what it is called where nobody calls it anything. */
  label?: string;
};

/** A query can't be read. */
export class SyntaxFault extends Error {
  override name = 'SyntaxFault';
}

const UUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}';
const TOKEN = new RegExp(
  [
    /(\s+|--[^\n]*|\/\*[\s\S]*?\*\/)/.source,
    `"?(${UUID})"?`,
    /("(?:[^"]|"")*")/.source,
    /('(?:[^']|'')*')/.source,
    /(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/.source,
    /([A-Za-z_]\w*)/.source,
    /(<>|!=|<=|>=|\|\||->|[-+*/%=<>(),.;[\]?:])/.source,
  ].join('|'),
  'y',
);

/** @throws {SyntaxFault} */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text);
    if (found === null) throw new SyntaxFault();
    const [, blank, store, name, quoted, number, word, sign] = found;
    if (blank !== undefined) continue;
    if (store !== undefined) tokens.push({ kind: 'store', text: `"${store.toLowerCase()}"` });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  return tokens;
}
