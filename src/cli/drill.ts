/** `cloudyard drill`: an experiment of FIS, run against the running cloud, and what it showed. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillProgress } from '#main/drill/drill';
import type { DrillReport } from '#main/drill/report';
import { ask, CONNECTION, type Endpoint, findEndpoint } from './admin-client.ts';
import { parseDuration, showDuration } from './duration.ts';
import { CommandError, columns, command, EXIT, print, UsageError, type Values } from './usage.ts';

/** A standing clock is moved on by so much at a time. */
const STEP = 5_000;
const LOOK_EVERY = 500;

export const drill = command(
  {
    name: 'drill',
    summary: 'Run an experiment of FIS, and report what failed, what recovered and what was lost',
    operands: 'FILE | TEMPLATE-ID | EXPERIMENT-ID',
    flags: {
      account: {
        type: 'string',
        value: 'ID',
        text: 'whose template it is (AWS_ACCESS_KEY_ID where it is 12 digits, or 000000000000)',
      },
      region: { type: 'string', value: 'NAME', text: 'where it runs (AWS_REGION, AWS_DEFAULT_REGION, or us-east-1)' },
      recovery: { type: 'string', value: 'DURATION', text: 'how long to look on after its end (1m)' },
      ...CONNECTION,
    },
    notes: `FILE is JSON as 'aws fis create-experiment-template --cli-input-json' takes it; the template goes with the drill. It may leave out description,
stopConditions and roleArn: then it runs as the role cloudyard-drill, which may do everything. An experiment that already runs is looked at from now on.
A clock that stands still is moved on. Ctrl+C stops the experiment. It ends with 0 where every promise was kept, and else with 1.

Example: half of a role's calls to SQS are throttled for two minutes.
  { "targets": { "app": { "resourceType": "aws:iam:role", "resourceTags": { "app": "shop" }, "selectionMode": "ALL" } },
    "actions": { "throttle": { "actionId": "aws:fis:inject-api-throttle-error", "targets": { "Roles": "app" },
      "parameters": { "service": "sqs", "operations": "SendMessage", "percentage": "50", "duration": "PT2M" } } } }`,
  },
  async ({ values, operands }) => {
    const [named, ...more] = operands;
    if (named === undefined || more.length > 0)
      throw new UsageError(
        "Which experiment? Name one file, template or experiment: cloudyard drill throttle.json. 'cloudyard drill --help' shows a file.",
      );
    const recovery = parseDuration(String(values.recovery ?? '1m'));
    const endpoint = findEndpoint(values);
    const begun = await ask<DrillProgress>(endpoint, 'POST', 'drills', { ...placeOf(values), ...experimentOf(named) });
    const path = `drills/${encodeURIComponent(begun.id)}`;
    const stop = async () => {
      process.stderr.write('\nStopping the experiment …\n');
      await ask(endpoint, 'DELETE', path).catch(() => {});
      process.exit(130);
    };
    process.once('SIGINT', stop);
    try {
      await follow(endpoint, path, begun, recovery);
      const report = await ask<DrillReport>(endpoint, 'GET', `${path}/report`);
      await ask(endpoint, 'DELETE', path);
      print(values, report, reportText(report));
      return report.kept ? EXIT.done : EXIT.failed;
    } finally {
      process.off('SIGINT', stop);
    }
  },
);

