/** Data identifiers: what is sensitive in a text, by its form. Of data protection policies of groups, and of other services' policies. Source: CloudWatch Logs User Guide, "Types of data that you can protect". */
import { FORMS } from './identifier-forms.ts';
import { Regex } from './regex/regex.ts';

/** What is sensitive: a form, near one of the words where there are any. */
export type Form = { regex: Regex; keywords: readonly string[]; check?: ((match: string) => boolean) | undefined };

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
export function formOf(name: string, custom: readonly CustomIdentifier[]): Form | undefined {
  const own = custom.find((one) => one.Name === name);
  if (own !== undefined) return { regex: new Regex(String(own.Regex)), keywords: [] };
  const short = shortName(name);
  const [form, keywords = [], check] = (isManaged(name) && Object.hasOwn(FORMS, short) && FORMS[short]) || [];
  return form === undefined ? undefined : { regex: new Regex(form), keywords, check };
}

/** `EmailAddress`, of its ARN; the name itself of one that a policy brings along. */
export function shortName(name: string): string {
  return isManaged(name) ? name.slice(name.indexOf(IDENTIFIER) + IDENTIFIER.length) : name;
}

/** Where a text has what the form describes: beginnings and ends, in their order. */
export function matchesOf(text: string, { regex, keywords, check }: Form): { start: number; end: number }[] {
  const matches: { start: number; end: number }[] = [];
  if (!regex.test(text)) return matches;
  for (let found = regex.exec(text, 0); found !== undefined; ) {
    const [start = 0, to = 0] = found;
    const end = Math.max(to, start + 1);
    const isIt = check?.(text.slice(start, end)) !== false;
    if (isIt && (keywords.length === 0 || isNear(text, start, end, keywords))) matches.push({ start, end });
    if (end >= text.length) break;
    found = regex.exec(text, end);
  }
  return matches;
}

/** Characters before and after a match in which one of its words stands. Source: Macie User Guide, "Keyword requirements". */
const NEAR = 30;

/** Words end where their letters do, and where a capital begins another: `nhsNumber`. */
function isNear(text: string, start: number, end: number, keywords: readonly string[]): boolean {
  const around = text.slice(Math.max(0, start - NEAR), end + NEAR);
  const lower = around.toLowerCase();
  if (lower.length !== around.length) return false;
  return keywords.some((word) => {
    for (let at = lower.indexOf(word); at !== -1; at = lower.indexOf(word, at + 1)) {
      const [before, after] = [around[at - 1] ?? '', around[at + word.length] ?? ''];
      if (!/\p{L}/u.test(before) && !/\p{Ll}/u.test(after)) return true;
    }
    return false;
  });
}

/** A text in which something else stands for each match. */
export function replaced(text: string, form: Form, by: (match: string) => string): string {
  let out = '';
  let at = 0;
  for (const { start, end } of matchesOf(text, form)) {
    out += text.slice(at, start) + by(text.slice(start, end));
    at = end;
  }
  return out + text.slice(at);
}
