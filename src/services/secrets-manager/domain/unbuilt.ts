/** What requests may ask for that is not built: secrets of other makers' services, and replicas in other accounts. */
import { notBuilt } from '#kernel/contract';

/** @throws {ServiceError} NotImplemented, naming the first member that is given */
export function refuseUnbuilt<Input extends object>(input: Input, members: readonly (keyof Input & string)[]): void {
  const asked = members.find((member) => input[member] !== undefined);
  if (asked !== undefined) throw notBuilt(`${asked} of Secrets Manager`);
}
