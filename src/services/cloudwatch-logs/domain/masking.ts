/**
 * Data protection: what a group's policy or the account's names is masked wherever its events are shown, unless somebody may and wants to see it.
 *
 * @see CloudWatch Logs User Guide, "Help protect sensitive log data with masking"
 */

import type { StoreView } from '#kernel/store';
import { invalidParameter } from '../errors.ts';
import type { GroupRow } from '../state.ts';
import { policyNamed } from './account-policies.ts';
import { type CustomIdentifier, formOf, isManaged, replaced } from './identifiers.ts';
import type { StoredEvent } from './reader.ts';
import type { Regex } from './regex/regex.ts';
import { RegexError } from './regex/syntax.ts';

const STATEMENTS = 2;
const CUSTOM_MAX = 10;

type Document = {
  Statement?: { DataIdentifier?: unknown; Operation?: { Audit?: unknown; Deidentify?: { MaskConfig?: unknown } } }[];
  Configuration?: { CustomDataIdentifier?: CustomIdentifier[] };
};

const compiled = new Map<string, readonly Regex[]>();
const COMPILED_MAX = 100;

/**
 * What a policy masks.
 *
 * @throws {ServiceError} InvalidParameterException for a text that is no policy
 */
export function readProtection(text: string): readonly Regex[] {
  let known = compiled.get(text);
  if (known === undefined) {
    known = parse(text);
    if (compiled.size >= COMPILED_MAX) compiled.clear();
    compiled.set(text, known);
  }
  return known;
}

function parse(text: string): Regex[] {
  let document: Document;
  try {
    document = JSON.parse(text) as Document;
  } catch {
    throw invalidParameter('Invalid data protection policy: the policy document is not valid JSON.');
  }
  const { Statement: statements, Configuration: configuration } = document ?? {};
  const [audit, mask] = Array.isArray(statements) ? statements : [];
  if (statements?.length !== STATEMENTS || audit?.Operation?.Audit === undefined)
    throw invalidParameter('Invalid data protection policy: an Audit and a Deidentify statement are required.');
  if (mask?.Operation?.Deidentify?.MaskConfig === undefined)
    throw invalidParameter('Invalid data protection policy: the Deidentify statement needs a MaskConfig.');
  if (JSON.stringify(audit.DataIdentifier) !== JSON.stringify(mask.DataIdentifier))
    throw invalidParameter('Invalid data protection policy: both statements must have the same DataIdentifier list.');
  const custom = configuration?.CustomDataIdentifier ?? [];
  if (custom.length > CUSTOM_MAX)
    throw invalidParameter('Invalid data protection policy: too many custom identifiers.');
  const names = Array.isArray(mask.DataIdentifier) ? mask.DataIdentifier.map(String) : [];
  return names.flatMap((name) => formsOf(name, custom));
}

function formsOf(name: string, custom: readonly CustomIdentifier[]): Regex[] {
  try {
    const form = formOf(name, custom);
    if (form === undefined && !isManaged(name))
      throw invalidParameter(`Invalid data protection policy: unknown data identifier ${name}.`);
    return form === undefined ? [] : [form];
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw invalidParameter(`Invalid data protection policy: the expression of ${name} is invalid.`);
  }
}

export type Mask = (event: Pick<StoredEvent, 'message' | 'ingestedAt'>) => string;

/**
 * How a group's events are shown to those who may not see all: as they are where neither it nor the account has a policy, or they came before that.
 *
 * @param store of the group's account and Region
 */
export function maskOf({ protection }: GroupRow, store: StoreView): Mask {
  const shared = policyNamed('DATA_PROTECTION_POLICY', store);
  const policies = [
    ...(protection === undefined ? [] : [protection]),
    ...(shared === undefined ? [] : [{ text: shared.text, since: shared.updatedAt }]),
  ].map(({ text, since }) => ({ forms: readProtection(text), since }));
  return ({ message, ingestedAt }) =>
    policies
      .filter(({ since }) => ingestedAt >= since)
      .reduce(
        (whole, { forms }) =>
          forms.reduce((text, form) => replaced(text, form, (match) => '*'.repeat(match.length)), whole),
        message,
      );
}
