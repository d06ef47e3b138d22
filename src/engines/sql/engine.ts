/** Queries in SQL over tables that a service hands over: each in a process of its own, bounded in time and memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Millis, SECOND } from '#kernel/base';
import { machineAlarm } from '#kernel/clock';
import type { SqlAnswer, SqlEngine, SqlQuery } from '#kernel/contract';
import type { FromReader, ToReader } from './reader.ts';

/** Rows that are handed over at a time. */
const ROWS_A_PIECE = 1_000;
/** Beside this file, compiled as it is. */
const READER = join(import.meta.dirname, `reader${import.meta.filename.slice(-3)}`);

export class ProcessSql implements SqlEngine {
  readonly #running = new Set<ChildProcess>();

  async select({ text, tables, most, timeout }: SqlQuery): Promise<SqlAnswer> {
    const reader = start(timeout);
    this.#running.add(reader);
    let disarm: (() => void) | undefined;
    try {
      const answered = new Promise<SqlAnswer>((resolve) => {
        reader.on('message', (answer: FromReader) => resolve(answer));
        reader.on('error', (error: Error) => resolve({ error: error.message }));
        reader.on('exit', () => resolve({ error: 'The query was ended.' }));
        disarm = machineAlarm(timeout, () => resolve({ timedOut: true }));
      });
      for (const { name, columns, rows } of tables) {
        await tell(reader, { table: { name, columns } });
        let piece: (typeof rows extends AsyncIterable<infer Row> ? Row : never)[] = [];
        for await (const row of rows) {
          if (piece.push(row) < ROWS_A_PIECE) continue;
          await tell(reader, { into: name, rows: piece });
          piece = [];
        }
        if (piece.length > 0) await tell(reader, { into: name, rows: piece });
      }
      await tell(reader, { select: text, most });
      return await answered;
    } finally {
      disarm?.();
      this.#running.delete(reader);
      reader.kill('SIGKILL');
    }
  }

  close(): void {
    for (const reader of this.#running) reader.kill('SIGKILL');
  }
}

/** The system bounds its time, too: it would go on where nobody is left to end it. */
function start(timeout: Millis): ChildProcess {
  const seconds = String(Math.ceil(timeout / SECOND) + 1);
  return spawn('sh', ['-c', 'ulimit -t "$0"; exec "$@"', seconds, process.execPath, '--no-warnings', READER], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
  });
}

/** Once it is handed over; to one that has ended there is nothing to say. */
function tell(reader: ChildProcess, message: ToReader): Promise<void> {
  return new Promise((resolve) => {
    if (reader.connected) reader.send(message, () => resolve());
    else resolve();
  });
}
