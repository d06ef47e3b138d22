/** The rules that DynamoDB keeps in CloudWatch for tables and indexes with contributor insights. */
import type { StoreView } from '#kernel/store';
import { putManagedRule, removeManagedRule } from '../cloudwatch/port.ts';
import { type Rule, rulesOf } from './domain/insights.ts';
import type { TableRow } from './state.ts';

/** Makes the rules of a table what they are to be; of one that is gone none stays. In a transaction. */
export function settleRules(before: TableRow, after: TableRow | undefined, store: StoreView): void {
  if (before.insights === undefined && after?.insights === undefined) return;
  const wanted = new Map(allRules(after).map((rule) => [rule.name, rule]));
  const known = new Set(allRules(before).map(({ name }) => name));
  for (const name of known) if (!wanted.has(name)) removeManagedRule(store, name);
  for (const { name, kind, keys } of wanted.values()) {
    if (known.has(name)) continue;
    const counts = kind.endsWith('C') ? 'ConsumedThroughputUnits' : 'ThrottleCount';
    putManagedRule(store, { name, labels: keys.map((key) => key.name), counts });
  }
}

function allRules(table: TableRow | undefined): Rule[] {
  if (table === undefined) return [];
  return Object.entries(table.insights ?? {}).flatMap(([index, insights]) => rulesOf(table, index, insights));
}
