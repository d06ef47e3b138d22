/** What a table holds at the end. */
import type { Stage } from '#main/architecture';

/** The `id` of every item. */
export async function idsIn(stage: Stage, TableName = ''): Promise<Set<string>> {
  const ids = new Set<string>();
  let start: Record<string, { S?: string }> | undefined;
  do {
    const page = await stage.aws().dynamodb.Scan({ TableName, ProjectionExpression: 'id', ExclusiveStartKey: start });
    for (const { id } of page.Items ?? []) ids.add(id?.S ?? '');
    start = page.LastEvaluatedKey as typeof start;
  } while (start !== undefined);
  return ids;
}
