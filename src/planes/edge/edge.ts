/** The edge plane: what viewers ask of distributions, answered from caches near to them, or by origins. */
import type {
  EdgeCode,
  EdgeDistribution,
  EdgePassage,
  EdgePlane,
  EdgeReply,
  EdgeRequest,
  EdgeRun,
  EdgeServices,
} from '#kernel/contract';
import { VIEWER_HEADER } from '#kernel/world';
import { Cache, type CacheLimits } from './cache.ts';
import { EdgeCodes, storesOf } from './codes.ts';
import { behaviorFor, compile } from './compile.ts';
import { Copies, type Obtained } from './copies.ts';
import { encryptFields } from './fields.ts';
import { faultOf } from './functions/event.ts';
import { FunctionRunner } from './functions/runner.ts';
import { spotOf } from './location.ts';
import { invalidates } from './match.ts';
import { viaOf } from './origin-headers.ts';
import { Outside } from './outside.ts';
import { recordOf } from './record.ts';
import { FUNCTION_FAILED, FUNCTION_INVALID, withBody } from './refusal.ts';
import { hasStrayBody, refuse } from './refuse.ts';
import { applyRules, type Result, replyOf, stampOf, wholeOf } from './reply.ts';
import { type Transit, turnedTo } from './transit.ts';
import { factsOf } from './viewer.ts';

export class Edge implements EdgePlane {
  readonly #cache: Cache;
  readonly #outside = new Outside();
  readonly #runner = new FunctionRunner();
  readonly #copies: Copies;
  readonly #codes = new EdgeCodes(this.#runner);

  /** @param folder for long bodies */
  constructor(folder: () => string, limits?: CacheLimits) {
    this.#cache = new Cache(limits);
    this.#copies = new Copies(this.#cache, this.#outside, this.#codes, folder);
  }

  answer(spec: EdgeDistribution, request: EdgeRequest, services: EdgeServices): EdgeReply | Promise<EdgeReply> {
    const compiled = compile(spec);
    const { method, path, query, headers } = request;
    const t: Transit = {
      compiled,
      spot: spotOf(headers[VIEWER_HEADER], spec.reach),
      services,
      request,
      id: services.id(),
      startedAt: services.now(),
      behavior: behaviorFor(compiled, path),
      method,
      path: path === '/' && spec.rootObject !== '' ? `/${spec.rootObject}` : path,
      query,
      headers: headers as Record<string, string>,
    };
    const refusal = refuse(t);
    if (refusal !== undefined) {
      const { status, headers: own, body, isPaged = false, detail } = refusal;
      t.detail = detail;
      t.isLogged = refusal.isLogged;
      const refused = { status, headers: own, body };
      if (isPaged && pageFor(t, status) !== undefined) return this.#refuseWithPage(t, refused);
      return this.#finish(t, refused, status < 400 ? 'Redirect' : 'Error');
    }
    if (!t.behavior.hasCode) {
      const hit = this.#copies.fresh(t);
      if (hit !== undefined && hit.status < 400) return this.#finish(t, replyOf(t, hit, t.startedAt), 'Hit');
    }
    return this.#answerByAsking(t);
  }

