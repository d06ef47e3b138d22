/** What happens by itself: schedules, events of the cloud's own services, replays, archives that forget. */
import { parseExactly, readSchedule } from '#kernel/base';
import type { EventHandler, TaskHandler, TimerHandler } from '#kernel/contract';
import { dispatch, give } from './domain/dispatch.ts';
import { eventOf, type Facts } from './domain/event.ts';
import { authorize as tryConnection } from './domain/invoke.ts';
import { emptyArchive, sweepArchive } from './operations/archive.ts';
import { archived, DEFAULT_BUS, type Event, replays, rules } from './state.ts';

/** Events of a replay that one transaction hands over. */
const REPLAY_BATCH = 100;

/** A rule's schedule is due. */
export const tick: TimerHandler = ({ name, start }, ctx) => {
  const rule = ctx.store.get(rules, { bus: DEFAULT_BUS, name: String(name) });
  if (rule?.schedule === undefined || rule.state === 'DISABLED') return;
  const at = readSchedule(rule.schedule, Number(start))(ctx.now);
  if (at !== undefined) ctx.arm('tick', rule.name, at, { name, start });
  const event = eventOf(
    { source: 'aws.events', detailType: 'Scheduled Event', detail: {}, resources: [rule.arn] },
    ctx.uuid(),
    ctx.now,
    ctx,
  );
  give(event, rule.bus, [rule], ctx.store, { account: ctx.account, region: ctx.region }, ctx);
};

/** Something happened in a service of this cloud. */
export const announced: EventHandler = (payload, ctx) => {
  const { at, id, ...facts } = payload as Facts & { at: number; id: string };
  const event = eventOf(facts, id, at, ctx);
  dispatch(event, DEFAULT_BUS, ctx.store, { account: ctx.account, region: ctx.region }, ctx);
};

/** A connection asks for its first token. */
export const authorize: TaskHandler = ({ name }, ctx) => tryConnection(String(name), ctx);

/** A replay goes on where it stopped. */
export const replay: TaskHandler = async ({ name }, ctx) => {
  for (;;) {
    const row = ctx.store.get(replays, { name: String(name) });
    if (row === undefined || (row.state !== 'STARTING' && row.state !== 'RUNNING')) return;
    const from =
      row.lastAt === undefined
        ? { from: { at: row.from } }
        : { after: { at: row.lastAt, sequence: row.lastSequence ?? 0 } };
    const batch = ctx.store.list(archived, {
      where: { archive: row.life ?? row.archive },
      ...from,
      before: { at: row.to },
      limit: REPLAY_BATCH,
    });
    const last = batch.at(-1);
    ctx.transact((store) => {
      const place = { account: ctx.account, region: ctx.region };
      for (const { event } of batch) {
        const again = { ...(parseExactly(event) as Event), 'replay-name': row.name };
        dispatch(again, row.bus, store, place, ctx, { only: row.rules });
      }
      if (last === undefined) store.put(replays, { ...row, state: 'COMPLETED', endedAt: ctx.clock() });
      else store.put(replays, { ...row, state: 'RUNNING', lastAt: last.at, lastSequence: last.sequence });
    });
    if (last === undefined) return;
  }
};

export const sweep: TimerHandler = ({ name, life }, ctx) =>
  life === undefined ? sweepArchive(String(name), ctx) : emptyArchive(String(life), ctx);
