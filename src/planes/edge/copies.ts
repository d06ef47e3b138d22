/** Copies of what origins gave: in the edge location, behind it in the regional cache, and how they are brought up to date. */
import { type Millis, SECOND } from '#kernel/base';
import { Body, discard } from './body.ts';
import type { Cache, Entry } from './cache.ts';
import type { EdgeCodes } from './codes.ts';
import { errorTtlOf } from './compile.ts';
import { compressed } from './compress.ts';
import { directivesOf, ERROR_TTL_DEFAULT, fieldsNotKept, freshnessOf } from './freshness.ts';
import { keyOf } from './key.ts';
import { askOrigin, type OriginReply } from './origin.ts';
import type { Outside } from './outside.ts';
import { keptHeaders } from './reply.ts';
import { routeOf } from './route.ts';
import type { Layer, Transit } from './transit.ts';

/** `isPassed`: as the origin gave it to this very request. `layer`: the cache behind the edge location that had it. */
export type Obtained = {
  entry: Entry;
  result: 'Hit' | 'RefreshHit' | 'Miss';
  isPassed?: boolean;
  layer?: Layer | undefined;
};
/** `isKept`: others may have it, too. */
type Got = Obtained & { isKept: boolean };

type Tier = 'edge' | 'regional' | 'shield';
const LAYERS: { readonly [tier in Tier]?: Layer } = { regional: 'REC', shield: 'Origin Shield' };

export class Copies {
  readonly #cache: Cache;
  readonly #outside: Outside;
  readonly #codes: EdgeCodes;
  readonly #folder: () => string;
  /** Requests for the same object at the same time are one. */
  #asking = new Map<string, Promise<Got>>();

  constructor(cache: Cache, outside: Outside, codes: EdgeCodes, folder: () => string) {
    this.#cache = cache;
    this.#outside = outside;
    this.#codes = codes;
    this.#folder = folder;
  }

  /** What the edge location has, while it is fresh. */
  fresh(t: Transit): Entry | undefined {
    if (!isKeeping(t)) return undefined;
    const entry = this.#find(t, 'edge', keyOf(t));
    return entry !== undefined && t.startedAt < entry.freshUntil && !entry.isAskedAlways ? entry : undefined;
  }

  async obtain(t: Transit): Promise<Obtained> {
    return isKeeping(t) ? this.#get(t, 'edge', keyOf(t)) : this.#pass(t);
  }

  /** Straight to the origin and back. */
  async #pass(t: Transit): Promise<Got> {
    const reply = await askOrigin(t, undefined, this.#outside, this.#codes.ofOrigin(t));
    return { entry: this.#entryOf(t, reply, t.services.now()).entry, result: 'Miss', isKept: false, isPassed: true };
  }

  /** A HEAD is answered by what a GET has brought; OPTIONS has answers of its own. */
  #find(t: Transit, tier: Tier, key: string): Entry | undefined {
    const place = placeOf(t, tier);
    const own = t.method === 'OPTIONS' ? undefined : this.#cache.get(place + key);
    return own ?? (t.method === 'GET' ? undefined : this.#cache.get(`${place}${key}\n${t.method}`));
  }

  async #get(t: Transit, tier: Tier, key: string): Promise<Got> {
    const full = placeOf(t, tier) + (t.method === 'GET' ? key : `${key}\n${t.method}`);
    const found = this.#find(t, tier, key);
    const now = t.services.now();
    if (found !== undefined && !found.isAskedAlways) {
      if (now < found.freshUntil) return { entry: found, result: 'Hit', isKept: true };
      // The regional cache is asked by edge locations that want it fresh.
      if (tier === 'edge' && now < found.staleUntil) {
        if (!this.#asking.has(full)) t.services.track(this.#ask(t, tier, key, full, found).then(() => {}));
        return { entry: found, result: 'Hit', isKept: true };
      }
    }
    const asking = this.#asking.get(full);
    if (asking !== undefined) {
      const got = await asking;
      if (got.isKept) return { ...got, result: got.result === 'Miss' ? 'Hit' : got.result };
    }
    return this.#ask(t, tier, key, full, found);
  }

  #ask(t: Transit, tier: Tier, key: string, full: string, stale: Entry | undefined): Promise<Got> {
    const next = behind(t, tier);
    const asking = (
      next === undefined ? this.#fromOrigin(t, full, stale) : this.#fromTier(t, next, key, full, stale)
    ).finally(() => this.#asking.delete(full));
    this.#asking.set(full, asking);
    return asking;
  }

  async #fromTier(t: Transit, tier: Tier, key: string, full: string, stale: Entry | undefined): Promise<Got> {
    const generation = this.#cache.generation(t.compiled.spec.id);
    const { entry: given, isKept, result, layer } = await this.#get(t, tier, key);
    const entry = result === 'Miss' ? given : without(given);
    if (isKept) this.#cache.put(full, entry, t.compiled.spec.id, generation);
    const own = result === 'Hit' ? LAYERS[tier] : undefined;
    return { entry, isKept, layer: layer ?? own, result: stale?.body === entry.body ? 'RefreshHit' : 'Miss' };
  }

