/** Values of parameters that are not to be echoed: what is told of a stack has asterisks in their place. */
import type { DriftRow, Source } from '../state.ts';
import { memberOf } from './member.ts';
import type { Template } from './template.ts';

/** As the service shows them. */
export const MASK = '****';
/** A shorter value stands in many a text by chance: it is masked where it stands alone. */
const PART_MIN = 4;

/** The names of a template's parameters that are not to be echoed. */
export function hiddenOf({ parameters }: Template): string[] {
  return [...parameters].flatMap(([name, { noEcho }]) => (noEcho ? [name] : []));
}

/** The values that sources hide. */
export function secretsOf(...sources: (Source | undefined)[]): ReadonlySet<string> {
  const values = sources.flatMap((source) =>
    (source?.hidden ?? []).flatMap((name) => [memberOf(source?.parameters, name), memberOf(source?.looked, name)]),
  );
  return new Set(values.flatMap((value) => value || []));
}

/**
 * A value without secrets.
 *
 * Source: CloudFormation User Guide, "Parameters": NoEcho is masked for any calls that describe the stack or its events.
 */
export function masked(value: unknown, secrets: ReadonlySet<string>): unknown {
  if (secrets.size === 0) return value;
  if (typeof value === 'string') return maskedText(value, secrets);
  if (Array.isArray(value)) return value.map((item) => masked(item, secrets));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, masked(member, secrets)]));
}

/** What a resource has drifted, without secrets. */
export function maskedDrift(row: DriftRow, secrets: ReadonlySet<string>): DriftRow {
  const json = (text: string) => JSON.stringify(masked(JSON.parse(text), secrets));
  return {
    ...row,
    differences: masked(row.differences, secrets) as DriftRow['differences'],
    ...(row.expected !== undefined && { expected: json(row.expected) }),
    ...(row.actual !== undefined && { actual: json(row.actual) }),
    ...(row.reason !== undefined && { reason: maskedText(row.reason, secrets) }),
  };
}

/** The same of a text. */
export function maskedText(text: string, secrets: ReadonlySet<string>): string {
  if (secrets.has(text)) return MASK;
  let left = text;
  for (const secret of secrets) if (secret.length >= PART_MIN) left = left.replaceAll(secret, MASK);
  return left;
}
