/**
 * Data protection: what a group's policy or the account's names is masked wherever its events are shown, unless somebody may and wants to see it.
 *
 * @see CloudWatch Logs User Guide, "Help protect sensitive log data with masking"
 */

import type { StoreView } from '#kernel/store';
import { invalidParameter } from '../errors.ts';
import type { GroupRow } from '../state.ts';
import { policyNamed } from './account-policies.ts';
import type { StoredEvent } from './reader.ts';
import { Regex } from './regex/regex.ts';
import { RegexError } from './regex/syntax.ts';

/**
 * Forms of the managed identifiers. Deviation: some of AWS's hundred, and by their form alone: AWS looks for keywords near some of them.
 */
const MANAGED: { readonly [name: string]: string } = {
  Address: '\\b\\d{1,5} [A-Z][a-z]+ (Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr)\\b',
  AwsSecretKey: '\\b[A-Za-z0-9/+]{40}\\b',
  'BankAccountNumber-DE': '\\bDE\\d{20}\\b',
  'BankAccountNumber-FR': '\\bFR\\d{12}[A-Z0-9]{11}\\d{2}\\b',
  'BankAccountNumber-GB': '\\bGB\\d{2}[A-Z]{4}\\d{14}\\b',
  CreditCardNumber: '\\b(4\\d{3}|5[1-5]\\d{2}|6011|3[47]\\d{2})[ -]?\\d{4,6}[ -]?\\d{4,5}[ -]?\\d{0,4}\\b',
  CreditCardSecurityCode: '\\b(cvv|cvc|CVV|CVC)[ :=]*\\d{3,4}\\b',
  EmailAddress: '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,24}',
  IpAddress: '\\b\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\b',
  LatLong: '-?\\d{1,3}\\.\\d{4,},\\s*-?\\d{1,3}\\.\\d{4,}',
  OpenSshPrivateKey: '-----BEGIN OPENSSH PRIVATE KEY-----[^-]*-----END OPENSSH PRIVATE KEY-----',
  'PhoneNumber-DE': '\\+49[ 0-9/-]{7,14}\\d',
  'PhoneNumber-US': '(\\+1[ .-]?)?(\\(\\d{3}\\) ?|\\b\\d{3}[ .-])\\d{3}[ .-]\\d{4}\\b',
  PkcsPrivateKey: '-----BEGIN (RSA )?PRIVATE KEY-----[^-]*-----END (RSA )?PRIVATE KEY-----',
  'Ssn-US': '\\b\\d{3}-\\d{2}-\\d{4}\\b',
  VehicleIdentificationNumber: '\\b[A-HJ-NPR-Z0-9]{17}\\b',
  'ZipCode-US': '\\b\\d{5}-\\d{4}\\b',
};
const IDENTIFIER = 'data-identifier/';
const STATEMENTS = 2;
const CUSTOM_MAX = 10;

type Document = {
  Statement?: { DataIdentifier?: unknown; Operation?: { Audit?: unknown; Deidentify?: { MaskConfig?: unknown } } }[];
  Configuration?: { CustomDataIdentifier?: { Name?: unknown; Regex?: unknown }[] };
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
  return names.flatMap((name) => formOf(name, custom));
}

function formOf(name: string, custom: readonly { Name?: unknown; Regex?: unknown }[]): Regex[] {
  const own = custom.find((one) => one.Name === name);
  const managed = name.includes(IDENTIFIER) ? name.slice(name.indexOf(IDENTIFIER) + IDENTIFIER.length) : undefined;
  if (own === undefined && managed === undefined)
    throw invalidParameter(`Invalid data protection policy: unknown data identifier ${name}.`);
  const text = own === undefined ? MANAGED[managed ?? ''] : String(own.Regex);
  try {
    return text === undefined ? [] : [new Regex(text)];
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
      .reduce((whole, { forms }) => forms.reduce((text, form) => masked(text, form), whole), message);
}

function masked(text: string, form: Regex): string {
  if (!form.test(text)) return text;
  let out = '';
  let at = 0;
  for (let found = form.exec(text, at); found !== undefined; found = form.exec(text, at)) {
    const [from = 0, to = 0] = found;
    const end = Math.max(to, from + 1);
    out += text.slice(at, from) + '*'.repeat(end - from);
    at = end;
    if (at >= text.length) break;
  }
  return out + text.slice(at);
}
