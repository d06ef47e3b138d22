/** When an alarm is in which state. Source: CloudWatch User Guide, "Evaluating an alarm" and "Configuring how CloudWatch alarms treat missing data". */
import type { MetricAlarmRow, StateValue } from '../state.ts';

/** The values of the periods that are looked at, oldest first; undefined where there is none. */
export type Range = readonly (number | undefined)[];

export type Rule = {
  evaluationPeriods: number;
  datapointsToAlarm: number;
  treatMissing: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
  breaches: (value: number) => boolean;
};

export type Verdict = { state: StateValue /** Values that decided. */; used: number[]; breaching: number };

const COMPARISONS: { readonly [name: string]: (value: number, threshold: number) => boolean } = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** The band that values are expected in. */
export type Border = { lower: number; upper: number };

/**
 * Values that a percentile must be of, so that it says something: fewer leave the state as it is where an alarm is put so. 0 for other statistics.
 *
 * Source: User Guide, "Percentile-based CloudWatch alarms and low data samples".
 */
export function samplesNeeded(statistic: string): number {
  const percent = /^p(\d{1,2}(?:\.\d+)?)$/.exec(statistic)?.[1];
  if (percent === undefined) return 0;
  const part = Number(percent) / 100;
  return part === 0 ? 0 : 10 / (part < 0.5 ? part : 1 - part);
}

/** How far a value is beyond its band: 0 within, negative below. */
export function beyond(value: number, { lower, upper }: Border): number {
  return value > upper ? value - upper : Math.min(0, value - lower);
}

/** Of what is beyond a band. */
const BANDED: { readonly [name: string]: (distance: number) => boolean } = {
  LessThanLowerOrGreaterThanUpperThreshold: (distance) => distance !== 0,
  LessThanLowerThreshold: (distance) => distance < 0,
  GreaterThanUpperThreshold: (distance) => distance > 0,
};

/** Whether a comparison is with a band. */
export function isBanded(name: string): boolean {
  return name in BANDED;
}

/** Whether a value breaches, or where the comparison is with a band, its distance from that. */
export function comparison(name: string, threshold: number): (value: number) => boolean {
  const compare = COMPARISONS[name];
  return BANDED[name] ?? ((value) => compare?.(value, threshold) ?? false);
}

/** Words for the reason's text. */
export const COMPARISON_WORDS: { readonly [name: string]: string } = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};

type Judged = Pick<
  MetricAlarmRow,
  'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissing' | 'comparison' | 'threshold'
> &
  Partial<Pick<MetricAlarmRow, 'queries'>>;

/**
 * By what an alarm is judged.
 *
 * Source: API Reference, PutMetricAlarm, TreatMissingData: alarms on `AWS/DynamoDB` "always ignore missing data even if you choose a different option".
 */
export function ruleOf(alarm: Judged): Rule {
  const isTables = alarm.queries?.some(({ MetricStat }) => MetricStat?.Metric?.Namespace === 'AWS/DynamoDB') ?? false;
  return {
    evaluationPeriods: alarm.evaluationPeriods,
    datapointsToAlarm: alarm.datapointsToAlarm ?? alarm.evaluationPeriods,
    treatMissing: isTables ? 'ignore' : alarm.treatMissing,
    breaches: comparison(alarm.comparison, alarm.threshold ?? 0),
  };
}

/**
 * The state that a range of periods calls for; undefined leaves it as it is.
 *
 * @param range the evaluation periods and some before them: what is missing among the last is made up for by what came before
 */
export function judge(
  range: Range,
  { evaluationPeriods, datapointsToAlarm, treatMissing, breaches }: Rule,
): Verdict | undefined {
  const known = range.filter((value) => value !== undefined);
  if (known.length >= evaluationPeriods || !range.slice(-evaluationPeriods).includes(undefined)) {
    const used = known.slice(-evaluationPeriods);
    return verdict(used, used.filter(breaches).length, datapointsToAlarm);
  }
  if (known.length === 0) {
    if (treatMissing === 'ignore') return undefined;
    if (treatMissing === 'missing') return { state: 'INSUFFICIENT_DATA', used: [], breaching: 0 };
    return verdict([], treatMissing === 'breaching' ? evaluationPeriods : 0, datapointsToAlarm);
  }
  const absent = evaluationPeriods - known.length;
  const breaching = known.filter(breaches).length;
  if (treatMissing === 'breaching' || treatMissing === 'notBreaching')
    return verdict(known, breaching + (treatMissing === 'breaching' ? absent : 0), datapointsToAlarm);
  if (breaching >= datapointsToAlarm || breaching < known.length) return verdict(known, breaching, datapointsToAlarm);
  // All that is there breaches, and is too little. Source: the same page, "Avoiding premature transitions to alarm state".
  const age = range.length - range.findIndex((value) => value !== undefined);
  if (treatMissing === 'ignore' || age < datapointsToAlarm) return undefined;
  return verdict(known, datapointsToAlarm, datapointsToAlarm);
}

function verdict(used: (number | undefined)[], breaching: number, needed: number): Verdict {
  return { state: breaching >= needed ? 'ALARM' : 'OK', used: used.filter((value) => value !== undefined), breaching };
}
