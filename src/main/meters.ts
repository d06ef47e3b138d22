/** What is measured is gathered in memory; here it is written every now and then, so that a kill loses no more than some seconds of it. */
import type { Millis } from '#kernel/base';
import { machineAlarm, machineTick } from '#kernel/clock';
import { flushMeters, type Kernel } from '#kernel/gateway';

const EVERY: Millis = 5_000;
/** So many times as long as the last writing took is waited before the next: it is never more than a two-hundredth of the time. */
const TIMES = 200;

type Metered = Pick<Kernel, 'metrics' | 'contributors' | 'usage' | 'log'>;

/** @returns what ends it */
export function keepMeters(kernel: Metered): () => void {
  let disarm = () => {};
  const writeAfter = (delay: Millis) => {
    disarm = machineAlarm(delay, () => {
      const begunAt = machineTick();
      try {
        flushMeters(kernel);
      } catch (error) {
        kernel.log('warn', 'what was measured could not be written', { error: String(error) });
      }
      writeAfter(Math.max(EVERY, (machineTick() - begunAt) * TIMES));
    });
  };
  writeAfter(EVERY);
  return () => disarm();
}
