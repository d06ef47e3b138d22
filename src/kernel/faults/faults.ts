/** Faults on purpose: rules that say which calls, where, how often, and what happens to them. The pipeline, planes and engines obey. */
import type { Millis } from '#kernel/base';
import type { Random } from '#kernel/random';
import { type Store, table, viewOf } from '#kernel/store';

export type FaultEffect =
  | { kind: 'error'; code: string; message: string; status: number }
  | { kind: 'throttle' }
  | { kind: 'latency'; millis: Millis }
  /** The call is carried out and committed, but its answer never arrives. */
  | { kind: 'drop' };

/** A field left out matches everything. */
export type FaultRule = {
  id: string;
  account?: string;
  region?: string;
  /** Zone that is dark, by name; for what has a place there. */
  zone?: string;
  service?: string;
  operation?: string;
  /** 0 to 1. */
  probability: number;
  effect: FaultEffect;
  until?: Millis;
};

export type Target = { account: string; region: string; service: string; operation: string };

const rules = table<FaultRule>()('kernel.faults', { scope: 'global', key: ['id'] });
const NOWHERE = { account: '', region: '' };

export class Faults {
  #store: Store;
  #random: Random;
  #rules: FaultRule[] = [];
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
    this.#store.transact((tx) => viewOf(() => tx, NOWHERE).put(rules, rule));
  }

  /** True when there was such a rule. */
  remove(id: string): boolean {
    return this.#store.transact((tx) => viewOf(() => tx, NOWHERE).delete(rules, { id }));
  }

  /**
   * What is to happen to a call: the effects of every rule that matches and whose dice fall so. Each rule has dice of its own, so that
   * what one does to work in the background changes nothing for calls that another is about.
   */
  strike(target: Target, now: Millis): FaultEffect[] {
    this.#refresh();
    if (this.#rules.length === 0) return [];
    const effects: FaultEffect[] = [];
    for (const rule of this.#rules) {
      if (!matches(rule, target) || (rule.until !== undefined && now >= rule.until)) continue;
      if (rule.probability >= 1 || this.#random.stream(`fault ${rule.id}`).fraction() < rule.probability)
        effects.push(rule.effect);
    }
    return effects;
  }

  /** Whether a zone is dark. */
  isDark(region: string, zone: string, now: Millis): boolean {
    this.#refresh();
    return this.#rules.some(
      (rule) =>
        rule.zone === zone &&
        (rule.region === undefined || rule.region === region) &&
        (rule.until === undefined || now < rule.until),
    );
  }

  #refresh(): void {
    const version = this.#store.version(rules);
    if (version === this.#version) return;
    this.#version = version;
    this.#rules = this.#store.transact((tx) => viewOf(() => tx, NOWHERE).list(rules));
  }
}

function matches(rule: FaultRule, target: Target): boolean {
  return (
    rule.zone === undefined &&
    (rule.account === undefined || rule.account === target.account) &&
    (rule.region === undefined || rule.region === target.region) &&
    (rule.service === undefined || rule.service === target.service) &&
    (rule.operation === undefined || rule.operation === target.operation)
  );
}
