export { Audit, type CallRecord, HISTORY_RETENTION } from './audit.ts';
export { type EventRow, Outbox, OutboxFull } from './outbox.ts';
