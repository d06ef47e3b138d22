/** What goes wrong while a request is read: it is no text of the protocol, or a value has the wrong type. */

/** Rendered by the service's voice (voice.ts), since services word the same failure differently. */
export class WireFailure extends Error {
  override name = 'WireFailure';
  readonly kind: FailureKind;
  /** What stood there, as Java's JSON parsers call it: `NUMBER_VALUE`, `START_OBJECT`, … */
  readonly found: string | undefined;
  /** The type the model wants. */
  readonly wanted: string | undefined;
  readonly detail: FailureDetail;

  constructor(kind: FailureKind, message: string, found?: string, wanted?: string, detail: FailureDetail = {}) {
    super(message);
    this.kind = kind;
    this.found = found;
    this.wanted = wanted;
    this.detail = detail;
  }
}

/** What some services say besides. */
export type FailureDetail = {
  /** The shape of the structure, or of a map's values, that should have stood there. */
  shape?: string;
  /** It should have stood in a list or map, not in a member. */
  isElement?: boolean;
  /** The text that is no value of its type; and the name of its header, query parameter or label. */
  text?: string;
  place?: string;
  /** Of a request that is for no operation. */
  request?: { method: string; path: string };
  /** What of the request's address is no percent-encoded UTF-8. */
  address?: string;
};

export type FailureKind =
  /** A value of the wrong type, or a body that doesn't parse. */
  | 'serialization'
  /** No such operation. */
  | 'unknown-operation'
  | 'unsupported-media-type'
  | 'not-acceptable'
  | 'too-large';

/** A value of the wrong type. */
export function wrongType(value: unknown, wanted: string, detail?: FailureDetail): WireFailure {
  const found = tokenOf(value);
  return new WireFailure('serialization', `${found} can not be converted to ${wanted}`, found, wanted, detail);
}

/** A text that is no value of the type. */
export function badText(text: string, wanted: string): WireFailure {
  return new WireFailure(
    'serialization',
    `${JSON.stringify(text.slice(0, 100))} is no ${wanted}`,
    'STRING_VALUE',
    wanted,
    { text },
  );
}

function tokenOf(value: unknown): string {
  if (value === null) return 'NULL_VALUE';
  if (Array.isArray(value)) return 'START_ARRAY';
  if (value === true) return 'TRUE_VALUE';
  if (value === false) return 'FALSE_VALUE';
  if (typeof value === 'number') return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
  return typeof value === 'string' ? 'STRING_VALUE' : 'START_OBJECT';
}
