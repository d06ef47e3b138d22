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
      return words(row.description ?? '').some((word) => word.startsWith(value.toLowerCase()));
    case 'tag-key':
      return keys.some((one) => one.startsWith(value));
    case 'tag-value':
      return tagValues.some((one) => one.startsWith(value));
    case 'all':
      return words([row.name, row.description ?? '', ...keys, ...tagValues].join(' ')).some((word) =>
        word.startsWith(value.toLowerCase()),
      );
    default:
      return false;
  }
}

function words(text: string): string[] {
  return text.toLowerCase().split(/[^a-z0-9]+/);
}
