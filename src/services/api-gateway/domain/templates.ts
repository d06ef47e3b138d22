/** Mapping templates as they are kept and told. */
import type { MapOfTemplates } from '#models/api-gateway';
import { objectOf, textOf } from './openapi.ts';

/**
 * Templates by their content types, of a request or a document; an empty one is null, which lets a body through as it is.
 *
 * Source: AWS CLI, examples of `update-integration` ("Input Passthrough") and `get-integration`.
 */
export function templatesOf(given: unknown): MapOfTemplates | undefined {
  if (given === undefined) return undefined;
  return Object.fromEntries(Object.entries(objectOf(given)).map(([type, text]) => [type, textOf(text) || null]));
}
