/** Anomaly detectors: made, shown, deleted. */
import { page, zoneOffset } from '#kernel/base';
import { type Ctx, type Handler, type InputOf, notBuilt, type OutputOf } from '#kernel/contract';
import { findDetector, keyOf, subjectOf } from '../domain/detector.ts';
import { insightCalls } from '../domain/insight-metric.ts';
import { VALUES_MIN } from '../domain/lesson.ts';
import { nextToken, readToken } from '../domain/pages.ts';
import { runQueries } from '../domain/query.ts';
import { statisticOf } from '../domain/statistic.ts';
import { invalidCombination, invalidValue, missing, noDetector } from '../errors.ts';
import { DETECTORS_LISTED, TRAINING } from '../limits.ts';
import { type DetectorConfiguration, type DetectorRow, detectors, type SingleMetric } from '../state.ts';

type Input = InputOf<'cloudwatch', 'PutAnomalyDetector'>;
type Named = Pick<
  Input,
  'Namespace' | 'MetricName' | 'Dimensions' | 'Stat' | 'SingleMetricAnomalyDetector' | 'MetricMathAnomalyDetector'
>;

/** What the request's detector learns. Source: CloudWatch API Reference, PutAnomalyDetector. */
function subjectIn(input: Named): Pick<DetectorRow, 'key' | 'single' | 'queries'> {
  const {
    Namespace,
    MetricName,
    Dimensions,
    Stat,
    SingleMetricAnomalyDetector: one,
    MetricMathAnomalyDetector: math,
  } = input;
  const isOld = [Namespace, MetricName, Dimensions, Stat].some((member) => member !== undefined);
  const found = [
    ...(one === undefined ? [] : ['SingleMetricAnomalyDetector']),
    ...(math === undefined ? [] : ['MetricMathAnomalyDetector']),
    ...(isOld ? ['single metric attributes'] : []),
  ];
  // Source of the two texts: badmintoncryer/cdk-preflight.
  if (found.length > 1)
    throw invalidCombination(
      `Either single metric attributes, SingleMetricAnomalyDetector or MetricMathAnomalyDetector can be set, found ${found.join(', ')}`,
    );
  if (math !== undefined) {
    const queries = math.MetricDataQueries ?? [];
    if (queries.length === 1)
      throw invalidValue(
        'The MetricDataQueries list in MetricMathAnomalyDetector contains a single metric, please use SingleMetricAnomalyDetector instead',
      );
    const shown = queries.filter(({ ReturnData }) => ReturnData !== false);
    if (shown.length !== 1) throw invalidValue('Exactly one element of MetricDataQueries must return data.');
    if (insightCalls(queries).length > 0) throw notBuilt('anomaly detection in what Contributor Insights rules tell');
    return subjectOf(shown[0]?.Id ?? '', queries);
  }
  const metric = one ?? input;
  const required = ['Namespace', 'MetricName', 'Stat'] as const;
  const absent = required.find((name) => metric[name] === undefined);
  if (absent !== undefined) throw missing(`The parameter ${absent} is required.`);
  const single: SingleMetric = {
    Namespace: metric.Namespace ?? '',
    MetricName: metric.MetricName ?? '',
    Dimensions: [...(metric.Dimensions ?? [])],
    Stat: metric.Stat ?? '',
  };
  statisticOf(single.Stat);
  const { Stat: stat, ...Metric } = single;
  const queries = [{ Id: 'm1', MetricStat: { Metric, Period: 300, Stat: stat }, ReturnData: true }];
  return { key: keyOf(single), single, queries };
}

export const putAnomalyDetector: Handler<'cloudwatch', 'PutAnomalyDetector'> = (input, ctx) => {
  const subject = subjectIn(input);
  if (input.MetricCharacteristics?.PeriodicSpikes === true) throw notBuilt('PeriodicSpikes of anomaly detectors');
  const configuration = configurationOf(input);
  const id = findDetector(subject.key, ctx)?.id ?? ctx.uuid();
  // What was learnt with another configuration is learnt anew.
  ctx.store.put(detectors, { id, ...subject, ...(configuration !== undefined && { configuration }) });
  return { AnomalyDetectorId: id };
};