  async #refuseWithPage(t: Transit, refused: EdgeReply): Promise<EdgeReply> {
    return this.#finish(t, (await this.#errorPage(t, refused.status)) ?? refused, 'Error');
  }

  async #answerByAsking(t: Transit): Promise<EdgeReply> {
    const made = t.behavior.hasCode ? await this.#codes.viewerRequest(t) : undefined;
    if (made !== undefined) return this.#finish(t, made.reply, made.result);
    const refusal = await encryptFields(t);
    if (refusal !== undefined) return this.#finish(t, refusal, 'Error');
    const obtained = await this.#copies.obtain(t);
    const { entry, result, isPassed } = obtained;
    t.layer = obtained.layer;
    t.detail = obtained.layer === 'Origin Shield' ? 'OriginShieldHit' : result === 'Miss' ? entry.detail : undefined;
    const page = entry.status >= 400 ? await this.#errorPage(t, entry.status) : undefined;
    if (page !== undefined) {
      entry.body.discard();
      return this.#finish(t, page, 'Error');
    }
    const told = result === 'Miss' ? entry.result : undefined;
    if (entry.status >= 400) return this.#finish(t, wholeOf(t, entry, ageOf(t, obtained)), told ?? 'Error');
    if (isPassed === true) return this.#end(t, wholeOf(t, entry), told ?? result);
    if (t.headers.range !== undefined && !entry.body.isThrough && entry.headers['content-length'] === undefined) {
      // Source: CloudFront Developer Guide, "How CloudFront processes partial requests …": what an origin sends in chunks is given whole.
      if (result === 'Miss' && !entry.body.isDone) return this.#end(t, wholeOf(t, entry), told ?? result);
      // A range of what has no length yet can't be told.
      await entry.body.whenDone();
    }
    return this.#end(t, replyOf(t, entry, ageOf(t, obtained)), told ?? result);
  }

  /** Where the page itself is an error, that is what viewers get. Source: CloudFront Developer Guide, "Generate custom error responses". */
  async #errorPage(t: Transit, status: number): Promise<EdgeReply | undefined> {
    const { path, as = status } = pageFor(t, status) ?? {};
    if (path === undefined) return undefined;
    const obtained = await this.#copies.obtain(turnedTo(t, path, behaviorFor(t.compiled, path)));
    const reply = wholeOf(t, obtained.entry, ageOf(t, obtained));
    return obtained.entry.status >= 400 ? reply : { ...reply, status: as };
  }

  /**
   * What an origin has given, and a function may still change; not what a function gave itself, nor errors and their pages.
   * Source: CloudFront Developer Guide, "CloudFront events that can trigger a Lambda@Edge function", Viewer response.
   */
  async #end(t: Transit, reply: EdgeReply, result: Result): Promise<EdgeReply> {
    const { responseHeaders } = t.behavior.spec;
    if (responseHeaders !== undefined) applyRules(responseHeaders, t, reply, result);
    const last = t.behavior.hasCode ? await this.#codes.viewerResponse(t, { reply, result }) : { reply, result };
    return this.#finish(t, last.reply, last.result, true);
  }

  #finish(t: Transit, reply: EdgeReply, result: Result, isRuled = false): EdgeReply {
    const { responseHeaders } = t.behavior.spec;
    if (!isRuled && responseHeaders !== undefined) applyRules(responseHeaders, t, reply, result);
    Object.assign(reply.headers, stampOf(t.compiled.spec.hop, t.spot, t.id, result));
    t.services.answered(recordOf(t, reply, result));
    return reply;
  }

  pass(request: Parameters<EdgePlane['pass']>[0], hop: string, id: string): EdgePassage {
    const { headers } = request;
    const spot = spotOf(headers[VIEWER_HEADER], 'all');
    return {
      facts: factsOf({ request, spot, headers }),
      via: viaOf(hop, headers.via),
      stampOf: (result) => stampOf(hop, spot, id, result),
      refusal: hasStrayBody(request) ? withBody(id) : undefined,
    };
  }

  invalidate(id: string, paths: readonly string[]): void {
    this.#cache.invalidate(id, invalidates(paths));
  }

  forget(): void {
    this.#cache.clear();
  }

  async run(code: EdgeCode, event: string, services: Pick<EdgeServices, 'now' | 'store'>): Promise<EdgeRun> {
    const stores = storesOf(code, services);
    const { error, ...run } = await this.#runner.run({ code, event, stores, about: { now: services.now() } });
    if (error !== undefined) return { ...run, error: `${FUNCTION_FAILED}. ${error}` };
    const fault = code.isOfConnections === true || run.output === undefined ? undefined : faultOf(event, run.output);
    return fault === undefined ? run : { ...run, error: `${FUNCTION_INVALID}: ${fault}.` };
  }

  async close(): Promise<void> {
    this.#cache.clear();
    this.#outside.close();
    this.#runner.close();
  }
}

/** The page that viewers get in place of an error. */
function pageFor({ compiled }: Transit, status: number) {
  return compiled.spec.errors.find((one) => one.status === status && one.path !== undefined);
}

/** The time by which an answer has an age: one that comes from a cache. */
function ageOf({ services }: Transit, { result }: Obtained): number | undefined {
  return result === 'Miss' ? undefined : services.now();
}