  async #fromOrigin(t: Transit, full: string, stale: Entry | undefined): Promise<Got> {
    // An invalidation may take it out of the cache before it has been found to be good.
    const release = stale?.body.hold();
    try {
      return await this.#refresh(t, full, stale);
    } finally {
      if (release !== undefined) t.services.track(soon().then(release));
    }
  }

  async #refresh(t: Transit, full: string, stale: Entry | undefined): Promise<Got> {
    const { id } = t.compiled.spec;
    const generation = this.#cache.generation(id);
    const condition = stale?.isAskedAlways === true || (stale?.status ?? 0) >= 400 ? undefined : stale;
    const reply = await askOrigin(t, condition, this.#outside, this.#codes.ofOrigin(t));
    const now = t.services.now();
    if (stale !== undefined && condition !== undefined && reply.status === 304) {
      const entry = renewed(t, stale, reply, now);
      this.#cache.put(full, entry, id, generation);
      return { entry, result: 'RefreshHit', isKept: true };
    }
    const saved = stale !== undefined && reply.status >= 500 ? savedFromError(t, stale, reply.status, now) : undefined;
    if (saved !== undefined) {
      discard(reply.body);
      this.#cache.put(full, saved, id, generation);
      return { entry: saved, result: 'Hit', isKept: true };
    }
    const { entry, filled } = this.#entryOf(t, reply, now);
    const isKept = entry.freshUntil >= now;
    if (isKept) {
      const isHeld = this.#cache.put(full, entry, id, generation);
      if (filled !== undefined) t.services.track(isHeld ? this.#watch(full, entry, filled) : leave(entry.body, filled));
    } else this.#cache.delete(full);
    return { entry, result: 'Miss', isKept };
  }

  /** What did not come to its end is forgotten. */
  async #watch(full: string, entry: Entry, filled: Promise<boolean>): Promise<void> {
    if (await filled) this.#cache.grown(entry.body);
    else if (this.#cache.get(full) === entry) this.#cache.delete(full);
  }

  #entryOf(t: Transit, reply: OriginReply, now: Millis): { entry: Entry; filled: Promise<boolean> | undefined } {
    const { ttl } = t.behavior.spec;
    const { headers, body: source } = compressed(t, { ...reply, headers: keptHeaders(reply.headers, t) });
    const freshness = isKeeping(t)
      ? freshnessOf(reply.status, headers, ttl, errorTtlOf(t.compiled, reply.status), now)
      : { fresh: undefined, stale: 0, staleIfError: undefined };
    const age = Number(reply.headers.age ?? 0);
    const { body, filled } = this.#bodyOf(source, freshness.fresh !== undefined);
    const freshUntil = freshness.fresh === undefined ? Number.NEGATIVE_INFINITY : now + freshness.fresh;
    const entry: Entry = {
      path: pathOf(t),
      status: reply.status,
      headers,
      body,
      bornAt: now - (Number.isFinite(age) ? age * SECOND : 0),
      freshUntil,
      staleUntil: freshUntil + freshness.stale,
      staleIfErrorUntil: freshness.staleIfError === undefined ? undefined : freshUntil + freshness.staleIfError,
      etag: textOf(headers.etag),
      lastModified: textOf(headers['last-modified']),
      isAskedAlways: textOf(headers.vary)?.trim() === '*' && ttl.min === 0,
      once: fieldsNotKept(headers),
      result: reply.result,
      detail: reply.detail,
    };
    return { entry, filled };
  }

  #bodyOf(source: OriginReply['body'], isKept: boolean): { body: Body; filled: Promise<boolean> | undefined } {
    if (typeof source === 'string') return { body: Body.of(Buffer.from(source)), filled: undefined };
    if (source instanceof Uint8Array) return { body: Body.of(source), filled: undefined };
    if (!isKept) return { body: Body.through(source), filled: undefined };
    const body = new Body(this.#folder);
    return { body, filled: body.fill(source, source.length) };
  }
}

