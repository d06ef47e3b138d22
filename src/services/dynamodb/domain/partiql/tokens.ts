/** Cuts a PartiQL statement into tokens, and walks over them for the parsers. */
import { aliasing, malformedStatement, statementTooDeep, unreadableStatement } from '../../errors.ts';
import { OPERATORS_MAX } from '../../limits.ts';
import { Walk } from '../walk.ts';

export type Token = {
  /** `name` is a quoted identifier, `word` one that may be a keyword. */
  kind: 'word' | 'name' | 'text' | 'number' | 'symbol' | 'unknown' | 'end';
  text: string;
  start: number;
};

/** Blanks and comments; apart from tokens, so that none of it is taken for one. */
const BLANK = /(?:\s|--[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y;
const TOKEN =
  /(?:([A-Za-z_$][A-Za-z0-9_$]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(<<|>>|<=|>=|<>|!=|[=<>()[\]{},.:*?+\-;])|(\S))/y;
const KINDS = ['word', 'name', 'text', 'number', 'symbol', 'unknown'] as const;
/** Operators of PartiQL that DynamoDB does not know; anything else that is no token can't be read at all. */
const STRANGE = /[/%|^@&~!]/;

const KEYWORDS = new Set(
  'SELECT INSERT UPDATE DELETE FROM INTO VALUE VALUES SET REMOVE WHERE RETURNING ORDER BY ASC DESC AND OR NOT IN BETWEEN IS MISSING NULL TRUE FALSE EXISTS ALL MODIFIED OLD NEW LIMIT GROUP HAVING JOIN'.split(
    ' ',
  ),
);

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let end = 0; ; end = TOKEN.lastIndex) {
    BLANK.lastIndex = end;
    BLANK.exec(text);
    TOKEN.lastIndex = BLANK.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) break;
    const group = KINDS.findIndex((_, index) => match?.[index + 1] !== undefined);
    const kind = KINDS[group] as Token['kind'];
    const piece = match[group + 1] as string;
    if (kind === 'unknown' && (!STRANGE.test(piece) || text.startsWith('/*', match.index))) throw unreadableStatement();
    const plain = kind === 'name' ? piece.replaceAll('""', '"') : kind === 'text' ? piece.replaceAll("''", "'") : piece;
    tokens.push({ kind, text: plain, start: match.index });
  }
  tokens.push({ kind: 'end', text: '', start: text.length });
  return tokens;
}

/** Reads tokens one after the other; nesting is bounded. */
export class Cursor extends Walk<Token> {
  readonly #text: string;
  #depth = 0;

  constructor(text: string) {
    super(tokenize(text));
    this.#text = text;
  }

  /** The name of an attribute, table or index: quoted, or a word that is no keyword. */
  name(): string {
    const { kind, text } = this.token;
    if (kind !== 'name' && (kind !== 'word' || KEYWORDS.has(text.toUpperCase()))) throw this.unexpected();
    this.next();
    return text;
  }

  /** Whether another name stands here, as it may behind a table's in SQL. */
  isAlias(): boolean {
    const { kind, text } = this.token;
    return kind === 'name' || (kind === 'word' && !KEYWORDS.has(text.toUpperCase()));
  }

  /** Tables have no other names. @throws {ServiceError} ValidationException */
  refuseAlias(): void {
    if (this.isAlias()) throw aliasing();
  }

  /** A function's name, where a call of it stands here. */
  call(): string | undefined {
    const after = this.peek(1);
    if (this.token.kind !== 'word' || after.kind !== 'symbol' || after.text !== '(') return undefined;
    return KEYWORDS.has(this.token.text.toUpperCase()) ? undefined : this.token.text.toLowerCase();
  }

  /** Reads something nested. @throws {ServiceError} ValidationException when it is nested too deeply */
  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > OPERATORS_MAX) throw statementTooDeep();
    const result = read();
    this.#depth -= 1;
    return result;
  }

  /** Nothing may follow but a semicolon. */
  end(): void {
    this.takeSymbol(';');
    if (this.token.kind !== 'end') throw this.leftOver();
  }

  leftOver(): Error {
    return malformedStatement('Unexpected token after expression');
  }

  override unexpected(): Error {
    const { kind, text } = this.token;
    const isKeyword = kind === 'word' && KEYWORDS.has(text.toUpperCase());
    return malformedStatement(isKeyword ? 'Unexpected keyword' : 'Unexpected term');
  }

  /** `line:column:length` of the next token, counted from 1. */
  place(): string {
    const before = this.#text.slice(0, this.token.start).split('\n');
    return `${before.length}:${(before.at(-1) ?? '').length + 1}:${this.token.text.length}`;
  }
}
