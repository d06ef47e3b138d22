/** Reads what a generated template is to have. The task of one that was asked for or changed. */
import { type Ctx, ServiceError, type TaskHandler } from '#kernel/contract';
import { signalOf } from '../domain/events.ts';
import { LISTS } from './lists.ts';
import { idOf, readThing } from './read.ts';
import { type Detail, type GeneratedRow, generated } from './state.ts';

export const generate: TaskHandler = async ({ id }, ctx) => {
  const row = ctx.store.get(generated, { id: String(id) });
  if (row === undefined || !row.status.endsWith('_PENDING')) return;
  const resources: Detail[] = [];
  for (const one of row.resources) resources.push(one.status === 'PENDING' ? await detail(one, row, ctx) : one);
  const failed = resources.filter(({ status }) => status === 'FAILED');
  ctx.transact((store) => {
    const now = store.get(generated, row);
    if (now === undefined) return;
    const reason = `The following resource(s) failed to generate: [${failed.map(({ logicalId }) => logicalId).join(', ')}]`;
    store.put(generated, {
      ...now,
      resources,
      status: failed.length > 0 ? 'FAILED' : 'COMPLETE',
      ...(failed.length > 0 && { reason }),
      updatedAt: ctx.clock(),
    });
    ctx.signal(signalOf(row.id));
  });
};

async function detail(
  { properties: _, reason: __, ...one }: Detail,
  { pass }: GeneratedRow,
  ctx: Ctx,
): Promise<Detail> {
  try {
    if (LISTS[one.type] === undefined)
      throw new ServiceError('NotSupported', `Resource type ${one.type} is not supported.`);
    const found = await readThing(one.type, one.identifier, pass, ctx);
    if (found === undefined) throw new ServiceError('NotFound', missing(one));
    const { properties, unread } = found;
    return { ...one, status: 'COMPLETE', properties: JSON.stringify(properties), unread };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { ...one, status: 'FAILED', reason: error.message };
  }
}

function missing({ type, identifier }: Detail): string {
  return `Resource of type '${type}' with identifier '${idOf(identifier)}' was not found.`;
}
