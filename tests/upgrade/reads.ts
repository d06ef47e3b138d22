/** What is read in the kept folder: requests, with the outlines of their answers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedFunctions } from '#engines/function/simulated';
import { FetchError, type ServiceName } from '#kernel/contract';
import { createCloud } from '#main/cloud';
import { faultsOfOutput } from '../support/answers.ts';
import { START } from '../support/cloud.ts';
import { unpack } from './folder.ts';
import { outlineOf } from './outline.ts';

export const FOLDER = join(import.meta.dirname, 'folder.br');
const READS = join(import.meta.dirname, 'reads.json');
const REFUSED = 'refused: ';
const ACCOUNT = '123456789012';

export type Read = { service: ServiceName; operation: string; input: object };
/** A read with what its answer told. */
export type Told = Read & { told: string[] };

export function keptReads(): Told[] {
  return JSON.parse(readFileSync(READS, 'utf8'));
}

export function isAnswered({ told }: Told): boolean {
  return told[0]?.startsWith(REFUSED) !== true;
}

/** Writes them, a line each. */
export function writeReads(reads: readonly Told[]): void {
  writeFileSync(READS, `[\n${reads.map((read) => JSON.stringify(read)).join(',\n')}\n]\n`);
}

/**
 * Reads all that in a cloud which opens a copy of the kept folder.
 *
 * @throws where something fails inside, or an answer has not its model's shape
 */
export async function outlines(reads: readonly Read[]): Promise<Told[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-upgrade-'));
  const faults: string[] = [];
  try {
    unpack(readFileSync(FOLDER), folder);
    const engines = { function: new SimulatedFunctions({ f: () => 1 }) };
    const options = { clock: 'virtual', startAt: START, seed: '1', engines, data: folder } as const;
    const cloud = createCloud(options, (level, message, fields) => {
      if (level === 'error') faults.push(`${message} ${JSON.stringify(fields)}`);
    });
    const nobody = async (url: string) => {
      throw new FetchError('unreachable', `${url}: nobody is there`);
    };
    cloud.kernel.fetch = Object.assign(nobody, { flowing: nobody });
    cloud.kernel.inspect = (model, operation, output) => faults.push(...faultsOfOutput(model, operation, output));
    await cloud.settle();
    const all: Told[] = [];
    for (const read of reads) all.push({ ...read, told: await told(cloud.aws(ACCOUNT, 'us-east-1'), read) });
    await cloud.close();
    if (faults.length > 0) throw new Error(faults.join('\n'));
    return all;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function told(aws: object, { service, operation, input }: Read): Promise<string[]> {
  const client = (aws as Record<string, Record<string, (input: object) => Promise<object>>>)[service];
  const answer = await client?.[operation]?.(structuredClone(input)).catch((error: Error) => error);
  return answer instanceof Error ? [`${REFUSED}${answer.message}`] : outlineOf(answer);
}
