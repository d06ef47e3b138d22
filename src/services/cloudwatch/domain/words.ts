/** The words of CloudWatch's reasons. Source: recorded histories and notifications. */
import type { Millis } from '#kernel/base';
import type { MetricAlarmRow, StateValue } from '../state.ts';
import { type Border, COMPARISON_WORDS, isBanded, type Rule } from './alarm.ts';

/** A value that was looked at, and where it is banded the border that it lies beyond. */
export type Used = { at: Millis; value: number; border?: Border | undefined; breaches: boolean };

const many = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;
const minimum = (count: number, change: string) => `(minimum ${many(count, 'datapoint')} for ${change} transition)`;

/** Why an alarm is in a state. @param used newest first */
export function reasonOf(
  {
    comparison,
    evaluationPeriods,
    treatMissing,
    threshold = 0,
  }: Pick<MetricAlarmRow, 'comparison' | 'evaluationPeriods' | 'treatMissing' | 'threshold'>,
  state: StateValue,
  used: readonly Used[],
  { datapointsToAlarm }: Rule,
): string {
  if (state === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${many(evaluationPeriods, 'datapoint was', 'datapoints were')} unknown.`;
  const crossed = isBanded(comparison) ? 'Thresholds Crossed' : 'Threshold Crossed';
  if (used.length === 0)
    return `${crossed}: no datapoints were received for ${many(evaluationPeriods, 'period')} and ${many(evaluationPeriods, 'missing datapoint was', 'missing datapoints were')} treated as [${treatMissing === 'breaching' ? 'Breaching' : 'NonBreaching'}].`;
  const deciding =
    state === 'ALARM'
      ? used.filter(({ breaches }) => breaches).slice(0, datapointsToAlarm)
      : used.filter(({ breaches }) => !breaches).slice(0, 1);
  const shown = deciding.map(({ at, value }) => `${decimal(value)} (${dayTime(at)})`).join(', ');
  const not = state === 'OK' ? ' not' : '';
  // Also one is told of as datapoints.
  const was = `datapoints [${shown}] ${deciding.length === 1 ? 'was' : 'were'}${not}`;
  const end =
    state === 'ALARM' ? minimum(datapointsToAlarm, 'OK -> ALARM') : '(minimum 1 datapoint for ALARM -> OK transition)';
  const against = isBanded(comparison)
    ? bandWords(comparison, deciding)
    : `${COMPARISON_WORDS[comparison] ?? ''} the threshold (${decimal(threshold)})`;
  return `${crossed}: ${deciding.length} out of the last ${evaluationPeriods} ${was} ${against} ${end}.`;
}

/**
 * Why one of an alarm's series is in ALARM, or not. Source: CloudWatch User Guide, "Alarm events and EventBridge", the event of a contributor.
 *
 * Deviation: AWS does not say how it words the way back.
 *
 * @param used newest first
 */
export function seriesReason(
  { comparison, threshold = 0 }: Pick<MetricAlarmRow, 'comparison' | 'threshold'>,
  isAlarm: boolean,
  used: readonly Used[],
): string {
  const deciding = used.filter(({ breaches }) => breaches === isAlarm);
  const against = `${COMPARISON_WORDS[comparison] ?? ''} the threshold (${decimal(threshold)})`;
  const counted = many(deciding.length, 'datapoint was', 'datapoints were');
  if (!isAlarm) return `Threshold Crossed: ${counted} not ${against}.`;
  const shown = deciding.map(({ at, value }) => `${decimal(value)} (${dayTime(at)})`).join(', ');
  const noun = deciding.length === 1 ? 'datapoint' : 'datapoints';
  return `Threshold Crossed: ${counted} ${against}. The most recent ${noun} which crossed the threshold: [${shown}].`;
}

function bandWords(comparison: string, deciding: readonly Used[]): string {
  const ends = (which: keyof Border) => deciding.map(({ border }) => decimal(border?.[which] ?? 0)).join(', ');
  const lower = `less than the lower thresholds [${ends('lower')}]`;
  const upper = `greater than the upper thresholds [${ends('upper')}]`;
  if (comparison === 'LessThanLowerThreshold') return lower;
  return comparison === 'GreaterThanUpperThreshold' ? upper : `${lower} or ${upper}`;
}

function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** `01/01/26 00:05:00`. */
function dayTime(at: Millis): string {
  const [date = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  const [year = '', month, day] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time}`;
}

/** `2026-01-01T00:05:00.000+0000`. */
export function wireTime(at: Millis): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}

/** `Thursday 01 January, 2026 00:05:00 UTC`. */
export function longTime(at: Millis): string {
  const date = new Date(at);
  const day = date.toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' });
  const month = date.toLocaleDateString('en-US', { month: 'long', timeZone: 'UTC' });
  return `${day} ${String(date.getUTCDate()).padStart(2, '0')} ${month}, ${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} UTC`;
}
