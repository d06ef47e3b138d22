/** Data identifiers: what is sensitive in a text, by its form. Of data protection policies of groups, and of other services' policies. Source: CloudWatch Logs User Guide, "Types of data that you can protect". */
import { Regex } from './regex/regex.ts';

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

/** An identifier that a policy brings along. */
export type CustomIdentifier = { Name?: unknown; Regex?: unknown };

/** Whether a name is that of one of AWS's identifiers, known here or not. */
export function isManaged(name: string): boolean {
  return name.includes(IDENTIFIER);
}

/**
 * The form of an identifier, by its ARN or by the name that a policy gives it; undefined for one that is not known.
 *
 * @throws {RegexError} for an expression that is none
 */
export function formOf(name: string, custom: readonly CustomIdentifier[]): Regex | undefined {
  const own = custom.find((one) => one.Name === name);
  const short = shortName(name);
  const managed = isManaged(name) && Object.hasOwn(MANAGED, short) ? MANAGED[short] : undefined;
  if (own !== undefined) return new Regex(String(own.Regex));
  return managed === undefined ? undefined : new Regex(managed);
}

/** `EmailAddress`, of its ARN; the name itself of one that a policy brings along. */
export function shortName(name: string): string {
  return isManaged(name) ? name.slice(name.indexOf(IDENTIFIER) + IDENTIFIER.length) : name;
}

/** Where a text has what the form describes: beginnings and ends, in their order. */
export function matchesOf(text: string, form: Regex): { start: number; end: number }[] {
  const matches: { start: number; end: number }[] = [];
  if (!form.test(text)) return matches;
  for (let found = form.exec(text, 0); found !== undefined; ) {
    const [start = 0, to = 0] = found;
    const end = Math.max(to, start + 1);
    matches.push({ start, end });
    if (end >= text.length) break;
    found = form.exec(text, end);
  }
  return matches;
}

/** A text in which something else stands for each match. */
export function replaced(text: string, form: Regex, by: (match: string) => string): string {
  let out = '';
  let at = 0;
  for (const { start, end } of matchesOf(text, form)) {
    out += text.slice(at, start) + by(text.slice(start, end));
    at = end;
  }
  return out + text.slice(at);
}
