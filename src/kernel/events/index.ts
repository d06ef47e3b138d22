export {
  Audit,
  type CallDetails,
  type CallRecord,
  captureData,
  forgetData,
  HISTORY_RETENTION,
  type KeptCall,
  listCalls,
  type SessionFacts,
  type Touched,
} from './audit.ts';
export { type EventRow, Outbox, OutboxFull } from './outbox.ts';
