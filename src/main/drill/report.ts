/** What a drill showed: when what happened, what was refused and answered again, what was lost, and which promises held. */
import type { Millis } from '#kernel/base';
import type { Experiment } from '#models/fis';
import type { Cloud } from '../cloud.ts';
import type { CallsReport } from './calls.ts';
import type { Drill } from './going.ts';
import { type AlarmSign, alarmChanges, deadLetters, type FunctionSign, failedFunctions } from './signs.ts';

/** A promise of every drill, and what was seen of it. */
export type DrillPromise = { promise: string; measured: string; kept: boolean };

export type DrillReport = {
  experiment: {
    id: string;
    templateId: string;
    status: string;
    reason: string;
    startedAt: Millis;
    endedAt: Millis | null;
  };
  /** What was seen of calls, from when to when. */
  seen: { from: Millis; to: Millis; calls: number };
  timeline: { at: Millis; text: string }[];
  /** Operations of which calls were refused because something was broken. */
  refused: CallsReport[];
  functions: FunctionSign[];
  deadLetters: { queue: string; before: number; after: number }[];
  alarms: AlarmSign[];
  promises: DrillPromise[];
  kept: boolean;
};

/** Asks the cloud for what can be seen of a drill's harm, and judges it. */
export async function reportOf({ kernel }: Cloud, drill: Drill): Promise<DrillReport> {
  const { id, aws, calls, looks, since, deadBefore } = drill;
  const { experiment = {} } = await aws.fis.GetExperiment({ id });
  const startedAt = experiment.startTime ?? since;
  const now = kernel.clock.now();
  const alarms = await alarmChanges(looks, startedAt);
  const functions = await failedFunctions(looks, startedAt, now);
  const dead = [...(await deadLetters(looks))].map(([queue, after]) => ({
    queue,
    before: deadBefore.get(queue) ?? 0,
    after,
  }));
  const refused = calls.refused();
  const left = kernel.faults.list().filter((rule) => rule.id.startsWith(`${id} `) && (rule.until ?? now + 1) > now);
  const promises = [
    ended(experiment),
    lifted(left.length),
    answered(refused, experiment.endTime),
    quiet(alarms),
    kept(dead),
  ];
  return {
    experiment: {
      id,
      templateId: experiment.experimentTemplateId ?? '',
      status: experiment.state?.status ?? '',
      reason: experiment.state?.reason ?? '',
      startedAt,
      endedAt: experiment.endTime ?? null,
    },
    seen: { from: since, to: now, calls: calls.total },
    timeline: timelineOf(experiment, refused, alarms),
    refused,
    functions,
    deadLetters: dead,
    alarms,
    promises,
    kept: promises.every((one) => one.kept),
  };
}

function timelineOf(experiment: Experiment, refused: readonly CallsReport[], alarms: readonly AlarmSign[]) {
  const entries: { at: Millis | undefined; text: string }[] = [
    { at: experiment.startTime, text: 'the experiment begins' },
    ...Object.entries(experiment.actions ?? {}).flatMap(([name, { actionId, startTime, endTime, state }]) => [
      { at: startTime, text: `${name} begins (${actionId})` },
      { at: endTime, text: `${name} is ${state?.status}` },
    ]),
    ...refused.flatMap(({ service, operation, region, firstRefusedAt, answeredAt }) => [
      { at: firstRefusedAt, text: `${service} ${operation} is refused (${region})` },
      { at: answeredAt, text: `${service} ${operation} is answered again (${region})` },
    ]),
    ...alarms.map(({ alarm, state, at }) => ({ at, text: `alarm ${alarm} is ${state}` })),
    { at: experiment.endTime, text: `the experiment is ${experiment.state?.status}: ${experiment.state?.reason}` },
  ];
  // What happened in one moment stays in this order, but for the end of all.
  return entries.flatMap(({ at, text }) => (at === undefined ? [] : [{ at, text }])).toSorted((a, b) => a.at - b.at);
}

function ended({ state }: Experiment): DrillPromise {
  const measured = `${state?.status}: ${state?.reason}`;
  return { promise: 'The experiment runs to its end', measured, kept: state?.status === 'completed' };
}

function lifted(left: number): DrillPromise {
  return { promise: 'No fault of it is left', measured: left === 0 ? 'none' : `${left} in force`, kept: left === 0 };
}

function answered(refused: readonly CallsReport[], endedAt: Millis | undefined): DrillPromise {
  const again = refused.filter(({ answeredAt }) => answeredAt !== undefined);
  const late = Math.max(0, ...again.map(({ answeredAt = 0 }) => answeredAt - (endedAt ?? answeredAt)));
  // Of an operation that nobody has called since nothing can be said; one that was refused after the end is not well.
  const ill = refused.filter(
    (one) => one.answeredAt === undefined && endedAt !== undefined && one.lastRefusedAt > endedAt,
  );
  const unseen = refused.length - again.length - ill.length;
  const said = [
    ...(refused.length === 0 ? ['nothing was refused'] : []),
    ...(again.length > 0
      ? [`${again.length} of ${refused.length} operations, at the latest ${late} ms after its end`]
      : []),
    ...(unseen > 0 ? [`${unseen} not called since`] : []),
    ...(ill.length > 0
      ? [`${ill.length} still refused: ${ill.map(({ service, operation }) => `${service} ${operation}`).join(', ')}`]
      : []),
  ];
  return { promise: 'What was refused is answered again', measured: said.join('; '), kept: ill.length === 0 };
}

function quiet(alarms: readonly AlarmSign[]): DrillPromise {
  const last = new Map(alarms.map(({ alarm, region, state }) => [`${alarm} (${region})`, state]));
  const loud = [...last].filter(([, state]) => state === 'ALARM').map(([alarm]) => alarm);
  const fired = new Set(alarms.filter(({ state }) => state === 'ALARM').map(({ alarm }) => alarm)).size;
  const measured =
    loud.length > 0 ? `still in ALARM: ${loud.join(', ')}` : fired === 0 ? 'none went off' : `${fired} went off`;
  return { promise: 'No alarm is left that went off', measured, kept: loud.length === 0 };
}

function kept(dead: DrillReport['deadLetters']): DrillPromise {
  const grown = dead.filter(({ before, after }) => after > before);
  const measured =
    grown.length === 0 ? 'none' : grown.map(({ queue, before, after }) => `${after - before} in ${queue}`).join(', ');
  return { promise: 'No message ends in a dead-letter queue', measured, kept: grown.length === 0 };
}
