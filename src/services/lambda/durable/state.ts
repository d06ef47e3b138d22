/** What Lambda keeps of durable executions: each with its operations, what it was given and gave, and its history. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';

export type ErrorObject = { ErrorMessage?: string; ErrorType?: string; ErrorData?: string; StackTrace?: string[] };

export type Ending = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED';

/** Of an execution that is paused, or will be at its next checkpoint. */
export type Pause = {
  at: Millis;
  reason?: string;
  /** How much time the execution has left once it goes on. */
  left?: Millis;
};

export type ExecutionRow = {
  id: string;
  /** Given by who invoked the function, or made up. Only one execution of a function has it. */
  name: string;
  function: string;
  /** The one that all its invocations run. */
  version: string;
  status: 'RUNNING' | 'PAUSING' | 'PAUSED' | 'DELETING' | Ending;
  startedAt: Millis;
  endedAt?: Millis;
  timesOutAt: Millis;
  /** Seconds. */
  timeout: number;
  /** Days. */
  retention: number;
  kmsKeyArn?: string;
  /** Of that key, as KMS has sealed it: base64. A chained execution has none before it is first invoked. */
  dataKey?: string;
  trace: string;
  /** Of its result, bytes. */
  resultMax: number;
  /** Nobody waits for it. */
  alone?: true;
  /** Whose it is, where the function has tenants. */
  tenant?: string;
  /** The operation of another execution that waits for this one. */
  parent?: { execution: string; operation: string };
  pause?: Pause;
  /** The invocation that is in progress. */
  invocation?: string;
  /** The function has to be invoked: something happened that it has not seen. */
  due: boolean;
  /** Counts checkpoints: a token is good for one. */
  checkpoints: number;
  /** Counts changes of operations. */
  changes: number;
  /** The change that the function has seen last. */
  seen: number;
  operations: number;
  events: number;
  /** Bytes of what operations have kept. */
  written: number;
  /** Invocations that failed, one after the other. */
  failures: number;
};

/** Apart from the row, which changes often. */
export type DataRow = { id: string; input?: string; result?: string; error?: ErrorObject };

export type OperationType = 'EXECUTION' | 'CONTEXT' | 'STEP' | 'WAIT' | 'CALLBACK' | 'CHAINED_INVOKE';
export type OperationStatus = 'STARTED' | 'PENDING' | 'READY' | 'CANCELLED' | Ending;

export type OperationRow = {
  execution: string;
  id: string;
  /** In which they began. */
  order: number;
  /** Its last change. */
  changed: number;
  type: OperationType;
  subType?: string;
  name?: string;
  parent?: string;
  status: OperationStatus;
  startedAt: Millis;
  endedAt?: Millis;
  /** When a wait ends, or a step may be tried again. */
  nextAt?: Millis;
  /** Tries of a step that are over. */
  attempts?: number;
  result?: string;
  error?: ErrorObject;
  replayChildren?: boolean;
  /** Of a callback, which is given up at `endsAt`, or when nothing has been heard for `heartbeat` seconds. */
  callback?: { endsAt?: Millis; heartbeat?: number; heartbeatAt?: Millis };
  /** What a chained invocation calls, with what. */
  target?: { name: string; qualifier: string; input?: string; tenant?: string };
};

export type EventRow = {
  execution: string;
  number: number;
  at: Millis;
  type: string;
  operation?: { Id: string; Name?: string; SubType?: string; ParentId?: string };
  details: { [name: string]: unknown };
};

/** The last checkpoint, to answer the same request again. */
export type CheckpointRow = { execution: string; clientToken: string; asked: string; seen: number };

export const executions = table<ExecutionRow>()('lambda.executions', {
  scope: 'region',
  key: ['id'],
  indexes: {
    byName: ['function', 'name'],
    byVersion: ['function', 'version', 'startedAt', 'id'],
    byStatus: ['function', 'version', 'status', 'startedAt', 'id'],
  },
});
export const executionData = table<DataRow>()('lambda.execution-data', { scope: 'region', key: ['id'] });
export const operations = table<OperationRow>()('lambda.operations', {
  scope: 'region',
  key: ['execution', 'id'],
  indexes: { byOrder: ['execution', 'order'], byChange: ['execution', 'changed'] },
});
export const history = table<EventRow>()('lambda.execution-events', { scope: 'region', key: ['execution', 'number'] });
export const checkpoints = table<CheckpointRow>()('lambda.checkpoints', { scope: 'region', key: ['execution'] });
