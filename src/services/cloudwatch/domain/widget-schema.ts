/**
 * What a dashboard's body may look like, and where one does not. Source: CloudWatch API Reference, "Dashboard Body Structure and Syntax"
 * and "GetMetricWidgetImage: Metric Widget Structure and Syntax"; words as recorded from AWS, whose checks are those of JSON Schema.
 */
import { Ajv, type ValidateFunction } from 'ajv';

export type Fault = { DataPath: string; Message: string };
export type Faults = { errors: Fault[]; warnings: Fault[] };

const oneOf = (...values: string[]) => ({ type: 'string', enum: values });
const TEXT = { type: 'string' };
const FLAG = { type: 'boolean' };
const NUMBER = { type: 'number' };
const whole = (minimum: number, maximum?: number) => ({
  type: 'integer',
  minimum,
  ...(maximum !== undefined && { maximum }),
});
const COLOR = { type: 'string', pattern: '^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$|^#[0-9A-Fa-f]{3}$' };
const record = (properties: Record<string, unknown>, required: string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const AXIS = record({ min: NUMBER, max: NUMBER, label: TEXT, showUnits: FLAG });
const NOTE = { label: TEXT, color: COLOR, visible: FLAG };
const HORIZONTAL = record(
  { ...NOTE, value: NUMBER, fill: oneOf('above', 'below', 'none'), yAxis: oneOf('left', 'right') },
  ['value'],
);
const VERTICAL = record({ ...NOTE, value: TEXT, fill: oneOf('after', 'before', 'none') }, ['value']);
/** One, or the two ends of a band. */
const orBand = (note: object) => ({
  if: { type: 'array' },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's word.
  then: { type: 'array', minItems: 2, maxItems: 2, items: note },
  else: note,
});
const RENDERER = record({
  accountId: TEXT,
  color: COLOR,
  expression: TEXT,
  id: { type: 'string', pattern: '^[a-z][a-zA-Z0-9_]*$' },
  label: TEXT,
  period: whole(1),
  region: TEXT,
  stat: TEXT,
  visible: FLAG,
  yAxis: oneOf('left', 'right'),
});

const METRIC = {
  accountId: TEXT,
  annotations: record({
    alarms: { type: 'array', items: TEXT },
    horizontal: { type: 'array', items: orBand(HORIZONTAL) },
    vertical: { type: 'array', items: orBand(VERTICAL) },
  }),
  end: TEXT,
  labels: { type: 'array' },
  legend: record({ position: oneOf('right', 'bottom', 'hidden') }),
  liveData: FLAG,
  metrics: { type: 'array', maxItems: 500 },
  period: whole(1),
  region: TEXT,
  setPeriodToTimeRange: FLAG,
  singleValueFullPrecision: FLAG,
  sparkline: FLAG,
  stacked: FLAG,
  start: TEXT,
  stat: TEXT,
  table: { type: 'object' },
  timezone: { type: 'string', pattern: '^[+-][0-9]{4}$' },
  title: TEXT,
  trend: FLAG,
  view: oneOf('timeSeries', 'singleValue', 'gauge', 'bar', 'pie', 'table'),
  yAxis: record({ left: AXIS, right: AXIS }),
};

const WIDGET_PROPERTIES: { readonly [type: string]: object } = {
  metric: record(METRIC),
  text: record({ markdown: TEXT, background: oneOf('solid', 'transparent') }, ['markdown']),
  log: record(
    {
      accountId: TEXT,
      query: TEXT,
      queryLanguage: TEXT,
      region: TEXT,
      stacked: FLAG,
      title: TEXT,
      view: oneOf('table', 'timeSeries', 'bar', 'pie'),
      logGroups: {},
    },
    ['query', 'region'],
  ),
  alarm: record(
    {
      alarms: { type: 'array', items: TEXT, minItems: 1, maxItems: 100 },
      sortBy: oneOf('default', 'stateUpdatedTimestamp', 'timestamp'),
      states: { type: 'array', items: oneOf('ALARM', 'INSUFFICIENT_DATA', 'OK') },
      title: TEXT,
    },
    ['alarms'],
  ),
  explorer: { type: 'object' },
  custom: record({ endpoint: TEXT, params: {}, title: TEXT, updateOn: { type: 'object' } }, ['endpoint']),
  chart: { type: 'object' },
};

const WIDGET = {
  type: 'object',
  required: ['type', 'properties'],
  properties: {
    type: oneOf(...Object.keys(WIDGET_PROPERTIES)),
    x: whole(0, 23),
    y: whole(0),
    width: whole(1, 24),
    height: whole(1, 1_000),
    properties: { type: 'object' },
    id: TEXT,
  },
  additionalProperties: false,
};

const BODY = {
  type: 'object',
  properties: {
    start: TEXT,
    end: TEXT,
    periodOverride: oneOf('auto', 'inherit'),
    timezone: TEXT,
    variables: { type: 'array', maxItems: 25, items: { type: 'object' } },
    widgets: { type: 'array', maxItems: 500, items: WIDGET },
  },
  required: ['widgets'],
  additionalProperties: false,
};

const IMAGE = record({
  ...METRIC,
  width: whole(1, 2_000),
  height: whole(1, 2_000),
  theme: oneOf('light', 'dark'),
  view: oneOf('timeSeries', 'singleValue', 'gauge', 'bar', 'pie'),
});

const ajv = new Ajv({ allErrors: true, strict: false });
const checks = new Map<object, ValidateFunction>();

/** Where a value is not as the schema says. Members that nobody knows do no harm: they are warnings. */
function faultsOf(schema: object, value: unknown, at: string): Faults {
  let check = checks.get(schema);
  if (check === undefined) checks.set(schema, (check = ajv.compile(schema)));
  check(value);
  const errors: Fault[] = [];
  const warnings: Fault[] = [];
  for (const { instancePath, message = '', keyword, params } of check.errors ?? []) {
    if (keyword === 'if') continue;
    const Message = message.replace(/^must/, 'Should');
    const DataPath = at + instancePath;
    if (keyword === 'additionalProperties')
      warnings.push({ DataPath: `${DataPath}/${params.additionalProperty}`, Message: 'Field is not known' });
    else errors.push({ DataPath: DataPath === '' ? '/' : DataPath, Message });
  }
  return { errors, warnings };
}

/** What is wrong with a dashboard's body. */
export function bodyFaults(body: unknown): Faults {
  const all = faultsOf(BODY, body, '');
  const { widgets } = (body ?? {}) as { widgets?: unknown };
  if (!Array.isArray(widgets)) return all;
  widgets.forEach((widget, index) => {
    const { type, properties } = (widget ?? {}) as { type?: unknown; properties?: unknown };
    const schema =
      typeof type === 'string' && Object.hasOwn(WIDGET_PROPERTIES, type) ? WIDGET_PROPERTIES[type] : undefined;
    if (schema === undefined || typeof properties !== 'object' || properties === null) return;
    const at = `/widgets/${index}/properties`;
    const own = faultsOf(schema, properties, at);
    all.errors.push(...own.errors, ...(type === 'metric' ? metricFaults(properties, at) : []));
    all.warnings.push(...own.warnings);
  });
  return all;
}

/** What is wrong with a widget of which an image is asked for. */
export function imageFaults(widget: unknown): Fault[] {
  const { errors } = faultsOf(IMAGE, widget, '');
  const { metrics, annotations } = (widget ?? {}) as Properties;
  if (metrics === undefined && annotations?.alarms === undefined)
    errors.push({ DataPath: '/', Message: "Should have required property 'metrics'" });
  return [...errors, ...listFaults(metrics, '')];
}

type Properties = { metrics?: unknown; region?: unknown; annotations?: { alarms?: unknown } };

/** A metric widget shows metrics of a Region, or alarms. */
function metricFaults(properties: Properties, at: string): Fault[] {
  const { metrics, region, annotations } = properties;
  const faults: Fault[] = [];
  if (annotations?.alarms === undefined && (metrics === undefined || region === undefined)) {
    const absent = (name: string) => ({ DataPath: at, Message: `Should have required property '${name}'` });
    if (metrics === undefined) faults.push(absent('metrics'));
    else faults.push(absent('region'));
    faults.push({
      DataPath: at,
      Message: 'The metric widget should have specified a region and a data source or an alarm annotation',
    });
    if (annotations === undefined) faults.push(absent('annotations'));
  }
  return [...faults, ...listFaults(metrics, at)];
}

/** Each metric is a list of texts, with how it is drawn as the last item. */
function listFaults(metrics: unknown, at: string): Fault[] {
  if (!Array.isArray(metrics)) return [];
  return metrics.flatMap((metric, index) => {
    const DataPath = `${at}/metrics/${index}`;
    const wrong = {
      DataPath,
      Message:
        'Field "metrics" has to be an array of array of strings, with an optional metricRenderer object as last element',
    };
    if (!Array.isArray(metric)) return [{ DataPath, Message: 'Should be array' }, wrong];
    const last = metric.at(-1);
    const renderer = typeof last === 'object' && last !== null ? last : undefined;
    const texts = renderer === undefined ? metric : metric.slice(0, -1);
    if (metric.length === 0 || texts.some((text) => typeof text !== 'string')) return [wrong];
    const isExpression = renderer !== undefined && 'expression' in renderer;
    if (isExpression && texts.length > 0) return [wrong];
    if (!isExpression && texts.length < 2 && texts[0] !== '...')
      return [{ DataPath, Message: 'Should NOT have fewer than 2 items' }];
    if (!texts.includes('...') && texts.length % 2 === 1)
      return [{ DataPath, Message: 'Should have even number of items' }];
    return renderer === undefined ? [] : faultsOf(RENDERER, renderer, `${DataPath}/${metric.length - 1}`).errors;
  });
}
