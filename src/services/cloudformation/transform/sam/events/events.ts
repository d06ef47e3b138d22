/** The events of a function or a state machine, by their types. */
import { EventFault, eventFault, resourceFault } from '../faults.ts';
import type { Made } from '../made.ts';
import { propertiesOf } from '../properties.ts';
import { kindOf, told } from '../python.ts';
import type { Declared, Setting } from '../setting.ts';
import { isMap, type Maybe, mapOf } from '../values.ts';
import { ALEXA_SKILL } from './alexa.ts';
import { API, STATE_MACHINE_API } from './api.ts';
import { COGNITO } from './cognito.ts';
import { DOCUMENT_DB } from './document-db.ts';
import type { Event, EventKind, Hearing, Target } from './event.ts';
import { HTTP_API } from './http-api.ts';
import { IOT_RULE } from './iot.ts';
import { MSK, SELF_MANAGED_KAFKA } from './kafka.ts';
import { CLOUDWATCH_LOGS } from './logs.ts';
import { MQ } from './mq.ts';
import { RULE, SCHEDULE, STATE_MACHINE_RULE, STATE_MACHINE_SCHEDULE } from './rule.ts';
import { S3 } from './s3.ts';
import { SCHEDULE_V2 } from './scheduler.ts';
import { SNS } from './sns.ts';
import { DYNAMODB, KINESIS, SQS } from './stream.ts';

const KINDS: { readonly [of in Target['kind']]: ReadonlyMap<string, EventKind> } = {
  function: new Map(
    Object.entries({
      AlexaSkill: ALEXA_SKILL,
      Api: API,
      CloudWatchEvent: RULE,
      CloudWatchLogs: CLOUDWATCH_LOGS,
      Cognito: COGNITO,
      DocumentDB: DOCUMENT_DB,
      DynamoDB: DYNAMODB,
      EventBridgeRule: RULE,
      HttpApi: HTTP_API,
      IoTRule: IOT_RULE,
      Kinesis: KINESIS,
      MQ,
      MSK,
      S3,
      SNS,
      SQS,
      Schedule: SCHEDULE,
      ScheduleV2: SCHEDULE_V2,
      SelfManagedKafka: SELF_MANAGED_KAFKA,
    }),
  ),
  stateMachine: new Map(
    Object.entries({
      Api: STATE_MACHINE_API,
      CloudWatchEvent: STATE_MACHINE_RULE,
      EventBridgeRule: STATE_MACHINE_RULE,
      Schedule: STATE_MACHINE_SCHEDULE,
      ScheduleV2: SCHEDULE_V2,
    }),
  ),
};

function read(of: Target['kind'], id: string, name: string, declared: Maybe): { event: Event; kind: EventKind } {
  if (!isMap(declared)) throw eventFault(name, `'${kindOf(declared)}' object has no attribute 'get'`);
  const type = declared.Type;
  const kind = typeof type === 'string' ? KINDS[of].get(type) : undefined;
  if (typeof type !== 'string' || kind === undefined)
    throw eventFault(name, `Resource dict has missing or invalid value for key Type. Event Type is: ${told(type)}.`);
  const given = propertiesOf(`${id}${name}`, type, declared, kind.rules);
  return { event: { id: `${id}${name}`, name, type, given }, kind };
}

/** A fault of an event is one of its resource. */
function within<T>(id: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EventFault) throw resourceFault(id, error.message);
    throw error;
  }
}

/** Looks whether what events refer to is there. */
export function linkEvents({ id, given }: Declared, of: Target['kind'], setting: Setting): void {
  within(id, () => {
    for (const [name, declared] of Object.entries(mapOf(given.Events))) {
      const { event, kind } = read(of, id, name, declared);
      kind.link?.(event, setting);
    }
  });
}

/** What all events of a resource stand for. HTTP APIs' $default comes before other paths, which then need no permission of their own. */
export function eventsOf({ id, given }: Declared, hearing: Hearing): Made[] {
  const named = Object.entries(mapOf(given.Events));
  const key = ([name, declared]: [string, Maybe]) => String(mapOf(mapOf(declared).Properties).Path ?? name);
  const ordered =
    hearing.target.kind === 'function'
      ? named.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
      : named;
  return within(id, () =>
    ordered.flatMap(([name, declared]) => {
      const { event, kind } = read(hearing.target.kind, id, name, declared);
      return kind.make(event, hearing);
    }),
  );
}
