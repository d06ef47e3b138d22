/**
 * Contributor insights: the rules that CloudWatch keeps for a table or an index, and what requests add to them. PartiQL adds nothing.
 * Deviation: AWS does not say for which keys a Scan counts; here for none.
 *
 * @see Developer Guide, "CloudWatch contributor insights for DynamoDB: How it works"
 */
import type { Ctx } from '#kernel/contract';
import type { IndexSpec, Insights, KeyAttribute, KeySpec, TableRow } from '../state.ts';
import { placeOf } from './find.ts';
import { hashesOf, keysOf } from './keys.ts';
import { attributeOf, type Item } from './value.ts';

/** The key of the table itself among its indexes; no index is called so. */
export const TABLE = '';

/** Accessed and throttled, by the partition's keys and by whole keys. */
type Kind = 'PKC' | 'SKC' | 'PKT' | 'SKT';
/** `keys`: attributes whose values tell contributors apart. */
export type Rule = { name: string; kind: Kind; keys: readonly KeyAttribute[] };

/** What a write counts as much as reads of its units. Source: Developer Guide, "Most accessed items". */
const WRITE_WEIGHT = 3;

/** The rules of a table or one of its indexes. */
export function rulesOf(table: TableRow, index: string, insights: Insights): Rule[] {
  if (!insights.enabled) return [];
  const spec: KeySpec = table.indexes.find((one) => one.name === index) ?? table;
  const resource = index === TABLE ? table.name : `${table.name}-${index}`;
  const rule = (kind: Kind, keys: readonly KeyAttribute[]): Rule => ({
    name: `DynamoDBContributorInsights-${kind}-${resource}-${insights.createdAt}`,
    kind,
    keys,
  });
  const isAccessed = insights.mode === 'ACCESSED_AND_THROTTLED_KEYS';
  const isSorted = spec.range !== undefined;
  return [
    ...(isAccessed ? [rule('PKC', hashesOf(spec))] : []),
    ...(isAccessed && isSorted ? [rule('SKC', keysOf(spec))] : []),
    rule('PKT', hashesOf(spec)),
    ...(isSorted ? [rule('SKT', keysOf(spec))] : []),
  ];
}

/** Units of a table and its indexes. */
type Used = { kind: 'read' | 'write'; table: number; indexes: { readonly [index: string]: number } };

/** Counts an access. @param item the item, or as much of a key as the request named */
export function noteAccess(table: TableRow, { kind, table: own, indexes }: Used, item: Item, ctx: Ctx): void {
  const weight = kind === 'write' ? WRITE_WEIGHT : 1;
  const units: { [index: string]: number } = { [TABLE]: own };
  for (const [name, consumed] of Object.entries(indexes)) {
    // What a local index consumes is its table's.
    const isGlobal = table.indexes.some((index) => index.global && index.name === name);
    units[isGlobal ? name : TABLE] = (isGlobal ? 0 : (units[TABLE] ?? 0)) + consumed;
  }
  for (const [index, consumed] of Object.entries(units))
    if (consumed > 0) contribute(table, index, 'C', item, consumed * weight, ctx);
}

/** Counts a refusal for want of capacity, though the call fails. Writes that an index has no capacity for are not measured. */
export function noteThrottle(
  table: TableRow,
  kind: 'read' | 'write',
  index: IndexSpec | undefined,
  item: Item,
  ctx: Ctx,
): void {
  if (index === undefined || kind === 'read') contribute(table, index?.name ?? TABLE, 'T', item, 1, ctx);
}

function contribute(table: TableRow, index: string, end: 'C' | 'T', item: Item, value: number, ctx: Ctx): void {
  const insights = table.insights?.[index];
  if (insights === undefined) return;
  const place = placeOf(table.arn);
  for (const { name, kind, keys } of rulesOf(table, index, insights)) {
    if (!kind.endsWith(end)) continue;
    const values = keys.map((key) => textOf(item, key));
    if (!values.includes(undefined)) ctx.contribute(name, values as string[], value, { place, refused: end === 'T' });
  }
}

function textOf(item: Item, { name, type }: KeyAttribute): string | undefined {
  return attributeOf(item, name)?.[type] as string | undefined;
}
