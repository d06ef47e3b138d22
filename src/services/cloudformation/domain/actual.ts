/** Things as they are, not as they were made: what a change set that brings them back has found of them. */
import type { StoreView } from '#kernel/store';
import { type ChangeSetRow, putResource, type ResourceRow, stackResources } from '../state.ts';

/** A stack's things as they are. */
export function actualRows(
  rows: ReadonlyMap<string, ResourceRow>,
  actual: NonNullable<ChangeSetRow['actual']>,
): Map<string, ResourceRow> {
  return new Map([...rows].map(([name, row]) => [name, actualRow(row, actual[name])]));
}

function actualRow(row: ResourceRow, properties: object | null | undefined): ResourceRow {
  const { thing, ...rest } = row;
  if (properties === undefined || thing === undefined) return row;
  return properties === null ? rest : { ...rest, thing: { ...thing, properties } };
}

/** From here on a stack's things count as what they are. In a transaction. */
export function takeActual({ stackId, actual = {} }: ChangeSetRow, store: StoreView): void {
  for (const [logicalId, properties] of Object.entries(actual)) {
    const row = store.get(stackResources, { stackId, logicalId });
    if (row !== undefined) putResource(store, actualRow(row, properties));
  }
}
