/** `cloudyard logs`: the calls that were made, and each as it happens. */
import type { CallRecord } from '#kernel/events';
import { ask, CONNECTION, findEndpoint, follow } from './admin-client.ts';
import { command, EXIT, type Flag, noOperands, UsageError, type Values } from './usage.ts';

const FILTERS = ['service', 'operation', 'account', 'region'] as const;

const FLAGS: { [name: string]: Flag } = {
  follow: { type: 'boolean', text: 'go on with each call as it happens (with --json: one object a line)' },
  errors: { type: 'boolean', text: 'only calls that failed' },
  service: { type: 'string', value: 'NAME', text: 'only this service, e.g. sqs' },
  operation: { type: 'string', value: 'NAME', text: 'only this operation, e.g. SendMessage' },
  account: { type: 'string', value: 'ID', text: 'only this account' },
  region: { type: 'string', value: 'NAME', text: 'only this Region' },
  limit: { type: 'string', value: 'N', text: 'how many of the last calls (20; 2,000 are kept)' },
};

export const logs = command(
  {
    name: 'logs',
    summary: 'Show the calls that were made',
    operands: '',
    flags: { ...FLAGS, ...CONNECTION },
    notes: 'The last column is the request id: `cloudyard why <request id>` explains a denial.',
  },
  async ({ values, operands }) => {
    noOperands('logs', operands);
    const endpoint = findEndpoint(values);
    const query = queryOf(values);
    if (values.follow === true) {
      const show = values.json === true ? JSON.stringify : (line: object) => lineOf(line as CallRecord);
      await follow(endpoint, `events?${query}`, (line) => process.stdout.write(`${show(line)}\n`));
      return EXIT.done;
    }
    const answer = await ask<{ events: CallRecord[] }>(endpoint, 'GET', `events?${query}`);
    const lines = answer.events.toReversed().map(lineOf);
    if (values.json === true) process.stdout.write(`${JSON.stringify(answer)}\n`);
    else process.stdout.write(lines.length === 0 ? 'No calls.\n' : `${lines.join('\n')}\n`);
    return EXIT.done;
  },
);

function queryOf(values: Values): URLSearchParams {
  const limit = String(values.limit ?? 20);
  if (!/^\d+$/.test(limit)) throw new UsageError(`--limit ${limit}: expected a number`);
  const query = new URLSearchParams({ limit });
  for (const name of FILTERS) if (typeof values[name] === 'string') query.set(name, values[name]);
  for (const name of ['errors', 'follow']) if (values[name] === true) query.set(name, 'true');
  return query;
}

/** A call in one line: when, what, how it ended, how long it took, where, by whom, under which id. */
function lineOf(record: CallRecord | { lost: number }): string {
  if ('lost' in record) return `… ${record.lost} more calls came faster than they could be shown`;
  const outcome = record.error === undefined ? 'ok' : record.error;
  const said = record.message === undefined ? '' : `\n    ${record.message}`;
  return `${new Date(record.at).toISOString()}  ${`${record.service} ${record.operation}`.padEnd(28)}  ${outcome.padEnd(4)}  ${(record.micros / 1_000).toFixed(1)} ms  ${record.account}/${record.region}  ${record.principal || 'anonymous'}  ${record.requestId}${said}`;
}
