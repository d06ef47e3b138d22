/** The edge plane: what viewers ask of distributions, answered from caches near to them, or by origins. */
import type {
  EdgeCode,
  EdgeDistribution,
  EdgePlane,
  EdgeReply,
  EdgeRequest,
  EdgeRun,
  EdgeServices,
} from '#kernel/contract';
import { Cache, type CacheLimits, type Entry } from './cache.ts';
import { EdgeCodes } from './codes.ts';
import { behaviorFor, compile } from './compile.ts';
import { Copies } from './copies.ts';
import { encryptFields } from './fields.ts';
import { FunctionRunner } from './functions/runner.ts';
import { spotOf, VIEWER_HEADER } from './location.ts';
import { invalidates } from './match.ts';
import { Outside } from './outside.ts';
import { refuse } from './refuse.ts';
import { applyRules, type Result, replyOf, stamp } from './reply.ts';
import { type Transit, turnedTo } from './transit.ts';

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
      const { status, headers: own, body } = refusal;
      return this.#finish(t, { status, headers: own, body }, status === 301 ? 'Redirect' : 'Error');
    }
    if (!t.behavior.hasCode) {
      const hit = this.#copies.fresh(t);
      if (hit !== undefined && hit.status < 400) return this.#finish(t, replyOf(t, hit, true, t.startedAt), 'Hit');
    }
    return this.#answerByAsking(t);
  }

  async #answerByAsking(t: Transit): Promise<EdgeReply> {
    const made = t.behavior.hasCode ? await this.#codes.viewerRequest(t) : undefined;
    if (made !== undefined) return this.#end(t, made.reply, made.result);
    const refusal = await encryptFields(t);
    if (refusal !== undefined) return this.#end(t, refusal, 'Error');
    const { entry, result } = await this.#copies.obtain(t);
    // A range of what has no length yet can't be told.
    if (t.headers.range !== undefined && !entry.body.isThrough && entry.headers['content-length'] === undefined)
      await entry.body.whenDone();
    const page = entry.status >= 400 ? await this.#errorPage(t, entry) : undefined;
    if (page !== undefined) return this.#end(t, page, 'Error');
    const isError = entry.status >= 400;
    return this.#end(
      t,
      replyOf(t, entry, result === 'Hit' || result === 'RefreshHit', t.services.now()),
      isError ? 'Error' : result,
    );
  }

  /** Source: CloudFront Developer Guide, "Generate custom error responses". */
  async #errorPage(t: Transit, { status }: Entry): Promise<EdgeReply | undefined> {
    const rule = t.compiled.spec.errors.find((one) => one.status === status);
    if (rule?.path === undefined) return undefined;
    const asked = turnedTo(t, rule.path, behaviorFor(t.compiled, rule.path));
    const { entry } = await this.#copies.obtain(asked);
    if (entry.status >= 400) return undefined;
    const headers = { ...entry.headers };
    return {
      status: rule.as ?? status,
      headers,
      body: t.method === 'HEAD' ? '' : (entry.body.whole() ?? entry.body.read()),
    };
  }

  async #end(t: Transit, reply: EdgeReply, result: Result): Promise<EdgeReply> {
    const { responseHeaders } = t.behavior.spec;
    if (responseHeaders !== undefined) applyRules(responseHeaders, t, reply, result);
    const isChanged = t.behavior.hasCode && reply.status < 400;
    const last = isChanged ? await this.#codes.viewerResponse(t, { reply, result }) : { reply, result };
    return this.#finish(t, last.reply, last.result, true);
  }

  #finish(t: Transit, reply: EdgeReply, result: Result, isRuled = false): EdgeReply {
    const { responseHeaders } = t.behavior.spec;
    if (!isRuled && responseHeaders !== undefined) applyRules(responseHeaders, t, reply, result);
    stamp(t, reply.headers, result);
    const { body, status, headers } = reply;
    const bytes =
      typeof body === 'string' ? Buffer.byteLength(body) : body instanceof Uint8Array ? body.length : body.length;
    t.services.answered({
      location: t.spot.pop,
      result,
      id: t.id,
      status,
      bytes,
      contentType: String(headers['content-type'] ?? ''),
      pattern: t.behavior.spec.pattern,
      millis: t.services.now() - t.startedAt,
      encryption: t.encryption,
    });
    return reply;
  }

  invalidate(id: string, paths: readonly string[]): void {
    this.#cache.invalidate(id, invalidates(paths));
  }

  forget(): void {
    this.#cache.clear();
  }

  run(code: EdgeCode, event: string): Promise<EdgeRun> {
    return this.#runner.run(code, event);
  }

  async close(): Promise<void> {
    this.#cache.clear();
    this.#outside.close();
    await this.#runner.close();
  }
}
