/** Carrying out a query: rows flow through its steps one by one; only what must wait for all of them does. */
import type { Aggregate, Eval, Gatherer } from './aggregates.ts';
import { Patterns } from './patterns.ts';
import type { Around, Column, Command, Order, Query, Step, Window } from './plan.ts';
import { Row } from './row.ts';
import { shownColumns } from './shown.ts';
import { compareValues, fromJson, isTrue, parseJson, toText, type Value } from './value.ts';

/** Groups of one `stats`. Our own bound. */
const GROUPS_MAX = 100_000;
/** Rows that a `sort` keeps at least: steps behind it may leave some out. */
const SORTED_MIN = 10_000;

export type Cell = { field: string; value: string };

export class Run {
  readonly #first: Step;
  readonly #rows: Row[] = [];
  readonly #query: Query;
  matched = 0;

  constructor(query: Query, limit: number, window: Window) {
    this.#query = query;
    const sink: Step = {
      take: (row) => {
        this.#rows.push(row);
        return this.#rows.length < limit;
      },
      end: () => {},
    };
    let next: Step = sink;
    const made = query.commands.findIndex(({ kind }) => kind === 'stats' || kind === 'pattern');
    const ofEvents = made === -1 ? query.commands : query.commands.slice(0, made);
    const last = ofEvents.findLastIndex(({ kind }) => kind === 'filter');
    for (const [index, command] of [...query.commands.entries()].reverse()) {
      if (index === last) next = this.#counting(next);
      next = stepOf(command, next, { window, limit, columns: shownColumns(query.commands.slice(0, index)).chosen });
    }
    this.#first = last === -1 ? this.#counting(next) : next;
  }

  /** False when no more events are wanted. */
  take(row: Row): boolean {
    return this.#first.take(row);
  }

  /** The result. */
  end(): Cell[][] {
    const { names, isMade } = shownColumns(this.#query.commands);
    const columns = isMade ? names : [...names, '@ptr'];
    return this.endRows().map((row) => cellsOf(row, columns));
  }

  /** The same, as rows. */
  endRows(): readonly Row[] {
    this.#first.end();
    return this.#rows;
  }

  /** Counts the events that have passed their last filter. */
  #counting(next: Step): Step {
    return {
      take: (row) => {
        this.matched += 1;
        return next.take(row);
      },
      end: () => next.end(),
    };
  }
}

function stepOf(command: Command, next: Step, around: Around): Step {
  const through = (change: (row: Row) => Row | undefined): Step => ({
    take: (row) => {
      const changed = change(row);
      return changed === undefined || next.take(changed);
    },
    end: () => next.end(),
  });
  switch (command.kind) {
    case 'fields':
    case 'display':
      return through((row) => withColumns(row, command.columns));
    case 'filter':
      return through((row) => (isTrue(command.test(row)) ? row : undefined));
    case 'limit':
      return limited(command.count, next);
    case 'dedup':
      return deduplicated(command.fields, next);
    case 'unnest':
      return unnested(command.from, command.name, next);
    case 'sort':
      return sorted(command.orders, around.limit, next);
    case 'stats':
      return grouped(command.columns, command.by, command.aggregates, next);
    case 'pattern':
      return patterned(command.from, next);
    case 'step':
      return command.make(next, around);
  }
}

function withColumns(row: Row, columns: readonly Column[]): Row {
  for (const { name, value } of columns) {
    const found = value(row);
    if (found !== undefined) row.set(name, found);
  }
  return row;
}

function limited(count: number, next: Step): Step {
  let left = count;
  return {
    take: (row) => {
      if (left === 0) return false;
      left -= 1;
      return next.take(row) && left > 0;
    },
    end: () => next.end(),
  };
}

function deduplicated(fields: readonly string[], next: Step): Step {
  const seen = new Set<string>();
  return {
    take: (row) => {
      const values = fields.map((field) => toText(row.get(field)));
      // Source: User Guide, "dedup": what has none of the fields is kept.
      if (values.includes(undefined)) return next.take(row);
      const id = JSON.stringify(values);
      if (seen.has(id) || seen.size >= GROUPS_MAX) return true;
      seen.add(id);
      return next.take(row);
    },
    end: () => next.end(),
  };
}

function unnested(from: Eval, name: string, next: Step): Step {
  return {
    take: (row) => {
      const value = from(row);
      const parsed = typeof value === 'string' && /^\s*\[/.test(value) ? (parseJson(value) ?? value) : value;
      const isList = typeof parsed === 'object' && 'json' in parsed && Array.isArray(parsed.json);
      // Source: User Guide, "unnest": any other type is a list of one item.
      if (!isList) {
        const one = row.copy();
        one.set(name, value);
        return next.take(one);
      }
      for (const item of parsed.json as unknown[]) {
        const one = row.copy();
        one.set(name, fromJson(item));
        if (!next.take(one)) return false;
      }
      return true;
    },
    end: () => next.end(),
  };
}

/** @param most rows that are kept: those behind them are not shown */
function sorted(orders: readonly Order[], most: number, next: Step): Step {
  let rows: { row: Row; keys: Value[] }[] = [];
  const compare = (a: { keys: Value[] }, b: { keys: Value[] }) => {
    for (const [index, { descending }] of orders.entries()) {
      const order = compareValues(a.keys[index], b.keys[index]);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
  return {
    take: (row) => {
      rows.push({ row, keys: orders.map(({ value }) => value(row)) });
      if (rows.length >= 2 * Math.max(most, SORTED_MIN)) rows = rows.sort(compare).slice(0, Math.max(most, SORTED_MIN));
      return true;
    },
    end: () => {
      for (const { row } of rows.sort(compare)) if (!next.take(row)) break;
      next.end();
    },
  };
}

function grouped(
  columns: readonly Column[],
  by: readonly Column[],
  aggregates: readonly Aggregate[],
  next: Step,
): Step {
  const groups = new Map<string, { keys: Value[]; gatherers: Gatherer[] }>();
  return {
    take: (row) => {
      const keys = by.map(({ value }) => value(row));
      const id = JSON.stringify(keys.map((key) => toText(key) ?? null));
      let group = groups.get(id);
      if (group === undefined) {
        if (groups.size >= GROUPS_MAX) return true;
        groups.set(id, (group = { keys, gatherers: aggregates.map((make) => make()) }));
      }
      for (const gatherer of group.gatherers) gatherer.add(row);
      return true;
    },
    end: () => {
      for (const { keys, gatherers } of groups.values()) {
        const row = new Row();
        for (const [index, { name }] of by.entries()) row.set(name, keys[index]);
        row.aggregates = gatherers.map((gatherer) => gatherer.result());
        if (!next.take(withColumns(row, columns))) break;
      }
      next.end();
    },
  };
}

function patterned(from: Eval, next: Step): Step {
  const patterns = new Patterns();
  return {
    take: (row) => {
      const text = toText(from(row));
      if (text !== undefined) patterns.add(text);
      return true;
    },
    end: () => {
      for (const pattern of patterns.result()) {
        const row = new Row();
        for (const [name, value] of Object.entries(pattern)) row.set(name, value);
        if (!next.take(row)) break;
      }
      next.end();
    },
  };
}

function cellsOf(row: Row, columns: readonly string[]): Cell[] {
  return columns.flatMap((field) => {
    const value = toText(row.get(field));
    return value === undefined ? [] : [{ field, value }];
  });
}
