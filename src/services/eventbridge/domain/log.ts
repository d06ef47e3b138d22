/**
 * Logs of event buses: what became of an event, a record for each step, handed over to CloudWatch Logs' deliveries.
 *
 * Source: EventBridge User Guide, "Amazon EventBridge event bus log schema". Deviation: of levels, AWS's records seen so far tell those of EVENT_INGEST_SUCCESS
 * and NO_STANDARD_RULES_MATCHED; the others follow from what the levels are for. What a target answered is not told.
 */
import type { Ctx, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { isVended, vend } from '../../cloudwatch-logs/port.ts';
import { buses, type DeliveryRow, type Event, type RuleRow, type Target } from '../state.ts';

export type Place = { account: string; region: string };

const LEVELS = ['OFF', 'ERROR', 'INFO', 'TRACE'];
/** In the order in which they happen. */
const STEPS = {
  EVENT_INGEST_FAILURE: 'ERROR',
  EVENT_INGEST_SUCCESS: 'INFO',
  EVENT_RECEIPT: 'TRACE',
  RULE_MATCH_START: 'TRACE',
  RULE_MATCH: 'INFO',
  NO_STANDARD_RULES_MATCHED: 'INFO',
  INVOCATION_START: 'TRACE',
  INVOCATION_THROTTLE_START: 'INFO',
  INVOCATION_ATTEMPT_START: 'TRACE',
  INVOCATION_ATTEMPT_SUCCESS: 'TRACE',
  INVOCATION_ATTEMPT_RETRYABLE_FAILURE: 'ERROR',
  INVOCATION_ATTEMPT_PERMANENT_FAILURE: 'ERROR',
  INVOCATION_SUCCESS: 'INFO',
  INVOCATION_FAILURE: 'ERROR',
  INVOCATION_DLQ: 'ERROR',
} as const;
export type Step = keyof typeof STEPS;

/** What only buses with IncludeDetail FULL tell. */
const DETAIL = ['event_detail', 'target_input', 'target_properties'];

type Told = {
  /** Names it among the records of this step for this event. */
  about?: string | undefined;
  invocation?: string;
  /** Worked out only where it is told. */
  details?: () => { [field: string]: unknown };
  error?: ServiceError | undefined;
  /** The service that said so. */
  service?: string;
};
export type Tell = (step: Step, told?: Told) => void;

/**
 * How steps of an event on a bus are told; nothing is where the bus keeps no logs.
 *
 * @param store of the bus's place
 * @returns to be called in a transaction
 */
export function logOf(
  bus: string,
  event: Pick<Event, 'id'>,
  store: StoreView,
  place: Place,
  ctx: Ctx,
  requestId: string | undefined = ctx.requestId,
): Tell | undefined {
  const row = store.get(buses, { name: bus });
  const { Level = 'OFF', IncludeDetail = 'NONE' } = row?.logs ?? {};
  if (row === undefined || Level === 'OFF') return undefined;
  return (step, { about = '', invocation, details, error, service } = {}) => {
    const level = STEPS[step];
    const logType = `${level}_LOGS`;
    if (LEVELS.indexOf(level) > LEVELS.indexOf(Level) || !isVended(store, row.arn, logType)) return;
    const shown = Object.entries(details?.() ?? {}).filter(
      ([name]) => IncludeDetail === 'FULL' || !DETAIL.includes(name),
    );
    const at = ctx.clock();
    const values = {
      resource_arn: row.arn,
      message_timestamp_ms: at,
      event_bus_name: bus,
      request_id: requestId,
      event_id: event.id,
      invocation_id: invocation,
      message_type: step,
      log_level: level,
      ...(details !== undefined && { details: Object.fromEntries(shown) }),
      ...(error !== undefined && { error: errorShown(error, service ?? '') }),
    };
    const order = String(Object.keys(STEPS).indexOf(step)).padStart(2, '0');
    const id = `${event.id}/${invocation ?? ''}/${order}/${about}`;
    vend({ resourceArn: row.arn, logType, id, at, values, isSparse: true }, place, ctx);
  };
}

function errorShown({ code, message, status }: ServiceError, service: string) {
  return {
    ...(status !== undefined && { http_status_code: status }),
    error_message: message === '' ? code : message,
    aws_service: service,
  };
}

/** What is told of an event. */
export function eventShown(event: Event, caller: string) {
  return {
    caller_account_id: caller,
    source_time_ms: Date.parse(event.time),
    source: event.source,
    detail_type: event['detail-type'],
    resources: event.resources,
    event_detail: JSON.stringify(event.detail),
  };
}

/** What is told of a target in each step of its invocation. */
export function targetShown(rule: Pick<RuleRow, 'arn'>, { Id: _, Arn, RoleArn, ...rest }: Target) {
  return {
    seen: { rule_arn: rule.arn, ...(RoleArn !== undefined && { role_arn: RoleArn }), target_arn: Arn },
    properties: Object.fromEntries(Object.entries(rest).filter(([name]) => name.endsWith('Parameters'))),
  };
}

/** How an invocation ended, and how long that took. */
export function ended({ acceptedAt, startedAt = acceptedAt }: DeliveryRow, attempts: number, status: string, ctx: Ctx) {
  const now = ctx.clock();
  return {
    total_attempts: attempts,
    final_invocation_status: status,
    ...(attempts === 1 && {
      ingestion_to_start_latency_ms: startedAt - acceptedAt,
      ingestion_to_complete_latency_ms: now - acceptedAt,
    }),
    ...(status === 'SUCCESS' && { ingestion_to_success_latency_ms: now - acceptedAt }),
    target_duration_ms: now - startedAt,
  };
}
