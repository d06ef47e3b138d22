/** Scans an account and Region. The task of a scan. */
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { signalOf } from '../domain/events.ts';
import { SCAN_LIFE } from '../limits.ts';
import { stackResources } from '../state.ts';
import { LISTS } from './lists.ts';
import { idOf, readThing } from './read.ts';
import { type Identifier, type ScanRow, scanned, scans } from './state.ts';

export const scan: TaskHandler = async ({ id }, ctx) => {
  const row = ctx.store.get(scans, { id: String(id) });
  if (row === undefined || row.endedAt !== undefined) return;
  const managed = new Set(ctx.store.list(stackResources).map(({ type, thing }) => `${type} ${thing?.id}`));
  const totals = { scanned: 0, read: 0 };
  for (const [type, list] of Object.entries(LISTS)) {
    if (row.filters?.some((filter) => fits(filter, type)) === false) continue;
    // Who may not list a type finds none of it.
    const names = await list(ctx.awsWith(row.pass)).catch(ifRefused);
    for (const name of names ?? []) {
      totals.scanned += 1;
      if (await note(type, name, row, managed, ctx)) totals.read += 1;
    }
  }
  ctx.transact((store) => {
    store.put(scans, { ...row, ...totals, endedAt: ctx.clock() });
    ctx.arm('expire-scan', row.id, row.startedAt + SCAN_LIFE, { id: row.id });
    ctx.signal(signalOf(row.id));
  });
};

/** The scan has expired: that there was one is known, what it found is not. */
export const expireScan: TimerHandler = ({ id }, ctx) => {
  for (const row of ctx.store.list(scanned, { where: { scanId: String(id) } })) ctx.store.delete(scanned, row);
};

/** Source: CloudFormation API Reference, ScanFilter: a type, or a beginning of one with `*`. */
function fits(filter: string, type: string): boolean {
  return filter.endsWith('*') ? type.startsWith(filter.slice(0, -1)) : type === filter;
}

async function note(type: string, name: string, { id: scanId, pass }: ScanRow, managed: Set<string>, ctx: Ctx) {
  const { schema } = (await ctx.findResource(type)) ?? {};
  const [property = 'Id'] = schema?.identifier ?? [];
  const identifier: Identifier = { [property]: name };
  const found = await readThing(type, identifier, pass, ctx).catch(ifRefused);
  if (found === undefined) return false;
  const { properties, tags } = found;
  const row = { scanId, type, id: idOf(identifier), identifier, tags, properties: JSON.stringify(properties) };
  ctx.transact((store) => store.put(scanned, { ...row, isManaged: managed.has(`${type} ${name}`) }));
  return true;
}

function ifRefused(error: unknown): undefined {
  if (!(error instanceof ServiceError)) throw error;
  return undefined;
}
