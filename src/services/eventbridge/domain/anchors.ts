/**
 * Finding the rules that an event may match, among many: a rule hangs at the sources and types that its pattern names, and an event looks
 * only there, so that what an event costs does not grow with the rules that it does not concern.
 */
import { type Alternative, type Pattern, readPattern } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { anchors, type Event, type RuleRow, rules } from '../state.ts';

/** Anchors of one rule; a rule with more hangs where all events come by. */
const ANCHORS_MAX = 100;

const compiled = new Map<string, Pattern>();
const COMPILED_MAX = 5_000;

/** A pattern, read once. */
export function patternOf(text: string): Pattern {
  let pattern = compiled.get(text);
  if (pattern === undefined) {
    if (compiled.size >= COMPILED_MAX) compiled.clear();
    compiled.set(text, (pattern = readPattern(text)));
  }
  return pattern;
}

/** `undefined` stands for any. */
function anchorOf(source: string | undefined, type: string | undefined): string {
  return JSON.stringify([source ?? null, type ?? null]);
}

/** The values that a name must have one of; any where the tests are others, or not there. */
function valuesOf(alternative: Alternative, name: string): (string | undefined)[] {
  const tests = alternative.get(name) ?? [];
  const values = tests.map((test) =>
    test.is === 'exactly' && typeof test.value === 'string' ? test.value : undefined,
  );
  return values.length === 0 || values.includes(undefined) ? [undefined] : values;
}

/** Where a pattern's rule hangs. Exported for its tests. */
export function anchorsOf({ alternatives }: Pattern): string[] {
  const all = new Set<string>();
  for (const alternative of alternatives)
    for (const source of valuesOf(alternative, 'source'))
      for (const type of valuesOf(alternative, 'detail-type')) {
        all.add(anchorOf(source, type));
        if (all.size > ANCHORS_MAX) return [anchorOf(undefined, undefined)];
      }
  return [...all];
}

/** Hangs a rule where its events come by; one that is disabled, or managed for an archive, nowhere. In a transaction. */
export function anchor(rule: RuleRow, store: StoreView): void {
  release(rule, store);
  const { bus, name, pattern, state, managedBy } = rule;
  if (pattern === undefined || state === 'DISABLED' || managedBy !== undefined) return;
  for (const one of anchorsOf(patternOf(pattern))) store.put(anchors, { bus, anchor: one, rule: name });
}

/** In a transaction. */
export function release({ bus, name }: RuleRow, store: StoreView): void {
  for (const row of store.list(anchors, { index: 'byRule', where: { bus, rule: name } })) store.delete(anchors, row);
}

/** Notes that all rules of a bus hang somewhere: those of before there were anchors are hung at its first event. */
const ALL = 'all';

function hangAll(bus: string, store: StoreView): void {
  if (store.get(anchors, { bus, anchor: ALL, rule: '' }) !== undefined) return;
  for (const rule of store.list(rules, { where: { bus } })) anchor(rule, store);
  store.put(anchors, { bus, anchor: ALL, rule: '' });
}

/** Rules that an event may match, in the order of their names. In a transaction. */
export function candidates(event: Event, bus: string, store: StoreView): RuleRow[] {
  hangAll(bus, store);
  const { source, 'detail-type': type } = event;
  const places = [
    anchorOf(source, type),
    anchorOf(source, undefined),
    anchorOf(undefined, type),
    anchorOf(undefined, undefined),
  ];
  const names = places.flatMap((one) => store.list(anchors, { where: { bus, anchor: one } }).map(({ rule }) => rule));
  return [...new Set(names)].toSorted().flatMap((name) => store.get(rules, { bus, name }) ?? []);
}
