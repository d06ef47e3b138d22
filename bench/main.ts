/** `npm run bench`: Cloudyard and its peers side by side. README.md says what is measured and how. */
import { parseArgs } from 'node:util';
import { compare, type Measured } from './compare.ts';
import { measureFlows } from './flows.ts';
import { measureGrowth } from './growth.ts';
import { measureLarge } from './large.ts';
import { cloudyard, PEERS } from './peers.ts';
import {
  embeddedTable,
  flowsTable,
  growthTable,
  largeTable,
  machine,
  memoryTable,
  scenarioTable,
  soakLine,
  startupTable,
} from './report.ts';
import { SCENARIOS } from './scenarios.ts';
import { type Kind, pinLoad, type Running, rssBytes, start } from './server.ts';
import { measureSoak, type Sample } from './soak.ts';
import { measureEmbedded, measureStartup } from './startup.ts';

const CONNECTIONS = [1, 16];
const OTHERS = ['startup', 'embedded', 'flows', 'large', 'growth'];
const HELP = `Cloudyard and its peers, side by side.

Usage: npm run bench -- [options]

  --only NAME[,NAME]   scenarios: ${SCENARIOS.map((one) => one.name).join(', ')}, ${OTHERS.join(', ')},
                       and soak, which only runs when it is named
  --peers NAME[,NAME]  peers to compare with (${Object.keys(PEERS).join(',')}; 'none' for none)
  --seconds N          length of each of the three rounds (2)
  --sizes N[,N]        how much is stored, for growth (1000,10000,100000)
  --minutes N          how long the soak lasts (60)
  --json               print one JSON object at the end instead of tables
`;

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        peers: { type: 'string', default: Object.keys(PEERS).join(',') },
        seconds: { type: 'string', default: '2' },
        sizes: { type: 'string', default: '1000,10000,100000' },
        minutes: { type: 'string', default: '60' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${HELP}`);
  }
}

const values = readOptions();

function findKinds(): { kinds: Kind[]; absent: string[] } {
  const kinds = [cloudyard('process'), cloudyard('disk')];
  const absent: string[] = [];
  for (const name of values.peers === 'none' ? [] : values.peers.split(',')) {
    const find = PEERS[name] ?? fail(`There is no peer '${name}'. Known: ${Object.keys(PEERS).join(', ')}.`);
    const kind = find();
    if (kind === undefined) absent.push(name);
    else kinds.push(kind);
  }
  return { kinds, absent };
}

async function compareAll(
  names: readonly string[],
  kinds: readonly Kind[],
  seconds: number,
  show: (text: string) => void,
) {
  const scenarios = SCENARIOS.filter((one) => names.includes(one.name));
  const results: { [scenario: string]: Measured[] } = {};
  if (scenarios.length === 0) return { results, memory: [] };
  const servers: Running[] = [];
  try {
    for (const kind of kinds) servers.push(await start(kind));
    const rates = new Map<Running, number>();
    for (const scenario of scenarios) {
      const measured = await compare(scenario, servers, rates, CONNECTIONS, seconds);
      results[scenario.name] = measured;
      show(scenarioTable(scenario, measured));
    }
    const memory = servers.map(({ kind, pid }) => ({ server: kind.name, bytes: rssBytes(pid) }));
    show(memoryTable(memory));
    return { results, memory };
  } finally {
    for (const server of servers) await server.stop();
  }
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (process.platform !== 'linux') fail('The bench reads /proc and pins processes by taskset: it needs Linux.');
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) fail(`--seconds ${values.seconds}: expected a number above 0`);
  const known = [...SCENARIOS.map((one) => one.name), ...OTHERS];
  const names = values.only?.split(',') ?? known;
  for (const name of names)
    if (!known.includes(name) && name !== 'soak')
      fail(`There is no scenario '${name}'. Known: ${known.join(', ')}, soak.`);
  const show = (text: string) => void (values.json ? undefined : process.stdout.write(`${text}\n`));
  process.setMaxListeners(0);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  pinLoad();
  const { kinds, absent } = findKinds();
  show(
    `${machine()}\n\nMeasured: ${kinds.map((kind) => kind.name).join(', ')}. Absent here: ${absent.join(', ') || 'none'}.\n`,
  );
  const { results, memory } = await compareAll(names, kinds, seconds, show);
  const startup = names.includes('startup') ? await measureStartup(kinds) : undefined;
  if (startup !== undefined) show(startupTable(startup));
  const embedded = names.includes('embedded') ? measureEmbedded() : undefined;
  if (embedded !== undefined) show(embeddedTable(embedded));
  const flows = names.includes('flows') ? await measureFlows(cloudyard('process')) : undefined;
  if (flows !== undefined) show(flowsTable(flows));
  const large = names.includes('large') ? await measureLarge(kinds) : undefined;
  if (large !== undefined) show(largeTable(large));
  const sizes = values.sizes.split(',').map(Number);
  const growth = names.includes('growth') ? await measureGrowth(cloudyard('process'), sizes, seconds) : undefined;
  if (growth !== undefined) show(growthTable(growth));
  const soaked = (sample: Sample) => show(soakLine(sample));
  const soak = names.includes('soak')
    ? await measureSoak(cloudyard('process'), Number(values.minutes), soaked)
    : undefined;
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({ machine: machine(), absent, results, memory, startup, embedded, flows, large, growth, soak })}\n`,
    );
}

await main();
