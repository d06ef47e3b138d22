/** Event buses, and who may put events on them. */
import { type Ctx, type Handler, type InputOf, notBuilt, type OutputOf, policyFault } from '#kernel/contract';
import { BUS_ARN, busArn, type FoundBus, findBus } from '../domain/find.ts';
import { checkDeadLetters } from '../domain/target.ts';
import {
  busExists,
  defaultBusStays,
  noPolicy,
  policyTooLong,
  statementNotFound,
  tooMany,
  validation,
} from '../errors.ts';
import { BUSES, LIST_DEFAULT, POLICY_CHARACTERS } from '../limits.ts';
import { type BusRow, buses, DEFAULT_BUS, rules } from '../state.ts';

type Shown = NonNullable<OutputOf<'eventbridge', 'ListEventBuses'>['EventBuses']>[number];

export const createEventBus: Handler<'eventbridge', 'CreateEventBus'> = (input, ctx) => {
  const { Name: name } = input;
  if (name === DEFAULT_BUS || ctx.store.get(buses, { name }) !== undefined) throw busExists(name);
  refuse(input);
  checkDeadLetters(input.DeadLetterConfig?.Arn);
  if (name.includes('/')) throw validation("Event bus name must not contain '/'.");
  // The default one counts, and need not be kept.
  const isKept = ctx.store.get(buses, { name: DEFAULT_BUS }) !== undefined;
  if (ctx.store.count(buses) + (isKept ? 0 : 1) >= ctx.quota(BUSES)) throw tooMany();
  const row: BusRow = {
    name,
    arn: busArn(name, ctx.account, ctx),
    ...(input.Description !== undefined && { description: input.Description }),
    statements: [],
    ...(input.DeadLetterConfig?.Arn !== undefined && { deadLetterArn: input.DeadLetterConfig.Arn }),
    ...(input.LogConfig !== undefined && { logs: input.LogConfig }),
    tags: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  ctx.store.put(buses, row);
  return {
    EventBusArn: row.arn,
    ...(row.description !== undefined && { Description: row.description }),
    ...(row.logs !== undefined && { LogConfig: row.logs }),
  };
};

/** @throws {ServiceError} 501 for what would have no effect */
function refuse({ KmsKeyIdentifier, EventSourceName }: Partial<InputOf<'eventbridge', 'CreateEventBus'>>) {
  if (KmsKeyIdentifier !== undefined && KmsKeyIdentifier !== '') throw notBuilt('keys of event buses');
  if (EventSourceName !== undefined) throw notBuilt('partner event sources');
}

export const updateEventBus: Handler<'eventbridge', 'UpdateEventBus'> = (input, ctx) => {
  refuse(input);
  checkDeadLetters(input.DeadLetterConfig?.Arn);
  const { bus, store } = findBus(input.Name, ctx);
  const row: BusRow = {
    ...bus,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.DeadLetterConfig?.Arn !== undefined && { deadLetterArn: input.DeadLetterConfig.Arn }),
    ...(input.LogConfig !== undefined && { logs: input.LogConfig }),
    modifiedAt: ctx.now,
  };
  store.put(buses, row);
  return {
    Arn: row.arn,
    Name: row.name,
    ...(row.description !== undefined && { Description: row.description }),
    ...(row.logs !== undefined && { LogConfig: row.logs }),
  };
};

export const deleteEventBus: Handler<'eventbridge', 'DeleteEventBus'> = (input, ctx) => {
  if (input.Name === DEFAULT_BUS) throw defaultBusStays();
  const row = ctx.store.get(buses, { name: input.Name });
  if (row === undefined) return {};
  if (ctx.store.first(rules, { where: { bus: row.name } }) !== undefined)
    throw validation("Event bus can't be deleted since it has rules.");
  ctx.store.delete(buses, { name: row.name });
  return {};
};

export const describeEventBus: Handler<'eventbridge', 'DescribeEventBus'> = (input, ctx) => {
  const { bus } = findBus(input.Name, ctx);
  return {
    ...shown(bus),
    ...(bus.deadLetterArn !== undefined && { DeadLetterConfig: { Arn: bus.deadLetterArn } }),
    ...(bus.logs !== undefined && { LogConfig: bus.logs }),
  };
};

