/** An experiment's log: records of what happens, kept until they are delivered (log.ts). Source: FIS User Guide, "Experiment logging". */
import { isoSeconds } from '#kernel/base';
import { type ExperimentRow, logRecords } from '../state.ts';
import type { Scene } from './scene.ts';

type LogType =
  | 'experiment-start'
  | 'target-resolution-start'
  | 'target-resolution-detail'
  | 'target-resolution-end'
  | 'action-start'
  | 'action-error'
  | 'action-end'
  | 'experiment-end';

/** Adds a record. In a transaction. */
export function note(row: ExperimentRow, type: LogType, details: object, { ctx, store, now }: Scene): ExperimentRow {
  const { log } = row;
  if (log === undefined) return row;
  const version = log.logSchemaVersion ?? 2;
  // Source: the same page: account ids came with version 2, and with them how targets were resolved.
  if (version < 2 && type === 'target-resolution-detail') return row;
  const record = { id: row.id, log_type: type, event_timestamp: isoSeconds(now), version: String(version), details };
  store.put(logRecords, { experiment: row.id, number: row.logged, at: now, text: JSON.stringify(record) });
  // Deviation: to S3 all is brought when the experiment is over, on AWS every few minutes.
  if (log.cloudWatchLogsConfiguration !== undefined || type === 'experiment-end')
    ctx.start('deliverLog', row.id, { id: row.id });
  return { ...row, logged: row.logged + 1 };
}
