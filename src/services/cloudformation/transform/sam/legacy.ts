/** Documents as texts of which SAM takes the hash. */
import type { Json } from '../../domain/parse.ts';
import { shown } from './python.ts';

/** The text of a document. */
export function legacyText(value: Json): string {
  return shown(value);
}
