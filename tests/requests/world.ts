/** A service's world: what a request may name. */
import type { AnyService, Aws } from '#kernel/contract';
import type { ServiceModel } from '#kernel/wire';

/** Values for members by their name, `Shape.member` first; of a list, its items. A member without any is never sent. */
export type World = { readonly [member: string]: readonly unknown[] };

/** Makes it. */
export type Furnish = (aws: Aws) => Promise<World>;

/** The text of a policy with one statement that allows. */
export function policy(fields: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...fields }] });
}

/** Members that are refused by name are in no request. */
export function withoutUnbuilt(model: ServiceModel, unbuilt: AnyService['unbuilt'] = {}): World {
  const members = Object.entries(unbuilt).flatMap(([operation, names = []]) =>
    names.map((name) => `${model.operations[operation]?.input}.${name}`),
  );
  return Object.fromEntries(members.map((member) => [member, []]));
}
