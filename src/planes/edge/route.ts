/**
 * To which origins a request goes: those of its behaviour, or what a small function has made of them.
 * Source: CloudFront Developer Guide, "Helper methods for origin modification".
 */
import { SECOND } from '#kernel/base';
import type { EdgeOrigin } from '#kernel/contract';
import { headerName, headerValue, Invalid, isDisallowed } from './functions/headers.ts';
import type { Route, Transit } from './transit.ts';

/** Where a request goes. */
export function routeOf(t: Transit): Route {
  if (t.route !== undefined) return t.route;
  const { target } = t.behavior.spec;
  const group = t.compiled.spec.groups.get(target);
  const members: readonly string[] = group?.members ?? [target];
  return { origins: members.flatMap((id) => t.compiled.spec.origins.get(id) ?? []), statuses: group?.statuses ?? [] };
}

type Given = Record<string, unknown>;

/** Where a request goes after a function has said something of it, as JSON. @throws {Invalid} */
export function routeChosen(t: Transit, text: string): Route {
  const [kind, first, second] = JSON.parse(text) as unknown[];
  const route = { ...routeFor(t, kind, first, second), chosen: text };
  if (route.origins.length === 0) throw new Invalid('there is no such origin');
  return route;
}

function routeFor(t: Transit, kind: unknown, first: unknown, second: unknown): Route {
  const named = (id: unknown) => t.compiled.spec.origins.get(String(id)) ?? missing();
  if (kind === 'select') {
    const origin = named(first);
    return {
      origins: [second === undefined || second === null ? origin : updated(origin, objectOf(second))],
      statuses: [],
    };
  }
  if (kind === 'group') {
    const { originIds, failoverCriteria } = objectOf(first);
    const { statusCodes } = objectOf(failoverCriteria);
    if (!Array.isArray(originIds) || originIds.length !== 2) throw new Invalid('a group has two origins');
    if (!Array.isArray(statusCodes) || statusCodes.length === 0) throw new Invalid('a group has no status codes');
    const ids = originIds.map((one: unknown) => (typeof one === 'string' ? one : objectOf(one).originId));
    return { origins: ids.map(named), statuses: statusCodes.map(Number) };
  }
  const { origins, statuses } = routeOf(t);
  const [before, ...rest] = origins;
  return before === undefined ? missing() : { origins: [updated(before, objectOf(first)), ...rest], statuses };
}

function missing(): never {
  throw new Invalid('there is no such origin');
}

/** What is not said stays as it is. */
function updated(before: EdgeOrigin, given: Given): EdgeOrigin {
  const domain = given.domainName ?? before.domain;
  const path = given.originPath ?? before.path;
  if (typeof domain !== 'string' || !/^\w([\w.-]{0,251}\w)?$/.test(domain)) throw new Invalid('an origin has no name');
  if (typeof path !== 'string' || !/^(\/[\x21-\x7e]*[^/\s])?$/.test(path))
    throw new Invalid("an origin's path can't be used");
  const attempts = numberIn(given.connectionAttempts, before.attempts, 1, 3);
  const host = given.hostHeader === undefined ? undefined : headerValue(given.hostHeader);
  const { readTimeout, connectionTimeout } = objectOf(given.timeouts);
  return {
    ...before,
    domain,
    path,
    attempts,
    readTimeout: numberIn(readTimeout, before.readTimeout / SECOND, 1, 120) * SECOND,
    connectTimeout: numberIn(connectionTimeout, before.connectTimeout / SECOND, 1, 10) * SECOND,
    shield: shieldIn(given.originShield, before),
    ...(host !== undefined && { host }),
    ...(given.customHeaders !== undefined && { headers: headersIn(objectOf(given.customHeaders)) }),
    ...signingIn(given.originAccessControlConfig),
    ...reachIn(given.customOriginConfig),
  };
}

function shieldIn(given: unknown, { shield }: EdgeOrigin): string | undefined {
  if (given === undefined) return shield;
  const { enabled, region } = objectOf(given);
  return enabled === true ? headerValue(region) : undefined;
}

function headersIn(given: Given): [name: string, value: string][] {
  return Object.entries(given).map(([written, value]) => {
    const name = headerName(written);
    if (isDisallowed(name)) throw new Invalid(`${name} can't be set`);
    return [name, headerValue(value)];
  });
}

function signingIn(given: unknown): Pick<EdgeOrigin, 'signing'> {
  if (given === undefined) return {};
  const { enabled, signingBehavior } = objectOf(given);
  if (enabled !== true) return { signing: 'never' };
  if (signingBehavior !== 'always' && signingBehavior !== 'never' && signingBehavior !== 'no-override')
    throw new Invalid('signingBehavior is unknown');
  return { signing: signingBehavior };
}

function reachIn(given: unknown): Partial<EdgeOrigin> {
  if (given === undefined) return {};
  const { port, protocol } = objectOf(given);
  const at = numberIn(port ?? null, 0, 80, 65_535);
  if (protocol === 'http') return { bucket: undefined, protocol: 'http-only', httpPort: at };
  if (protocol === 'https') return { bucket: undefined, protocol: 'https-only', httpsPort: at };
  throw new Invalid('the protocol is unknown');
}

function numberIn(given: unknown, before: number, least: number, most: number): number {
  if (given === undefined) return before;
  if (typeof given !== 'number' || !(given >= least && given <= most)) throw new Invalid("a number can't be used");
  return given;
}

function objectOf(value: unknown): Given {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Invalid('an object is missing');
  return value as Given;
}
