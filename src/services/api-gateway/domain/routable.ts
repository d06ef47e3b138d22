/** What routing rules, an operation of the second API, are about here: domain names that the first one made, and stages of its APIs. */
import type { Reads } from '#kernel/store';
import { domains, stages } from '../state.ts';

/** Whether there is a domain name of REST APIs. */
export function hasRestDomain({ store }: { store: Reads }, id: string): boolean {
  return store.get(domains, { owner: '', id }) !== undefined;
}

/** Whether there is such a stage of a REST API. */
export function hasRestStage({ store }: { store: Reads }, owner: string, id: string): boolean {
  return store.get(stages, { owner, id }) !== undefined;
}
