/** Rules by which EventBridge itself is said to fill archives: shown as AWS shows them. What they stand for is done by dispatch, not by them. */
import type { Ctx } from '#kernel/contract';
import { type ArchiveRow, lifeOf, type RuleRow, rules, targets } from '../state.ts';
import { ruleArn } from './find.ts';

const ARCHIVES = 'prod.vhs.events.aws.internal';

const keyOf = ({ name, bus }: ArchiveRow) => ({ bus, name: `Events-Archive-${name}` });

/** In a transaction. */
export function putManagedRule(archive: ArchiveRow, ctx: Ctx): void {
  const key = keyOf(archive);
  const pattern = JSON.parse(archive.pattern ?? '{}') as object;
  const row: RuleRow = {
    ...key,
    arn: ruleArn(key.name, key.bus, ctx),
    pattern: JSON.stringify({ ...pattern, 'replay-name': [{ exists: false }] }),
    state: 'ENABLED',
    tags: {},
    createdBy: ctx.account,
    managedBy: ARCHIVES,
  };
  ctx.store.put(rules, row);
  const [Id, Arn] = [key.name, `arn:${ctx.partition}:events:${ctx.region}:::`];
  const InputTemplate = `{"archive-arn": "${archive.arn}:${lifeOf(archive)}", "event": <aws.events.event.json>, "ingestion-time": <aws.events.event.ingestion-time>}`;
  const target = { Id, Arn, InputTransformer: { InputPathsMap: {}, InputTemplate } };
  ctx.store.put(targets, { bus: key.bus, rule: key.name, id: Id, arn: Arn, target });
}

/** In a transaction. */
export function removeManagedRule(archive: ArchiveRow, { store }: Ctx): void {
  const key = keyOf(archive);
  store.delete(rules, key);
  store.delete(targets, { bus: key.bus, rule: key.name, id: key.name });
}
