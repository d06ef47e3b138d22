/** Faults on purpose for one call's service: bound to its name, its place and its transaction. */
import type { FaultControl } from '#kernel/contract';
import type { Transaction } from '#kernel/store';
import type { Kernel } from './kernel.ts';

/** @param open the transaction that is open; fails, saying what for, where none is */
export function faultControl(
  { faults, catalog, clock }: Kernel,
  { service, account, region }: { service: string; account: string; region: string },
  open: (what: string) => Transaction,
): FaultControl {
  return {
    at: (point, ...resources) => faults.pass({ account, region, service, point, resources }, clock.now()),
    put: (rule) => faults.putWithin(open('a fault is set'), rule, clock.now(), account),
    remove: (id) => void faults.removeWithin(open('a fault is removed'), id),
    async serviceOf(name) {
      const head = [...catalog.heads.values()].find(
        (one) => one.name === name || one.signing === name || one.endpoint === name,
      );
      if (head === undefined) return undefined;
      const { service: built, model } = await catalog.load(head.name);
      return built === undefined ? undefined : { service: head.name, operations: Object.keys(model.operations) };
    },
  };
}
