/**
 * Data protection: what a group's policy or the account's names is masked wherever its events are shown, unless somebody may and wants to see it.
 *
 * @see CloudWatch Logs User Guide, "Help protect sensitive log data with masking"
 */

import type { StoreView } from '#kernel/store';
import { invalidParameter } from '../errors.ts';
import type { GroupRow } from '../state.ts';
import { policyFor } from './account-policies.ts';
import { type CustomIdentifier, type Form, formOf, isManaged, replaced } from './identifiers.ts';
import type { StoredEvent } from './reader.ts';
import { RegexError } from './regex/syntax.ts';

const VERSION = '2021-06-01';
const STATEMENTS = 2;
const CUSTOM_MAX = 10;

type Document = {
  Version?: unknown;
  Statement?: { DataIdentifier?: unknown; Operation?: { Audit?: unknown; Deidentify?: { MaskConfig?: unknown } } }[];
  Configuration?: { CustomDataIdentifier?: CustomIdentifier[] };
};

const compiled = new Map<string, readonly Form[]>();
const COMPILED_MAX = 100;

/**
 * What a policy masks.
 *
 * @throws {ServiceError} InvalidParameterException for a text that is no policy
 */
export function readProtection(text: string): readonly Form[] {
  let known = compiled.get(text);
  if (known === undefined) {
    known = parse(text);
    if (compiled.size >= COMPILED_MAX) compiled.clear();
    compiled.set(text, known);
  }
  return known;
}

function parse(text: string): Form[] {
  let document: Document;
  try {
    document = JSON.parse(text) as Document;
  } catch {
    throw invalidParameter('Invalid data protection policy: the policy document is not valid JSON.');
  }
  const { Version: version, Statement: statements, Configuration: configuration } = document ?? {};
  if (version !== VERSION) throw invalidParameter(`Policy Version must be ${VERSION}`);
  const [audit, mask] = Array.isArray(statements) ? statements : [];
  const { MaskConfig: config } = mask?.Operation?.Deidentify ?? {};
  if (statements?.length !== STATEMENTS || audit?.Operation?.Audit === undefined || !isObject(config))
    throw invalidParameter(
      'Policy can only have two statements. One for Audit Operation and one for Deidentify Operation',
    );
  const [alien] = Object.keys(config);
  if (alien !== undefined) throw invalidParameter(`${alien} is not a valid field`);
  if (sorted(audit.DataIdentifier) !== sorted(mask?.DataIdentifier))
    throw invalidParameter('Audit Statement and Deidentify Statement must have the same Data Identifiers');
  const custom = configuration?.CustomDataIdentifier ?? [];
  if (custom.length > CUSTOM_MAX)
    throw invalidParameter('Invalid data protection policy: too many custom identifiers.');
  const names = Array.isArray(mask?.DataIdentifier) ? mask.DataIdentifier.map(String) : [];
  return names.flatMap((name) => formsOf(name, custom));
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const sorted = (list: unknown) => JSON.stringify(Array.isArray(list) ? list.map(String).toSorted() : list);

function formsOf(name: string, custom: readonly CustomIdentifier[]): Form[] {
  try {
    const form = formOf(name, custom);
    if (form === undefined && !isManaged(name)) throw invalidParameter(`${name} is not a valid Data Identifier`);
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
export function maskOf(group: GroupRow, store: StoreView): Mask {
  const { protection } = group;
  const shared = policyFor('DATA_PROTECTION_POLICY', group, store);
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
