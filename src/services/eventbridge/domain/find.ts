/** Finding buses and rules. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { busNotFound, ruleNotFound, validation } from '../errors.ts';
import { type BusRow, buses, DEFAULT_BUS, type RuleRow, rules } from '../state.ts';

export const BUS_ARN = /^arn:[a-z-]+:events:([a-z0-9-]+):(\d{12}):event-bus\/(.+)$/;

/** A bus with its place. */
export type FoundBus = { bus: BusRow; store: StoreView; account: string; region: string };

/** A bus's ARN. */
export function busArn(
  name: string,
  account: string,
  { partition, region }: Pick<Ctx, 'partition' | 'region'>,
): string {
  return `arn:${partition}:events:${region}:${account}:event-bus/${name}`;
}

/** A bus of this Region by its name or ARN. @throws {ServiceError} ResourceNotFoundException; ValidationException for one of another Region */
export function findBus(given: string | undefined, ctx: Ctx): FoundBus {
  const [, region = ctx.region] = BUS_ARN.exec(given ?? '') ?? [];
  // Source: aws-samples/amazon-eventbridge-resource-policy-samples, issue 10.
  if (region !== ctx.region) throw validation('Cross-region API call is not allowed.');
  return reachBus(given, ctx);
}

/** A bus of any Region by its name or ARN; every account has its default one. @throws {ServiceError} ResourceNotFoundException */
export function reachBus(given: string | undefined, ctx: Ctx): FoundBus {
  const [, region = ctx.region, account = ctx.account, named] = BUS_ARN.exec(given ?? '') ?? [];
  const name = named ?? given ?? DEFAULT_BUS;
  const store = ctx.store.in({ account, region });
  const bus =
    store.get(buses, { name }) ??
    (name === DEFAULT_BUS ? defaultBus(account, { partition: ctx.partition, region }) : undefined);
  if (bus === undefined) throw busNotFound(name);
  return { bus, store, account, region };
}

function defaultBus(account: string, place: Pick<Ctx, 'partition' | 'region'>): BusRow {
  const arn = busArn(DEFAULT_BUS, account, place);
  return { name: DEFAULT_BUS, arn, statements: [], tags: {}, createdAt: 0, modifiedAt: 0 };
}

/** @throws {ServiceError} ResourceNotFoundException */
export function findRule(name: string, busName: string | undefined, ctx: Ctx): FoundBus & { rule: RuleRow } {
  const found = findBus(busName, ctx);
  const rule = found.store.get(rules, { bus: found.bus.name, name });
  if (rule === undefined) throw ruleNotFound(name, found.bus.name);
  return { ...found, rule };
}

/** A bus of the caller's own account and Region. @throws {ServiceError} ResourceNotFoundException */
export function findOwnBus(given: string | undefined, ctx: Ctx): BusRow {
  const { bus, account, region } = reachBus(given, ctx);
  if (account !== ctx.account || region !== ctx.region) throw busNotFound(bus.name);
  return bus;
}

/** Rules of the default bus have no bus in their ARNs. */
export function ruleArn(
  name: string,
  bus: string,
  { partition, region, account }: Pick<Ctx, 'partition' | 'region' | 'account'>,
): string {
  return `arn:${partition}:events:${region}:${account}:rule/${bus === DEFAULT_BUS ? '' : `${bus}/`}${name}`;
}
