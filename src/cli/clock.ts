/** `cloudyard clock`: shows the cloud's time, stops it, lets it run, moves it forward. */
import type { Millis } from '#kernel/base';
import { ask, CONNECTION, findEndpoint } from './admin-client.ts';
import { parseDuration } from './duration.ts';
import { withProgress } from './progress.ts';
import { type Arguments, command, EXIT, print, UsageError } from './usage.ts';

export type ClockState = { now: string; mode: 'real' | 'virtual'; running: boolean; scale: number };

export const clock = command(
  {
    name: 'clock',
    summary: 'Show or turn the time of the cloud',
    operands: '[show | freeze | run | advance <duration>]',
    flags: {
      ...CONNECTION,
      scale: { type: 'string', value: 'N', text: 'with run: N times as fast as the machine (1)' },
    },
    notes: 'Durations: 90d, 12h, 30s, 250ms, 1d12h. What falls due on the way happens before advance returns.',
  },
  async (args) => {
    const { values } = args;
    const endpoint = findEndpoint(values);
    const turn = turnOf(args);
    const now = () => ask<ClockState>(endpoint, 'GET', 'clock');
    const state =
      turn === undefined
        ? await now()
        : await withProgress(
            'Turning the clock',
            ask<ClockState>(endpoint, 'POST', 'clock', turn),
            async () => `at ${(await now()).now}`,
          );
    print(values, state, showClock(state));
    return EXIT.done;
  },
);

type Turn = { action: string; scale?: number; millis?: Millis };

function turnOf({ values, operands }: Arguments): Turn | undefined {
  const [action = 'show', duration, ...more] = operands;
  const { scale } = values;
  if (more.length > 0 || (action !== 'advance' && duration !== undefined))
    throw new UsageError(
      `clock ${action} takes no '${more[0] ?? duration}'. 'cloudyard clock --help' says what it takes.`,
    );
  if (scale !== undefined && action !== 'run')
    throw new UsageError('--scale goes with run: cloudyard clock run --scale 60');
  if (action === 'show') return undefined;
  if (action === 'freeze') return { action };
  if (action === 'run') {
    if (scale !== undefined && !(Number(scale) > 0))
      throw new UsageError(`--scale ${scale}: expected a number above 0`);
    return { action, scale: Number(scale ?? 1) };
  }
  if (action !== 'advance') throw new UsageError(`clock takes no '${action}': expected show, freeze, run or advance`);
  if (duration === undefined) throw new UsageError('By how much? For example: cloudyard clock advance 90d');
  return { action, millis: parseDuration(duration) };
}

/** The clock's state in words. */
export function showClock({ now, running, scale }: ClockState): string {
  if (!running) return `${now}, standing still`;
  return scale === 1 ? now : `${now}, ${scale} times as fast as the machine`;
}
