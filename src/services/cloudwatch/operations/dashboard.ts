/** Dashboards, and pictures of their widgets. */
import { type Ctx, type Handler, notBuilt, type OutputOf, ServiceError } from '#kernel/contract';
import { nextToken, readToken } from '../domain/pages.ts';
import { pictureOf } from '../domain/picture.ts';
import { rangeOf, type WidgetText } from '../domain/widget.ts';
import {
  badBody,
  badDashboardName,
  badWidget,
  bodyNotJson,
  dashboardNotFound,
  invalidValue,
  validation,
} from '../errors.ts';
import { DASHBOARDS_LISTED, IMAGE_HEIGHT_DEFAULT, IMAGE_WIDTH_DEFAULT } from '../limits.ts';
import { type DashboardRow, dashboards } from '../state.ts';

const NAME = /^[A-Za-z0-9_-]{1,255}$/;

/** Dashboards are the same in every Region. */
export const dashboardArn = (name: string, { partition, account }: Pick<Ctx, 'partition' | 'account'>) =>
  `arn:${partition}:cloudwatch::${account}:dashboard/${name}`;

export const putDashboard: Handler<'cloudwatch', 'PutDashboard'> = async (input, ctx) => {
  const { DashboardName: name, DashboardBody: body } = input;
  if (!NAME.test(name)) throw badDashboardName(name);
  const parsed = parse(body);
  if (parsed === undefined) throw bodyNotJson();
  const { bodyFaults } = await import('../domain/widget-schema.ts');
  const { errors, warnings } = bodyFaults(parsed);
  if (errors.length > 0) throw badBody(errors);
  ctx.transact((store) => {
    const before = store.get(dashboards, { name });
    const tags = before?.tags ?? Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    store.put(dashboards, { name, arn: dashboardArn(name, ctx), body, modifiedAt: ctx.now, tags });
  });
  return { DashboardValidationMessages: warnings };
};

/** An object; undefined for anything else. */
function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const getDashboard: Handler<'cloudwatch', 'GetDashboard'> = ({ DashboardName: name }, ctx) => {
  const row = ctx.store.get(dashboards, { name });
  if (row === undefined) throw dashboardNotFound(name);
  return { DashboardArn: row.arn, DashboardBody: row.body, DashboardName: name };
};

type Entry = NonNullable<OutputOf<'cloudwatch', 'ListDashboards'>['DashboardEntries']>[number];

export const listDashboards: Handler<'cloudwatch', 'ListDashboards'> = (input, ctx) => {
  const name = dashboardAfter(input.NextToken);
  const rows = ctx.store.list(dashboards, {
    after: name === undefined ? undefined : { name },
    ...(input.DashboardNamePrefix !== undefined && { startsWith: input.DashboardNamePrefix }),
    limit: DASHBOARDS_LISTED + 1,
  });
  const page = rows.slice(0, DASHBOARDS_LISTED);
  return {
    DashboardEntries: page.map(shown),
    NextToken: nextToken('dashboards', rows.length > page.length ? page.at(-1)?.name : undefined),
  };
};

/** The model has no other error for what is no token here. @throws {ServiceError} InvalidParameterValue */
function dashboardAfter(token: string | undefined): string | undefined {
  try {
    return readToken('dashboards', token);
  } catch (error) {
    throw error instanceof ServiceError ? invalidValue(error.message) : error;
  }
}

function shown({ name, arn, body, modifiedAt }: DashboardRow): Entry {
  return { DashboardName: name, DashboardArn: arn, LastModified: modifiedAt, Size: Buffer.byteLength(body) };
}

export const deleteDashboards: Handler<'cloudwatch', 'DeleteDashboards'> = ({ DashboardNames: names }, ctx) => {
  for (const name of names) if (ctx.store.get(dashboards, { name }) === undefined) throw dashboardNotFound(name);
  for (const name of names) ctx.store.delete(dashboards, { name });
  return {};
};

export const getMetricWidgetImage: Handler<'cloudwatch', 'GetMetricWidgetImage'> = async (input, ctx) => {
  const { OutputFormat: format = 'png' } = input;
  if (format === 'image/png') throw notBuilt('images as the whole answer (OutputFormat): only png within one');
  if (format !== 'png') throw validation(`The value ${format} for parameter OutputFormat is not supported.`);
  const widget = parse(input.MetricWidget) as WidgetText | undefined;
  if (widget === undefined) throw validation('The field MetricWidget must be a valid JSON object');
  const [{ imageFaults }, { draw }, { toPng }] = await Promise.all([
    import('../domain/widget-schema.ts'),
    import('../draw/chart.ts'),
    import('../draw/png.ts'),
  ]);
  const faults = imageFaults(widget);
  if (faults.length > 0) throw badWidget(faults);
  const range = rangeOf(widget, ctx.now);
  if (range === undefined) throw validation('The start of the MetricWidget must be before its end.');
  const { width = IMAGE_WIDTH_DEFAULT, height = IMAGE_HEIGHT_DEFAULT } = widget;
  return { MetricWidgetImage: await toPng(draw(await pictureOf(widget, range, { width, height }, ctx))) };
};
