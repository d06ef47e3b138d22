/** Faults on purpose: rules that say which calls, where, how often, and what happens to them. The pipeline, services, planes and engines obey. */
import type { Millis } from '#kernel/base';
import type { Random } from '#kernel/random';
import { type Store, type Transaction, table, viewOf } from '#kernel/store';

export type OneOrMore = string | readonly string[];

/** What a rule says to a service's own fault point. */
export type FaultSettings = { readonly [name: string]: string | number | boolean };

export type FaultEffect =
  | { kind: 'error'; code: string; message: string; status: number }
  /** As the service's protocol calls it. */
  | { kind: 'throttle' | 'internal' | 'unavailable' }
  | { kind: 'latency'; millis: Millis }
  /** The call is carried out and committed, but its answer never arrives. */
  | { kind: 'drop' }
  /** Nothing answers, and nothing is carried out. Of whole Regions. */
  | { kind: 'dark' }
  /** A fault point that a service has named: it does what the point is for. */
  | { kind: 'point'; point: string; settings: FaultSettings };

/** A field left out matches everything. */
export type FaultRule = {
  id: string;
  account?: string;
  region?: string;
  /** Zone that is dark, by name; for what has a place there. */
  zone?: string;
  service?: string;
  operation?: OneOrMore;
  /** ARNs of roles: only calls of their sessions. */
  role?: OneOrMore;
  /** ARNs; of fault points, which are about something. */
  resource?: OneOrMore;
  /** 0 to 1. */
  probability: number;
  effect: FaultEffect;
  until?: Millis;
};

export type Target = { account: string; region: string; service: string; operation: string; role?: string | undefined };
/** A fault point that is passed, and what it is about. */
export type Passed = { account: string; region: string; service: string; point: string; resources: readonly string[] };

/** Every call looks at every rule, so there are no more. */
export const FAULT_RULES_MAX = 1_000;

/** `account` is whose rule it is: who set it, or else whom alone it is about. With the account's reset it goes. */
type RuleRow = { id: string; account?: string; rule: FaultRule };

const rules = table<RuleRow>()('kernel.faults', {
  scope: 'global',
  key: ['id'],
  migrations: [(rule) => ({ id: rule.id, ...(rule.account !== undefined && { account: rule.account }), rule })],
});
const NOWHERE = { account: '', region: '' };

export class Faults {
  #store: Store;
  #random: Random;
  #rules: FaultRule[] = [];
  /** Of calls, of Regions that are dark, and of fault points by their name. */
  #calls: FaultRule[] = [];
  #dark: FaultRule[] = [];
  #points = new Map<string, FaultRule[]>();
  #version = -1;

  constructor(store: Store, random: Random) {
    this.#store = store;
    this.#random = random;
  }

  list(): FaultRule[] {
    this.#refresh();
    return this.#rules;
  }

  put(rule: FaultRule): void {
    this.#store.transact((tx) => viewOf(() => tx, NOWHERE).put(rules, rowOf(rule, rule.account)));
  }

  /** The same within a transaction, for an account. False, and nothing is put, where there are as many rules as there may be. */
  putWithin(tx: Transaction, rule: FaultRule, now: Millis, owner?: string): boolean {
    const view = viewOf(() => tx, NOWHERE);
    const others = view.list(rules).filter(({ id }) => id !== rule.id);
    const over = others.filter(({ rule: { until } }) => until !== undefined && until <= now);
    for (const one of over) view.delete(rules, one);
    if (others.length - over.length >= FAULT_RULES_MAX) return false;
    view.put(rules, rowOf(rule, owner ?? rule.account));
    return true;
  }

  /** True when there was such a rule. */
  remove(id: string): boolean {
    return this.#store.transact((tx) => this.removeWithin(tx, id));
  }

  removeWithin(tx: Transaction, id: string): boolean {
    return viewOf(() => tx, NOWHERE).delete(rules, { id });
  }

  /**
   * What is to happen to a call: the effects of every rule that matches and whose dice fall so. Each rule has dice of its own, so that
   * what one does to work in the background changes nothing for calls that another is about.
   */
  strike(target: Target, now: Millis): FaultEffect[] {
    this.#refresh();
    if (this.#calls.length === 0) return [];
    const effects: FaultEffect[] = [];
    for (const rule of this.#calls) if (matches(rule, target) && this.#falls(rule, now)) effects.push(rule.effect);
    return effects;
  }

  /** What rules want of a fault point that is passed. */
  pass({ resources, point, ...where }: Passed, now: Millis): FaultSettings[] {
    this.#refresh();
    const settings: FaultSettings[] = [];
    for (const rule of this.#points.get(point) ?? []) {
      const isMeant = rule.resource === undefined || resources.some((arn) => isOneOf(rule.resource, arn));
      if (isMeant && isWithin(rule, where) && this.#falls(rule, now) && rule.effect.kind === 'point')
        settings.push(rule.effect.settings);
    }
    return settings;
  }

  /** Whether a Region is dark: all of it, for everybody. */
  isRegionDark(region: string, now: Millis): boolean {
    this.#refresh();
    return this.#dark.some((rule) => (rule.region ?? region) === region && isInForce(rule, now));
  }

  /** Whether a zone is dark. */
  isDark(region: string, zone: string, now: Millis): boolean {
    this.#refresh();
    return this.#rules.some(
      (rule) => rule.zone === zone && (rule.region === undefined || rule.region === region) && isInForce(rule, now),
    );
  }

  #falls(rule: FaultRule, now: Millis): boolean {
    return (
      isInForce(rule, now) &&
      (rule.probability >= 1 || this.#random.stream(`fault ${rule.id}`).fraction() < rule.probability)
    );
  }

  #refresh(): void {
    const version = this.#store.version(rules);
    if (version === this.#version) return;
    this.#version = version;
    this.#rules = this.#store.transact((tx) => viewOf(() => tx, NOWHERE).list(rules)).map(({ rule }) => rule);
    const placed = this.#rules.filter(({ zone }) => zone === undefined);
    this.#dark = placed.filter(({ effect }) => effect.kind === 'dark');
    this.#calls = placed.filter(({ effect }) => effect.kind !== 'dark' && effect.kind !== 'point');
    this.#points = Map.groupBy(
      placed.filter(({ effect }) => effect.kind === 'point'),
      ({ effect }) => (effect.kind === 'point' ? effect.point : ''),
    );
  }
}

function rowOf(rule: FaultRule, account: string | undefined): RuleRow {
  return { id: rule.id, ...(account !== undefined && { account }), rule };
}

function isInForce({ until }: FaultRule, now: Millis): boolean {
  return until === undefined || now < until;
}

function isWithin(rule: FaultRule, { account, region, service }: Omit<Target, 'operation' | 'role'>): boolean {
  return (
    (rule.account === undefined || rule.account === account) &&
    (rule.region === undefined || rule.region === region) &&
    (rule.service === undefined || rule.service === service)
  );
}

function matches(rule: FaultRule, target: Target): boolean {
  return isWithin(rule, target) && isOneOf(rule.operation, target.operation) && isOneOf(rule.role, target.role ?? '');
}

function isOneOf(wanted: OneOrMore | undefined, value: string): boolean {
  if (wanted === undefined || typeof wanted === 'string') return wanted === undefined || wanted === value;
  return wanted.includes(value);
}