function configurationOf({ Configuration: given }: Input): DetectorConfiguration | undefined {
  if (given === undefined) return undefined;
  for (const name of ['AdaptationSpeed', 'OutlierFilteringStrength'] as const)
    if (given[name] !== undefined) throw notBuilt(`${name} of anomaly detectors`);
  const excluded = (given.ExcludedTimeRanges ?? []).map(({ StartTime, EndTime }) => ({
    from: Number(StartTime),
    to: Number(EndTime),
  }));
  if (excluded.some(({ from, to }) => from >= to)) throw invalidValue('Input has invalid parameter.');
  const { MetricTimezone: zone } = given;
  if (zone !== undefined && zoneOffset(zone, 0) === undefined) throw invalidValue(`Invalid timezone: ${zone}`);
  return { excluded, ...(zone !== undefined && { zone }) };
}

export const deleteAnomalyDetector: Handler<'cloudwatch', 'DeleteAnomalyDetector'> = (input, ctx) => {
  const { AnomalyDetectorId: id } = input;
  const row = id === undefined ? findDetector(subjectIn(input).key, ctx) : ctx.store.get(detectors, { id });
  if (row === undefined) throw noDetector();
  ctx.store.delete(detectors, { id: row.id });
  return {};
};

type Shown = NonNullable<OutputOf<'cloudwatch', 'DescribeAnomalyDetectors'>['AnomalyDetectors']>[number];

export const describeAnomalyDetectors: Handler<'cloudwatch', 'DescribeAnomalyDetectors'> = (input, ctx) => {
  const { Namespace, MetricName, Dimensions, AnomalyDetectorIds: ids, MaxResults: limit = DETECTORS_LISTED } = input;
  const kinds = new Set<string>(input.AnomalyDetectorTypes ?? ['SINGLE_METRIC']);
  const wanted = (Dimensions ?? []).map(({ Name, Value }) => `${Name}=${Value}`);
  const fits = ({ single }: DetectorRow) =>
    kinds.has(single === undefined ? 'METRIC_MATH' : 'SINGLE_METRIC') &&
    (Namespace === undefined || single?.Namespace === Namespace) &&
    (MetricName === undefined || single?.MetricName === MetricName) &&
    wanted.every((one) => single?.Dimensions.some(({ Name, Value }) => `${Name}=${Value}` === one));
  const first = readToken('detectors', input.NextToken);
  const { rows, last } =
    ids === undefined
      ? page<DetectorRow>(
          (row, count) => {
            const id = row?.id ?? first;
            return ctx.store.list(detectors, { ...(id !== undefined && { after: { id } }), limit: count });
          },
          limit,
          fits,
        )
      : { rows: ids.flatMap((id) => ctx.store.get(detectors, { id }) ?? []), last: undefined };
  return {
    AnomalyDetectors: rows.map((row) => shown(row, ctx)),
    NextToken: nextToken('detectors', last?.id),
  };
};

function shown(row: DetectorRow, ctx: Ctx): Shown {
  const { excluded, zone } = row.configuration ?? {};
  const detector =
    row.single === undefined
      ? { MetricMathAnomalyDetector: { MetricDataQueries: row.queries } }
      : { ...row.single, SingleMetricAnomalyDetector: { AccountId: ctx.account, ...row.single } };
  return {
    AnomalyDetectorId: row.id,
    ...detector,
    Configuration: {
      ExcludedTimeRanges: (excluded ?? []).map(({ from, to }) => ({ StartTime: from, EndTime: to })),
      ...(zone !== undefined && { MetricTimezone: zone }),
    },
    StateValue: isTrained(row, ctx) ? 'TRAINED' : 'TRAINED_INSUFFICIENT_DATA',
  };
}

/** Whether there is enough to learn from. */
function isTrained({ queries, learnt }: DetectorRow, ctx: Ctx): boolean {
  if (learnt !== undefined) return learnt.lesson !== undefined;
  const shown = queries.find(({ ReturnData }) => ReturnData !== false)?.Id ?? '';
  const value = runQueries(queries, { from: ctx.now - TRAINING, to: ctx.now }, ctx).get(shown);
  return value?.kind === 'series' && value.points.size >= VALUES_MIN;
}
