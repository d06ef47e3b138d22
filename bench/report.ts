/** Results as Markdown tables: what a person reads in the terminal, and what README.md keeps. */
import { cpus } from 'node:os';
import type { Measured } from './compare.ts';
import type { Flow } from './flows.ts';
import type { Grown } from './growth.ts';
import { LARGE_BYTES, type Transfer } from './large.ts';
import type { Scenario } from './scenario.ts';
import type { Sample } from './soak.ts';
import type { Embedded, Startup } from './startup.ts';

/** Aims of Cloudyard beside those of the scenarios. */
export const START_MILLIS_MAX = 400;
export const IDLE_MIB_MAX = 90;
export const EMBEDDED_MILLIS_MAX = 50;

const MIB = 1_048_576;
const number = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2);
const verdict = (value: number, aim: number) => `${value <= aim ? 'met' : 'missed'} (≤ ${number(aim)})`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What the numbers depend on, and no more of the machine. */
export function machine(): string {
  return `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${process.platform} ${process.arch}, Node.js ${process.versions.node}`;
}

/** One scenario, all servers; `ratio` is what the peer spends for each microsecond of the first server. */
export function scenarioTable(scenario: Scenario, measured: readonly Measured[]): string {
  const rows = measured.map((one) => {
    const own = measured.find((other) => other.connections === one.connections);
    const ratio = own === undefined || own === one ? '' : `${number(one.micros / own.micros)} ×`;
    return [
      one.server,
      one.enforces ? 'checked' : 'no',
      String(one.connections),
      number(one.perSecond),
      `${number(one.micros)} (${number(one.microsFrom)}–${number(one.microsTo)})`,
      ratio,
      number(one.p50),
      number(one.p99),
      one.failure === undefined
        ? verdictOf(scenario, one)
        : `FAILED: ${one.failure.slice(0, 60).replaceAll(/[|\n]/g, ' ')}`,
    ];
  });
  const head = [
    'server',
    'signature, policy',
    'connections',
    'requests/s',
    'server CPU µs',
    'CPU ratio',
    'p50 ms',
    'p99 ms',
    'aim',
  ];
  return `### ${scenario.title}\n\n${table(head, rows)}\n`;
}

/** Milliseconds are judged on one connection, CPU everywhere else. */
function verdictOf({ aim, aimP50 }: Scenario, { enforces, micros, p50, connections }: Measured): string {
  if (!enforces) return '';
  if (aimP50 !== undefined && connections === 1) return `${verdict(p50, aimP50)} ms`;
  return aim === undefined ? '' : verdict(micros, aim);
}

/** Start-up in milliseconds and idle memory of each server, with the aims for Cloudyard. */
export function startupTable(all: readonly Startup[]): string {
  const rows = all.map((one) => {
    const own = one.server.startsWith('cloudyard');
    return [
      one.server,
      `${number(one.millis)} (${number(one.millisFrom)}–${number(one.millisTo)})`,
      own ? verdict(one.millis, START_MILLIS_MAX) : '',
      number(one.startedBytes / MIB),
      number(one.idleBytes / MIB),
      own ? verdict(one.idleBytes / MIB, IDLE_MIB_MAX) : '',
    ];
  });
  return `### Start-up: spawn to first answered call (DynamoDB ListTables), and memory a second and three quarters of a minute later\n\n${table(['server', 'ms', 'aim', 'MiB after 1 s', 'MiB idle, after 45 s', 'aim'], rows)}\n`;
}

/** An embedded cloud, in milliseconds, with the aim. */
export function embeddedTable({ imported, first, next }: Embedded): string {
  const rows = [
    ['import of cloudyard', number(imported), ''],
    ['first startCloud', number(first), verdict(first, EMBEDDED_MILLIS_MAX)],
    ['later startCloud', number(next), verdict(next, EMBEDDED_MILLIS_MAX)],
  ];
  return `### Embedded cloud, in process\n\n${table(['what', 'ms', 'aim'], rows)}\n`;
}

/** What goes through several services, with its unit and aim. */
export function flowsTable(flows: readonly Flow[]): string {
  const rows = flows.map(({ what, value, unit, aim }) => [
    what,
    `${number(value)} ${unit}`,
    aim === undefined ? '' : verdict(value, aim),
  ]);
  return `### Flows (cloudyard, all cores)\n\n${table(['what', 'figure', 'aim'], rows)}\n`;
}

/** Memory of each server once all scenarios are done. */
export function memoryTable(after: readonly { server: string; bytes: number }[]): string {
  const rows = after.map(({ server, bytes }) => [server, number(bytes / MIB)]);
  return `### Memory after all scenarios\n\n${table(['server', 'MiB'], rows)}\n`;
}

/** Memory at the end of a minute of the soak. */
export function soakLine({ minute, bytes, requests }: Sample): string {
  return `minute ${minute}: ${number(bytes / MIB)} MiB after ${requests.toLocaleString('en')} requests`;
}

/** A large object's way up and down: speed, server CPU, and by how much the server's memory grew meanwhile. */
export function largeTable(transfers: readonly Transfer[]): string {
  const rows = transfers.map(({ server, what, seconds, cpuSeconds, moreBytes }) => [
    server,
    what,
    number(LARGE_BYTES / MIB / seconds),
    cpuSeconds.toFixed(2),
    number(moreBytes / MIB),
  ]);
  const head = ['server', 'call', 'MiB/s', 'server CPU s', 'more memory, MiB'];
  return `### S3, one object of ${LARGE_BYTES / MIB} MiB\n\n${table(head, rows)}\n`;
}

/** A row for each call, a column for each number of stored things: server CPU and 99th percentile. */
export function growthTable(grown: readonly Grown[]): string {
  const sizes = [...new Set(grown.map((one) => one.size))];
  const rows = [...new Set(grown.map((one) => one.call))].map((call) => [
    call,
    ...sizes.map((size) => {
      const found = grown.find((one) => one.call === call && one.size === size);
      return found === undefined ? '' : `${number(found.micros)} / ${number(found.p99)}`;
    }),
  ]);
  return `### Growth (cloudyard): server CPU µs / p99 ms by what is stored\n\n${table(['call', ...sizes.map(number)], rows)}\n`;
}