function placeOf({ account, region }: Values) {
  const { AWS_ACCESS_KEY_ID: key = '', AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const whose = account ?? (/^\d{12}$/.test(key) ? key : undefined);
  const where = region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  return {
    ...(whose !== undefined && { account: whose }),
    ...(where !== undefined && where !== '' && { region: where }),
  };
}

/** What is run: an experiment, a template that is there, or one in a file. @throws {UsageError} */
function experimentOf(named: string): object {
  if (/^EXP[A-Za-z0-9]{10,}$/.test(named)) return { experimentId: named };
  if (/^EXT[A-Za-z0-9]{10,}$/.test(named)) return { templateId: named };
  let text: string;
  try {
    text = readFileSync(named, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(
      code === 'ENOENT'
        ? `There is no file '${named}', and no template has such an id.`
        : `'${named}' can't be read: ${code}.`,
      'usage',
      EXIT.usage,
    );
  }
  try {
    return { template: JSON.parse(text) };
  } catch (error) {
    throw new UsageError(`'${named}' is no JSON: ${(error as Error).message}`);
  }
}

/** Looks on until the experiment is over, and for a while after; says what changes. */
async function follow(endpoint: Endpoint, path: string, begun: DrillProgress, recovery: number): Promise<void> {
  let said = '';
  for (let seen = begun; ; seen = await ask<DrillProgress>(endpoint, 'GET', path)) {
    said = say(seen, said);
    // What never began has harmed nobody.
    const isHarmless = Object.values(seen.actions).every((state) => /pending|cancelled|skipped/.test(state));
    if (seen.endedAt !== null && (isHarmless || seen.now >= seen.endedAt + recovery)) {
      if (process.stderr.isTTY) process.stderr.write('\n\n');
      return;
    }
    const { running } = await ask<{ running: boolean }>(endpoint, 'GET', 'clock');
    if (running) await sleep(LOOK_EVERY);
    else await ask(endpoint, 'POST', 'clock', { action: 'advance', millis: STEP });
  }
}

/** A line where the experiment moves on; on a terminal, what is refused meanwhile is counted in its last one. */
function say({ id, status, reason, actions, refused, now }: DrillProgress, said: string): string {
  const { stderr } = process;
  const states = Object.entries(actions).map(([name, state]) => `${name} ${state}`);
  const broken = Object.entries(refused).map(([name, count]) => `${name} refused ${count}×`);
  const why = status === 'failed' || status === 'stopped' ? `: ${reason}` : '';
  const where = [`${id} ${status}${why}`, ...states].join('  ·  ');
  const line = [`${new Date(now).toISOString()}  ${where}`, ...broken].join('  ·  ');
  if (where !== said) stderr.write(stderr.isTTY ? `\n${line}` : `${line}\n`);
  else if (stderr.isTTY) stderr.write(`\r${line}`);
  return where;
}

/** A report for a person. */
export function reportText(report: DrillReport): string {
  const { experiment, timeline, refused, functions, deadLetters, promises, kept, seen } = report;
  const { startedAt, endedAt } = experiment;
  const lasted = endedAt === null ? '' : `, ${showDuration(endedAt - startedAt)}`;
  const after = (at: number) => `+${showDuration(Math.max(0, at - startedAt))}`;
  const section = (title: string, rows: readonly (readonly string[])[]) =>
    rows.length === 0 ? [] : ['', title, columns(rows.map((row) => ['  '.concat(row[0] ?? ''), ...row.slice(1)]))];
  return [
    `${experiment.id}  ${experiment.status}: ${experiment.reason}  (from ${new Date(startedAt).toISOString()}${lasted}; ${seen.calls} calls seen)`,
    ...section(
      'What happened',
      timeline.map(({ at, text }) => [after(at), text]),
    ),
    ...section(
      'What was refused',
      refused.map((one) => [
        `${one.service} ${one.operation}`,
        `${one.refused} of ${one.calls}`,
        Object.entries(one.errors)
          .map(([code, count]) => `${code} ×${count}`)
          .join(', '),
        one.answeredAt === undefined
          ? 'not answered since'
          : `answered again ${showDuration(one.answeredAt - one.firstRefusedAt)} after the first`,
      ]),
    ),
    ...section(
      'Functions that failed',
      functions.map((one) => [one.function, `${one.errors} of ${one.invocations}`]),
    ),
    ...section(
      'Dead-letter queues',
      deadLetters.map(({ queue, before, after: now }) => [queue, `${before} before, ${now} after`]),
    ),
    ...section(
      'What it promises',
      promises.map((one) => [one.kept ? 'kept' : 'BROKEN', one.promise, one.measured]),
    ),
    '',
    kept ? 'Every promise was kept.' : 'Not every promise was kept.',
  ].join('\n');
}
