/** Deployments made ready to answer: a tree of paths, checks and templates made once, when first needed. */
import type {
  Authorizer,
  GatewayResponse,
  Integration,
  Method,
  RequestValidator,
  Resource,
  RestApi,
} from '#models/api-gateway';
import type { Snapshot } from '../state.ts';
import { ResponseCache } from './cache.ts';
import { Made } from './made.ts';
import { PathTree, variablesOf } from './paths.ts';
import { Remembered } from './remembered.ts';
import { type SafeRegex, safeRegex } from './safe-regex.ts';
import { type BodyCheck, compileSchema } from './schema.ts';
import type { Verdict } from './verdict.ts';
import { compileTemplate, type Template } from './vtl/render.ts';

export type CompiledMethod = {
  resourceId: string;
  /** `/pets/{id}`. */
  path: string;
  variables: readonly string[];
  httpMethod: string;
  method: Method;
  integration: Integration;
  validator: RequestValidator | undefined;
  authorizer: Authorizer | undefined;
  /** Tried in order; those without a pattern come last. */
  responses: readonly { pattern: SafeRegex | undefined; status: string; response: IntegrationResponse }[];
};

type IntegrationResponse = NonNullable<Integration['integrationResponses']>[string];
type CompiledResource = { methods: ReadonlyMap<string, CompiledMethod> };

const compiled = new WeakMap<Snapshot, CompiledApi>();

/** A deployment, ready to answer; made once for each that is in use. */
export function compiledOf(snapshot: Snapshot): CompiledApi {
  let known = compiled.get(snapshot);
  if (known === undefined) compiled.set(snapshot, (known = new CompiledApi(snapshot)));
  return known;
}

type Found = { method: CompiledMethod; parameters: Record<string, string>; sent: Record<string, string> };

export class CompiledApi {
  readonly api: RestApi;
  readonly cache = new ResponseCache();
  /** Answers of authorizers, by what they were asked. */
  readonly authorizations = new Remembered<Verdict>();
  #snapshot: Snapshot;
  #tree = new PathTree<CompiledResource>();
  #responses: ReadonlyMap<string, GatewayResponse>;
  #checks = new Made<BodyCheck>();
  #templates = new Made<Template>();
  #binary: readonly RegExp[];

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    this.api = snapshot.api;
    this.#responses = new Map(snapshot.gatewayResponses.map((one) => [one.responseType ?? '', one]));
    this.#binary = (snapshot.api.binaryMediaTypes ?? []).map(mediaPattern);
    for (const resource of snapshot.resources) {
      if (resource.resourceMethods !== undefined) this.#tree.add(resource.path ?? '/', this.#resource(resource));
    }
  }

  #resource(resource: Resource): CompiledResource {
    const methods = Object.values(resource.resourceMethods ?? {}) as Method[];
    return { methods: new Map(methods.map((method) => [method.httpMethod ?? '', this.#method(resource, method)])) };
  }

  #method({ id = '', path = '/' }: Resource, method: Method): CompiledMethod {
    const integration = method.methodIntegration ?? {};
    const responses = Object.values(integration.integrationResponses ?? {}) as IntegrationResponse[];
    return {
      resourceId: id,
      path,
      variables: variablesOf(path),
      httpMethod: method.httpMethod ?? '',
      method,
      integration,
      validator: this.#snapshot.validators.find((one) => one.id === method.requestValidatorId),
      authorizer: this.#snapshot.authorizers.find((one) => one.id === method.authorizerId),
      responses: responses
        .map((response) => ({
          pattern: response.selectionPattern ? safeRegex(response.selectionPattern) : undefined,
          status: response.statusCode ?? '200',
          response,
        }))
        .sort((a, b) => Number(a.pattern === undefined) - Number(b.pattern === undefined)),
    };
  }

  /** The method that a request means, and the values of the path's variables, decoded and as they were sent. */
  find(httpMethod: string, path: string): Found | undefined {
    const found = this.#tree.find(path, ({ methods }) => methods.has(httpMethod) || methods.has('ANY'));
    const method = found?.value.methods.get(httpMethod) ?? found?.value.methods.get('ANY');
    if (found === undefined || method === undefined) return undefined;
    const named = (values: readonly string[]): Record<string, string> =>
      Object.fromEntries(method.variables.map((name, at) => [name, values[at] ?? '']));
    return { method, parameters: named(found.variables), sent: named(found.sent) };
  }

  /** A method by its resource, for those who try one. */
  methodOf(resourceId: string, httpMethod: string): CompiledMethod | undefined {
    const resource = this.#snapshot.resources.find(({ id }) => id === resourceId);
    return resource && this.#resource(resource).methods.get(httpMethod);
  }

  gatewayResponse(type: string): GatewayResponse | undefined {
    return this.#responses.get(type);
  }

  /** The check of a model; undefined where there is no such model. @throws {SchemaError} */
  check(model: string): BodyCheck | undefined {
    const schemaOf = (name: string) => this.#snapshot.models.find((one) => one.name === name)?.schema;
    const text = schemaOf(model);
    return text === undefined ? undefined : this.#checks.of(model, () => compileSchema(text, schemaOf));
  }

  template(text: string): Template {
    return this.#templates.of(text, () => compileTemplate(text));
  }

  /** Whether bodies of a type are not text. Source: API Gateway Developer Guide, "Binary media types for REST APIs". */
  isBinary(type: string | undefined): boolean {
    const plain = (type ?? 'application/json').replace(/\s*[;,].*$/s, '').toLowerCase();
    return this.#binary.some((pattern) => pattern.test(plain));
  }
}

function mediaPattern(type: string): RegExp {
  const escaped = type.toLowerCase().replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '[^/]*')}$`);
}
