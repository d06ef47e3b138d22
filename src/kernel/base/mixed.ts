/** Lists of one output whose elements XML writes among each other: S3's versions and delete markers. */

const ORDER = Symbol('order');

type Order = readonly (readonly [member: string, element: unknown])[];

/** What an output carries beside its lists, to be spread into it: all their elements in the order in which they are written. */
export function mixed(order: Order): object {
  return { [ORDER]: order };
}

/** The order that an output carries; undefined where each list is written by itself. */
export function orderOf(output: object): Order | undefined {
  return (output as { [ORDER]?: Order })[ORDER];
}
