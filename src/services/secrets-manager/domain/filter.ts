/** Filters of lists of secrets. Source: Secrets Manager API Reference, Filter: values match by beginning, `!` in front is not. */
import type { InputOf } from '#kernel/contract';
import type { SecretRow } from '../state.ts';

type Filter = NonNullable<InputOf<'secrets-manager', 'ListSecrets'>['Filters']>[number];

/** All filters must match; of one, any value. */
export function filterOf(filters: readonly Filter[]): (row: SecretRow) => boolean {
  return (row) =>
    filters.every(({ Key: key = 'all', Values: values = [] }) => values.some((value) => fits(row, key, value)));
}

function fits(row: SecretRow, key: string, value: string): boolean {
  if (value.startsWith('!')) return !fits(row, key, value.slice(1));
  const keys = row.tags.map(({ Key }) => Key);
  const tagValues = row.tags.map(({ Value }) => Value);
  switch (key) {
    case 'name':
      return row.name.startsWith(value);
    case 'description':
      return hasWords(row.description ?? '', value);
    case 'tag-key':
      return keys.some((one) => one.startsWith(value));
    case 'tag-value':
      return tagValues.some((one) => one.startsWith(value));
    case 'primary-region':
      return (row.primary ?? (row.replicas === undefined ? '' : (row.arn.split(':')[3] ?? ''))).startsWith(value);
    case 'owning-service':
      return (row.owner ?? '').startsWith(value.toLowerCase());
    case 'all':
      return hasParts([row.name, row.description ?? '', ...keys, ...tagValues].join(' '), value);
    default:
      return false;
  }
}

/** Whether each word of a value is the beginning of some word of the text. */
function hasWords(text: string, value: string): boolean {
  const there = words(text);
  return words(value).every((wanted) => there.some((word) => word.startsWith(wanted)));
}

/** `credsDatabase#892` is three words. Source: Secrets Manager User Guide, "Find secrets in AWS Secrets Manager". */
function apart(text: string): string {
  return text.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])/g, ' ');
}

const hasParts = (text: string, value: string) => hasWords(`${text} ${apart(text)}`, apart(value));

function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}