/** Whether copies are kept of what is asked for. */
function isKeeping({ behavior, method }: Transit): boolean {
  return behavior.isCached && behavior.cachedMethods.has(method);
}

/** The cache that one asks in its turn; undefined where that is the origin. */
function behind(t: Transit, tier: Tier): Tier | undefined {
  if (tier === 'edge') return 'regional';
  return tier === 'regional' && shieldOf(t) !== undefined ? 'shield' : undefined;
}

/** Where the one cache is through which all others ask the origin, or the first of a group. */
function shieldOf(t: Transit): string | undefined {
  return routeOf(t).origins[0]?.shield;
}

/** Begins the keys of a place; the distribution's id comes first. */
function placeOf(t: Transit, tier: Tier): string {
  const { compiled, spot } = t;
  const place = { edge: spot.code, regional: `${spot.regional}/`, shield: `${shieldOf(t)}/shield` }[tier];
  return `${compiled.spec.id} ${place} `;
}

function pathOf(t: Transit): string {
  const [first = ''] = keyOf(t).split('\n', 1);
  return first;
}

/** An entry as a cache has it. */
function without(entry: Entry): Entry {
  if (entry.once.length === 0) return entry;
  const headers = Object.entries(entry.headers).filter(([name]) => !entry.once.includes(name));
  return { ...entry, headers: Object.fromEntries(headers), once: [] };
}

/** What no cache has taken ends with those who read it now. */
async function leave(body: Body, filled: Promise<boolean>): Promise<void> {
  await filled;
  await soon();
  body.drop();
}

/** When those who wait for an entry have begun to read it. */
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

function textOf(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header);
}

/**
 * An entry of which the origin says that it has not changed. Headers that it sends again take the place of the old ones, unless they describe the
 * body, which a 304 has not. Source: RFC 9111, 3.2.
 */
function renewed(t: Transit, stale: Entry, reply: OriginReply, now: Millis): Entry {
  const fresh = keptHeaders(reply.headers, t);
  for (const name of ['content-length', 'content-encoding', 'content-type', 'content-range']) delete fresh[name];
  const headers = { ...stale.headers, ...fresh, ...(stale.headers.etag !== undefined && { etag: stale.headers.etag }) };
  const {
    fresh: millis = 0,
    stale: more,
    staleIfError,
  } = freshnessOf(200, headers, t.behavior.spec.ttl, undefined, now);
  const freshUntil = now + millis;
  return {
    ...stale,
    headers,
    bornAt: now,
    freshUntil,
    staleUntil: freshUntil + more,
    staleIfErrorUntil: staleIfError === undefined ? undefined : freshUntil + staleIfError,
  };
}

/**
 * The stale copy, once more, when the origin fails: for as long as stale-if-error allows; where the origin said nothing of it, until it
 * is asked again after the error's time, also where the error has a page. Source: CloudFront Developer Guide, "How CloudFront processes HTTP
 * 4xx and 5xx status codes from your origin".
 */
function savedFromError(t: Transit, stale: Entry, status: number, now: Millis): Entry | undefined {
  if (stale.status >= 400 || directivesOf(stale.headers['cache-control']).has('must-revalidate')) return undefined;
  if (stale.staleIfErrorUntil !== undefined && now >= stale.staleIfErrorUntil) return undefined;
  return { ...stale, freshUntil: now + (errorTtlOf(t.compiled, status) ?? ERROR_TTL_DEFAULT) * SECOND };
}
