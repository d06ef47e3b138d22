/** What the second API's operations on domain names lead to: domain names, REST APIs and their stages. */
import type { Reads } from '#kernel/store';
import type { RestApi } from '#models/api-gateway';
import { apis, domains, stages } from '../state.ts';

/** Whether there is a domain name. */
export function hasDomain({ store }: { store: Reads }, id: string): boolean {
  return store.get(domains, { owner: '', id }) !== undefined;
}

/** The REST API that has an id. */
export function restApi({ store }: { store: Reads }, id: string): RestApi | undefined {
  return store.get(apis, { owner: '', id })?.value;
}

/** Whether there is such a stage of a REST API. */
export function hasRestStage({ store }: { store: Reads }, owner: string, id: string): boolean {
  return store.get(stages, { owner, id }) !== undefined;
}
