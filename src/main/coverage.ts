/** What is built, read off the code: of every service, which operations answer and which say 501. */
import type { ServiceName } from '#kernel/contract';
import type { Catalog } from '#kernel/gateway';
import { builtServices } from './registry.ts';

export type ServiceCoverage = {
  service: string;
  title: string;
  built: string[];
  /** Operations with the reason why they are not built; those of a service that is not begun have none. */
  notBuilt: { [operation: string]: string };
  /** Those of them that list what can't be made, and say that there is none. */
  none: string[];
  /** Members of the requests of built operations that are refused by name. */
  membersNotBuilt: { [operation: string]: readonly string[] };
};

/** Coverage of the services that are begun; `others` are those of which only the model is here. */
export async function coverage(catalog: Catalog): Promise<{ services: ServiceCoverage[]; others: string[] }> {
  const services: ServiceCoverage[] = [];
  for (const name of builtServices()) services.push(await coverageOf(catalog, name));
  const begun = new Set(services.map((one) => one.service));
  return { services, others: [...catalog.heads.keys()].filter((name) => !begun.has(name)) };
}

async function coverageOf(catalog: Catalog, name: ServiceName): Promise<ServiceCoverage> {
  const { service, head } = await catalog.load(name);
  const entries = Object.entries(service?.operations ?? {});
  return {
    service: name,
    title: head.title,
    built: entries.filter(([, handler]) => !('notBuilt' in handler)).map(([operation]) => operation),
    notBuilt: Object.fromEntries(
      entries.flatMap(([operation, handler]) => ('notBuilt' in handler ? [[operation, handler.notBuilt]] : [])),
    ),
    none: entries.flatMap(([operation, handler]) =>
      'notBuilt' in handler && typeof handler === 'function' ? [operation] : [],
    ),
    membersNotBuilt: Object.fromEntries(
      Object.entries(service?.unbuilt ?? {}).map(([operation, members = []]) => [operation, members]),
    ),
  };
}
