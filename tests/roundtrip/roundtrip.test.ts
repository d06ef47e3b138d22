/**
 * Every operation of every model through the real AWS SDK for JavaScript: what a client sends must be what our protocols
 * read, what they write must be what it returns, and every error must arrive as its own class. Nothing else is excused
 * than what exceptions.json says with a reason.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Outcome } from './check.ts';
import { installClients } from './install.ts';

type Exceptions = {
  /** Services whose client lacks something of the model. */
  lacking: { reason: string; services: string[] }[];
  /** `service/Shape.member` that no client can be made to send or take as it is. */
  leftOut: Record<string, string>;
  /** `service/protocol/Operation!Error`, where `*` is any protocol, that come round differently. */
  differs: Record<string, string>;
};

const exceptions: Exceptions = JSON.parse(readFileSync(join(import.meta.dirname, 'exceptions.json'), 'utf8'));
const models = join(import.meta.dirname, '../../models');
const index: { services: { name: string }[] } = JSON.parse(readFileSync(join(models, 'index.json'), 'utf8'));

/** The largest first, so that no thread ends long after the others. */
function servicesBySize(): string[] {
  const size = (name: string) => readFileSync(join(models, `${name}.json`)).length;
  return index.services
    .map(({ name }) => ({ name, bytes: size(name) }))
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ name }) => name);
}

/** Has threads check all services; each takes the next when it is done with one. */
async function checkAll(): Promise<Outcome[]> {
  const queue = servicesBySize();
  const threads = Array.from({ length: Math.min(4, availableParallelism()) }, async () => {
    // The SDK warns on the error stream of errors that are wanted here.
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: Object.keys(exceptions.leftOut),
      stderr: true,
    });
    const outcomes: Outcome[] = [];
    try {
      for (let service = queue.shift(); service !== undefined; service = queue.shift()) {
        const answer = new Promise<Outcome[]>((resolve, reject) => {
          worker.removeAllListeners();
          worker.once('message', resolve).once('error', reject);
        });
        worker.postMessage(service);
        outcomes.push(...(await answer));
      }
    } finally {
      await worker.terminate();
    }
    return outcomes;
  });
  const all = (await Promise.all(threads)).flat();
  return all.sort((a, b) => `${a.service} ${a.protocol}`.localeCompare(`${b.service} ${b.protocol}`));
}

const keysOf = ({ service, protocol }: Outcome, at: string) => [`${service}/${protocol}/${at}`, `${service}/*/${at}`];
const isExcused = (outcome: Outcome, at: string) =>
  keysOf(outcome, at).some((key) => exceptions.differs[key] !== undefined);

/** Operations that came round with all their errors, of those in the model. */
function passed({ operations, absent, differences }: Outcome): string {
  const failed = new Set(differences.map(({ at }) => at.split('!')[0]));
  return `${operations - failed.size - absent.length}/${operations}`;
}

function table(outcomes: Outcome[]): string {
  const rows = outcomes.map((one) => [one.service, one.protocol, passed(one), String(one.errors), String(one.calls)]);
  const all = [['service', 'protocol', 'operations', 'errors', 'calls'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => (row[column] as string).length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const missing = installClients();
if (missing !== undefined) it('round trips with the AWS SDK', { skip: missing }, () => {});
else {
  const outcomes = await checkAll();
  console.log(table(outcomes));
  describe('round trips with the AWS SDK', () => {
    for (const outcome of outcomes) {
      it(`${outcome.service} in ${outcome.protocol}: ${passed(outcome)} operations, ${outcome.errors} errors`, () => {
        const failures = outcome.differences.filter(({ at }) => !isExcused(outcome, at));
        assert.equal(failures.length, 0, failures.map(({ at, detail }) => `${at}: ${detail}`).join('\n\n'));
        assert.deepStrictEqual(outcome.missed, [], 'members that were never sent');
        const isKnown = exceptions.lacking.some(({ services }) => services.includes(outcome.service));
        if (!isKnown) assert.deepStrictEqual(outcome.lacking, [], 'the client lacks them');
      });
    }

    it('exceptions.json has nothing that is not needed', () => {
      const used = new Set(outcomes.flatMap((one) => one.differences.flatMap(({ at }) => keysOf(one, at))));
      const leftOut = new Set(outcomes.flatMap((one) => one.leftOut));
      const lacking = new Set(outcomes.filter((one) => one.lacking.length > 0).map((one) => one.service));
      assert.deepStrictEqual(
        Object.keys(exceptions.differs).filter((key) => !used.has(key)),
        [],
      );
      assert.deepStrictEqual(
        Object.keys(exceptions.leftOut).filter((key) => !leftOut.has(key)),
        [],
      );
      assert.deepStrictEqual(
        exceptions.lacking.flatMap(({ services }) => services).filter((name) => !lacking.has(name)),
        [],
      );
    });
  });
}
