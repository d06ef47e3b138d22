/**
 * Copies SQLite's write-ahead log into the database on a thread of its own, so that no request waits for it. This file is both
 * sides: what the driver talks to and, run as a worker, the thread.
 */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

export const PAGE_BYTES = 8_192;
/** Writes after which the log is copied: it then has about as many pages. */
const WRITES_MAX = 4_000;
/** Under steady load the thread never quite catches up, and the log grows; past this many pages the driver copies the rest itself. */
const LOG_PAGES_MAX = 32_000;
/** Of a log that a start finds. */
const LEFT_PAGES_MAX = 2_000;
/** Rounds of the thread: each copies what was written during the one before. */
const ROUNDS_MAX = 3;
/** Longer than any copy of a log takes, milliseconds. */
const WAIT_MAX = 10_000;
const BUSY = 1;
const IDLE = 0;

type Task = { file: string; state: Int32Array<SharedArrayBuffer> };

export class Checkpointer {
  readonly #file: string;
  readonly #state = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;
  /** Writes since the log was last copied; for those of a process that was killed, the pages that it left. */
  #written: number;
  #overdue = false;

  constructor(file: string) {
    this.#file = file;
    this.#written = pagesLeft(file);
  }

  /** Notes writes that were committed; true when the driver is to copy the rest of the log itself now. */
  committed(writes: number): boolean {
    this.#written += writes;
    if (this.#overdue) {
      this.#overdue = false;
      this.#written = 0;
      return true;
    }
    if (this.#written >= WRITES_MAX && Atomics.load(this.#state, 0) === IDLE) this.#wake();
    return false;
  }

  /** Ends the thread. Afterwards no connection but the driver's own has the file open. */
  stop(): void {
    Atomics.wait(this.#state, 0, BUSY, WAIT_MAX);
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#written = 0;
  }

  #wake(): void {
    this.#written = 0;
    Atomics.store(this.#state, 0, BUSY);
    this.#worker ??= this.#start();
    this.#worker.postMessage('checkpoint');
  }

  #start(): Worker {
    const task: Task = { file: this.#file, state: this.#state };
    const worker = new Worker(import.meta.filename, { workerData: task });
    worker.unref();
    worker.on('message', (pages: number) => {
      this.#overdue = pages > LOG_PAGES_MAX;
    });
    // Without its thread the driver copies everything itself.
    worker.on('error', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#overdue = true;
      Atomics.store(this.#state, 0, IDLE);
    });
    return worker;
  }
}

/**
 * Copies a log that a killed process has left, and empties it, when it is long: one killed again and again before it commits would go on
 * with it, from end to end.
 */
export function checkpointLeft(db: DatabaseSync, file: string): void {
  if (pagesLeft(file) >= LEFT_PAGES_MAX) db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

function pagesLeft(file: string): number {
  return Math.floor((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) / PAGE_BYTES);
}

/** Copies what the log holds, as far as no reader is in the way; gives its length in pages. Once all is copied, the next write begins it anew. */
export function checkpoint(db: DatabaseSync): number {
  return (db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() as { log: number }).log;
}

/** The thread's side. The database is open only while it works, so that the driver may replace the file. */
function serve(port: NonNullable<typeof parentPort>, { file, state }: Task): void {
  port.on('message', () => {
    const db = new DatabaseSync(file, { timeout: WAIT_MAX });
    try {
      let pages = 0;
      for (let round = 0, before = -1; round < ROUNDS_MAX && pages !== before; round += 1) {
        before = pages;
        pages = checkpoint(db);
      }
      port.postMessage(pages);
    } finally {
      db.close();
      Atomics.store(state, 0, IDLE);
      Atomics.notify(state, 0);
    }
  });
}

if (!isMainThread && parentPort !== null && (workerData as Partial<Task> | null)?.state !== undefined)
  serve(parentPort, workerData as Task);