export const listEventBuses: Handler<'eventbridge', 'ListEventBuses'> = (input, ctx) => {
  const limit = input.Limit ?? LIST_DEFAULT;
  const { NamePrefix: startsWith = '', NextToken: name = '' } = input;
  const kept = ctx.store.list(buses, { startsWith, ...(name !== '' && { after: { name } }), limit: limit + 1 });
  // The default one is there before anything is kept of it.
  const isKept = ctx.store.get(buses, { name: DEFAULT_BUS }) !== undefined;
  const isAsked = DEFAULT_BUS.startsWith(startsWith) && DEFAULT_BUS > name;
  const more = isAsked && !isKept ? [findBus(DEFAULT_BUS, ctx).bus] : [];
  const rows = [...kept, ...more].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const page = rows.slice(0, limit);
  return { EventBuses: page.map(shown), ...(rows.length > limit && { NextToken: page.at(-1)?.name }) };
};

function shown(bus: BusRow): Shown {
  return {
    Name: bus.name,
    Arn: bus.arn,
    ...(bus.description !== undefined && { Description: bus.description }),
    ...(bus.statements.length > 0 && { Policy: busPolicy(bus) }),
    ...(bus.createdAt > 0 && { CreationTime: bus.createdAt, LastModifiedTime: bus.modifiedAt }),
  };
}

/** A bus's policy as text; undefined where it has none. */
export function busPolicy({ statements }: BusRow): string | undefined {
  return statements.length === 0 ? undefined : JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export const putPermission: Handler<'eventbridge', 'PutPermission'> = (input, ctx) => {
  const { bus, store } = findBus(input.EventBusName, ctx);
  if (input.Policy !== undefined) {
    const fault = policyFault(input.Policy, 'resource');
    if (fault !== undefined) throw validation(fault);
    const { Statement } = JSON.parse(input.Policy) as { Statement: BusRow['statements'] };
    const statements = [Statement].flat();
    refuseOtherBuses(statements, bus);
    keepPolicy(store, bus, statements, ctx);
    return {};
  }
  const { StatementId: Sid, Principal: who, Action, Condition } = input;
  if (Sid === undefined || who === undefined || Action === undefined)
    throw validation('Parameters Action, Principal and StatementId must be specified.');
  if (Action !== 'events:PutEvents') throw validation("Provided value in parameter 'action' is not supported.");
  // Source: EventBridge API Reference, Condition: nothing else is supported.
  if (Condition !== undefined && (Condition.Type !== 'StringEquals' || Condition.Key !== 'aws:PrincipalOrgID'))
    throw validation('Parameter Condition is not valid. Reason: Only StringEquals of aws:PrincipalOrgID is supported.');
  const statement = {
    Sid,
    Effect: 'Allow',
    Principal: who === '*' ? '*' : { AWS: `arn:${ctx.partition}:iam::${who}:root` },
    Action,
    Resource: bus.arn,
    ...(Condition !== undefined && { Condition: { [Condition.Type]: { [Condition.Key]: Condition.Value } } }),
  };
  keepPolicy(store, bus, [...bus.statements.filter((one) => one.Sid !== Sid), statement], ctx);
  return {};
};

/** A bus's policy is about that bus. Source: hashicorp/terraform-provider-aws, issue 27976. @throws {ServiceError} ValidationException */
function refuseOtherBuses(statements: BusRow['statements'], bus: BusRow): void {
  for (const { Resource } of statements)
    for (const named of [Resource].flat()) {
      const name = BUS_ARN.exec(String(named))?.[3];
      if (name !== undefined && name !== bus.name && !/[*?$]/.test(name))
        throw validation(`The relative-id "event-bus/${name}" is invalid for ARN "${named}"`);
    }
}

/** @throws {ServiceError} PolicyLengthExceededException */
function keepPolicy(store: FoundBus['store'], bus: BusRow, statements: BusRow['statements'], ctx: Ctx): void {
  const changed = { ...bus, statements, modifiedAt: ctx.now };
  const most = ctx.quota(POLICY_CHARACTERS);
  if ((busPolicy(changed)?.length ?? 0) > most) throw policyTooLong(most);
  store.put(buses, changed);
}

export const removePermission: Handler<'eventbridge', 'RemovePermission'> = (input, ctx) => {
  const { bus, store } = findBus(input.EventBusName, ctx);
  if (input.RemoveAllPermissions === true) {
    store.put(buses, { ...bus, statements: [] });
    return {};
  }
  if (bus.statements.length === 0) throw noPolicy();
  const statements = bus.statements.filter(({ Sid }) => Sid !== input.StatementId);
  if (statements.length === bus.statements.length) throw statementNotFound();
  store.put(buses, { ...bus, statements });
  return {};
};
