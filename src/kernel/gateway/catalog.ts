/** Every service by name: its head at once, its model and code when it is first called. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { invariant } from '#kernel/base';
import type { AnyService, ServiceName } from '#kernel/contract';
import {
  type Protocol,
  type ProtocolName,
  protocolOf,
  type ServiceHead,
  type ServiceModel,
  type Validator,
  validators,
} from '#kernel/wire';

/** Brings a service's code; undefined where none is written yet. */
export type LoadService = (name: ServiceName) => Promise<AnyService | undefined>;

/** A service with all that is built from its model. */
export type Loaded = {
  head: ServiceHead;
  model: ServiceModel;
  /** Undefined where no operation is built. */
  service: AnyService | undefined;
  protocol(name: ProtocolName): Protocol;
  validator(operation: string): Validator | undefined;
};

export class Catalog {
  readonly heads: ReadonlyMap<string, ServiceHead>;
  /** By the prefix of X-Amz-Target. */
  readonly byTarget: ReadonlyMap<string, ServiceHead>;
  /** By the name in a signature's scope, which several services may share. */
  readonly bySigning: ReadonlyMap<string, readonly ServiceHead[]>;
  #folder: string;
  #load: LoadService;
  #loaded = new Map<string, Loaded>();
  #loading = new Map<string, Promise<Loaded>>();

  /** @param folder where the models are */
  constructor(folder: string, load: LoadService) {
    this.#folder = folder;
    this.#load = load;
    const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { services: ServiceHead[] };
    this.heads = new Map(index.services.map((head) => [head.name, head]));
    this.bySigning = Map.groupBy(index.services, (head) => head.signing);
    const byTarget = new Map<string, ServiceHead>();
    for (const head of index.services)
      if (head.target !== undefined && !byTarget.has(head.target)) byTarget.set(head.target, head);
    this.byTarget = byTarget;
  }

  /** The service if it was loaded before. */
  get(name: string): Loaded | undefined {
    return this.#loaded.get(name);
  }

  async load(name: string): Promise<Loaded> {
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    let loading = this.#loading.get(name);
    if (loading === undefined) {
      loading = this.#read(name).finally(() => this.#loading.delete(name));
      this.#loading.set(name, loading);
    }
    return loading;
  }

  async #read(name: string): Promise<Loaded> {
    const head = this.heads.get(name);
    invariant(head !== undefined, `no service ${name}`);
    const model = JSON.parse(readFileSync(join(this.#folder, `${name}.json`), 'utf8')) as ServiceModel;
    const loaded = build(head, model, await this.#load(name as ServiceName));
    this.#loaded.set(name, loaded);
    return loaded;
  }
}

function build(head: ServiceHead, model: ServiceModel, service: AnyService | undefined): Loaded {
  const protocols = new Map<ProtocolName, Protocol>();
  const checks = new Map<string, Validator | undefined>();
  const validatorOf = validators(model);
  return {
    head,
    model,
    service,
    protocol(name) {
      let protocol = protocols.get(name);
      if (protocol === undefined) protocols.set(name, (protocol = protocolOf(model, name)));
      return protocol;
    },
    validator(operation) {
      if (!checks.has(operation)) {
        const input = model.operations[operation]?.input;
        checks.set(operation, input === undefined ? undefined : validatorOf(input));
      }
      return checks.get(operation);
    },
  };
}
