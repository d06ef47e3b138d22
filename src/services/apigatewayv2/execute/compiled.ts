/** Deployments of HTTP and WebSocket APIs made ready to answer, once for each that is in use. */
import type { Authorizer, Integration, IntegrationResponse, Route, RouteResponse } from '#models/apigatewayv2';
import {
  type BodyCheck,
  compileSchema,
  compileTemplate,
  Made,
  PathTree,
  Remembered,
  type Template,
  variablesOf,
} from '../../api-gateway/port.ts';
import type { Snapshot } from '../state.ts';

/** What an authorizer said: yes or no, or a policy. */
export type Said =
  | { context: object; isAuthorized: boolean }
  | { context: object; policy: string; principalId: string | undefined };

export type CompiledRoute = {
  route: Route & { responses?: readonly RouteResponse[] };
  /** `/pets/{id}`; nothing for `$default`. */
  path: string;
  variables: readonly string[];
  integration: (Integration & { responses?: readonly IntegrationResponse[] }) | undefined;
  authorizer: Authorizer | undefined;
};

const compiled = new WeakMap<Snapshot, CompiledApi>();

/** A deployment, ready to answer. */
export function compiledOf(snapshot: Snapshot): CompiledApi {
  let known = compiled.get(snapshot);
  if (known === undefined) compiled.set(snapshot, (known = new CompiledApi(snapshot)));
  return known;
}

export class CompiledApi {
  readonly api: Snapshot['api'];
  /** Answers of authorizers, by what they were asked. */
  readonly authorizations = new Remembered<Said>();
  readonly byKey: ReadonlyMap<string, CompiledRoute>;
  #tree = new PathTree<Map<string, CompiledRoute>>();
  #snapshot: Snapshot;
  #templates = new Made<Template>();
  #checks = new Made<BodyCheck>();

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    this.api = snapshot.api;
    const routes = snapshot.routes.map((route) => this.#route(route));
    this.byKey = new Map(routes.map((one) => [one.route.RouteKey, one]));
    const byPath = new Map<string, Map<string, CompiledRoute>>();
    for (const one of routes) {
      if (one.path === '') continue;
      const [method = ''] = one.route.RouteKey.split(' ');
      // Two paths whose variables are called differently are the same.
      const shape = one.path.replace(/\{[^}+]*(\+?)\}/g, '{$1}');
      const known = byPath.get(shape) ?? new Map<string, CompiledRoute>();
      if (!byPath.has(shape)) this.#tree.add(one.path, known);
      byPath.set(shape, known);
      known.set(method, one);
    }
  }

  #route(route: Snapshot['routes'][number]): CompiledRoute {
    const path = /^\w+ (\/.*)$/s.exec(route.RouteKey)?.[1] ?? '';
    const id = route.Target?.replace('integrations/', '');
    return {
      route,
      path,
      variables: variablesOf(path),
      integration: this.#snapshot.integrations.find(({ IntegrationId }) => IntegrationId === id),
      authorizer: this.#snapshot.authorizers.find(({ AuthorizerId }) => AuthorizerId === route.AuthorizerId),
    };
  }

  /** The route that a request means. */
  find(method: string, path: string): { route: CompiledRoute; parameters: Record<string, string> } | undefined {
    const found = this.#tree.find(path, (methods) => methods.has(method) || methods.has('ANY'));
    const route = found?.value.get(method) ?? found?.value.get('ANY') ?? this.byKey.get('$default');
    if (route === undefined) return undefined;
    const parameters = route.variables.map((name, at) => [name, found?.variables[at] ?? '']);
    return { route, parameters: Object.fromEntries(parameters) };
  }

  template(text: string): Template {
    return this.#templates.of(text, () => compileTemplate(text));
  }

  /** The check of a model; undefined where there is no such model. */
  check(model: string): BodyCheck | undefined {
    const schemaOf = (name: string) => this.#snapshot.models.find(({ Name }) => Name === name)?.Schema;
    const text = schemaOf(model);
    return text === undefined ? undefined : this.#checks.of(model, () => compileSchema(text, schemaOf));
  }
}
