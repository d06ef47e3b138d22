/** A service's world: what a request may name. */
import type { Aws } from '#kernel/contract';

/** Values for members by their name, `Shape.member` first; of a list, its items. A member without any is never sent. */
export type World = { readonly [member: string]: readonly unknown[] };

/** Makes it. */
export type Furnish = (aws: Aws) => Promise<World>;

/** The text of a policy with one statement that allows. */
export function policy(fields: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...fields }] });
}
