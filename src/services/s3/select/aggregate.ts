/** Aggregates over rows. What is unknown counts for nothing. Source: S3 User Guide, "Aggregate functions". */
import { wrongArgument } from './errors.ts';
import { evaluate, type Scope } from './evaluate.ts';
import type { Query } from './parse.ts';
import { compared, isUnknown, numeric, type Value } from './values.ts';

type Sum = { count: bigint; sum: bigint | number; least: Value; most: Value };

/** Gathers all aggregates of a query. */
export class Gathering {
  readonly #aggregates: Query['aggregates'];
  readonly #sums: Sum[];

  constructor({ aggregates }: Query) {
    this.#aggregates = aggregates;
    this.#sums = aggregates.map(() => ({ count: 0n, sum: 0n, least: null, most: null }));
  }

  /** @throws {ServiceError} IncorrectSqlFunctionArgumentType */
  add(scope: Scope): void {
    this.#aggregates.forEach(({ name, of }, at) => {
      const value = of === undefined ? true : evaluate(of, scope);
      const sum = this.#sums[at];
      if (isUnknown(value) || sum === undefined) return;
      sum.count += 1n;
      if (name === 'count') return;
      const number = numeric(value);
      if (number === undefined) throw wrongArgument();
      sum.sum =
        typeof sum.sum === 'bigint' && typeof number === 'bigint' ? sum.sum + number : Number(sum.sum) + Number(number);
      if (sum.least === null || (compared(value, sum.least) ?? 0) < 0) sum.least = value;
      if (sum.most === null || (compared(value, sum.most) ?? 0) > 0) sum.most = value;
    });
  }

  /** What they come to; of nothing there is no sum. */
  results(): Value[] {
    return this.#aggregates.map(({ name }, at) => {
      const { count, sum, least, most } = this.#sums[at] as Sum;
      if (name === 'count') return count;
      if (count === 0n) return null;
      if (name === 'min') return least;
      if (name === 'max') return most;
      return name === 'sum' ? sum : Number(sum) / Number(count);
    });
  }
}
