/** Code that runs at the edge: small functions here, others by whoever runs the edge; and what it makes of requests and answers. */

import type { EdgeCode, EdgeEvent, EdgeReply, EdgeRun, EdgeServices, EdgeStore, OriginRequest } from '#kernel/contract';
import { changedReply, replyFromSmall, requestFromSmall, smallEvent } from './functions/event.ts';
import { Invalid } from './functions/headers.ts';
import { BYTES_MAX, lambdaEvent, lambdaReply, lambdaRequest, madeReply } from './functions/lambda.ts';
import type { LambdaReply, LambdaRequest } from './functions/lambda-headers.ts';
import { lambdaOrigin } from './functions/lambda-origin.ts';
import type { FunctionRunner } from './functions/runner.ts';
import { edgeLocation } from './location.ts';
import type { OriginCode, OriginReply } from './origin.ts';
import { functionFailed, functionInvalid, lambdaFailed, lambdaInvalid } from './refusal.ts';
import type { Result } from './reply.ts';
import { routeChosen } from './route.ts';
import type { Transit } from './transit.ts';

export type Made = { reply: EdgeReply; result: Result };

export class EdgeCodes {
  readonly #runner: FunctionRunner;

  constructor(runner: FunctionRunner) {
    this.#runner = runner;
  }

  /** @param use makes something of what it gave @throws {Invalid} where that can't be */
  async #run<T>(
    t: Transit,
    code: EdgeCode,
    { eventType, reply }: { eventType: EdgeEvent; reply?: EdgeReply },
    use: (value: unknown, run: EdgeRun) => T,
  ): Promise<T | undefined> {
    const event = smallEvent(t, eventType, reply);
    const about = {
      now: t.services.now(),
      ...(t.query !== '' && { query: t.query }),
      ...(eventType === 'viewer-request' && { edgeLocation: edgeLocation(t.spot) }),
    };
    const stores = storesOf(code, t.services);
    const run = await this.#runner.run({ code, event: JSON.stringify(event), stores, about });
    try {
      const made = run.output === undefined || run.error !== undefined ? undefined : use(JSON.parse(run.output), run);
      t.services.ran(code, run, t.id);
      return made;
    } catch (error) {
      t.services.ran(code, { ...run, isInvalid: error instanceof Invalid }, t.id);
      throw error;
    }
  }

  /** Changes the request as the code says; an answer where the code gives one itself. */
  async viewerRequest(t: Transit): Promise<Made | undefined> {
    const { functions, lambdas } = t.behavior.spec;
    t.headers = { ...t.headers };
    const small = functions['viewer-request'];
    try {
      if (small !== undefined) {
        const made = await this.#run(t, small, { eventType: 'viewer-request' }, (value, { origin }) => {
          const reply = replyFromSmall(value);
          if (reply !== undefined) return { reply };
          const changed = requestFromSmall(t, value);
          return origin === undefined ? { changed } : { changed, route: routeChosen(t, origin) };
        });
        if (made === undefined) return { reply: functionFailed(t.id), result: 'FunctionExecutionError' };
        if (made.reply !== undefined) return { reply: byEdge(made.reply), result: 'FunctionGeneratedResponse' };
        Object.assign(t, made.changed);
        if (made.route !== undefined) t.route = made.route;
      }
      const lambda = lambdas['viewer-request'];
      if (lambda === undefined) return undefined;
      const shown = lambda.includeBody ? await peek(t.body ?? t.request.body, BYTES_MAX['viewer-request']) : undefined;
      if (shown !== undefined) t.body = shown.body;
      const event = lambdaEvent(t, 'viewer-request', requestOf(t), shown && { shown });
      const value = await invoke(t, lambda.arn, event);
      const reply = madeReply(value, 'viewer-request');
      if (reply !== undefined) return { reply: byEdge(reply), result: 'LambdaGeneratedResponse' };
      const changed = lambdaRequest(value, 'viewer-request', requestOf(t));
      t.path = changed.path;
      t.query = changed.query;
      t.headers = changed.headers;
      if (changed.body instanceof Uint8Array) t.body = changed.body;
      return undefined;
    } catch (error) {
      return failureOf(error, small !== undefined, t.id);
    }
  }

  /** Changes an answer on its way to the viewer. */
  async viewerResponse(t: Transit, { reply, result }: Made): Promise<Made> {
    const { functions, lambdas } = t.behavior.spec;
    const small = functions['viewer-response'];
    try {
      let last = reply;
      if (small !== undefined) {
        const made = await this.#run(t, small, { eventType: 'viewer-response', reply }, (value) =>
          changedReply(reply, value),
        );
        if (made === undefined) return { reply: functionFailed(t.id), result: 'FunctionExecutionError' };
        last = made;
      }
      const lambda = lambdas['viewer-response'];
      if (lambda === undefined) return { reply: last, result };
      const value = await invoke(t, lambda.arn, lambdaEvent(t, 'viewer-response', requestOf(t), { reply: last }));
      return { reply: lambdaReply(value, 'viewer-response', last), result };
    } catch (error) {
      return failureOf(error, small !== undefined, t.id);
    }
  }

  /** What functions between the caches and the origin do; undefined where there are none. */
  ofOrigin(t: Transit): OriginCode | undefined {
    const { lambdas } = t.behavior.spec;
    const before = lambdas['origin-request'];
    const after = lambdas['origin-response'];
    if (before === undefined && after === undefined) return undefined;
    return {
      async before(transit, request, origin) {
        if (before === undefined) return { request, origin };
        return guarded(t.id, async () => {
          const shown = before.includeBody ? await peek(request.body, BYTES_MAX['origin-request']) : undefined;
          const asked = shown === undefined ? request : { ...request, body: shown.body };
          const event = lambdaEvent(transit, 'origin-request', asked, {
            origin,
            ...(shown !== undefined && { shown }),
          });
          const value = await invoke(transit, before.arn, event);
          const reply = madeReply(value, 'origin-request');
          if (reply !== undefined) return { ...byEdge(reply), result: 'LambdaGeneratedResponse' as const };
          const changed = lambdaOrigin(value, origin);
          return { request: lambdaRequest(value, 'origin-request', asked, changed), origin: changed };
        });
      },
      async after(transit, { request, origin }, reply) {
        if (after === undefined) return reply;
        return guarded(t.id, async () => {
          const value = await invoke(
            transit,
            after.arn,
            lambdaEvent(transit, 'origin-response', request, { reply, origin }),
          );
          return { ...reply, ...lambdaReply(value, 'origin-response', reply) };
        });
      },
    };
  }
}

/** The key value stores that a function may read, as they are now. */
export function storesOf(code: EdgeCode, services: Pick<EdgeServices, 'store'>): EdgeStore[] {
  return code.stores.flatMap((id) => services.store(id) ?? []);
}

/** The first bytes of a body, and the body again, from its beginning. */
async function peek(body: OriginRequest['body'], limit: number) {
  if (body instanceof Uint8Array) return { head: body.subarray(0, limit), isCut: body.length > limit, body };
  const iterator = body[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let size = 0;
  while (size <= limit) {
    const next = await iterator.next();
    if (next.done === true) {
      const whole = Buffer.concat(pieces);
      return { head: whole, isCut: false, body: whole };
    }
    pieces.push(next.value);
    size += next.value.length;
  }
  const begun = Buffer.concat(pieces);
  const again = rejoined(begun, iterator);
  return {
    head: begun.subarray(0, limit),
    isCut: true,
    body: { length: body.length, [Symbol.asyncIterator]: () => again },
  };
}

async function* rejoined(begun: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield begun;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** What code has made itself is CloudFront's. Source: users' answers of `FunctionGeneratedResponse` and `LambdaGeneratedResponse`, all with `Server: CloudFront`. */
function byEdge<T extends EdgeReply>(reply: T): T {
  return { ...reply, headers: { server: 'CloudFront', ...reply.headers } };
}

async function guarded<T>(id: string, work: () => Promise<T>): Promise<T | OriginReply> {
  try {
    return await work();
  } catch (error) {
    const { reply, result } = failureOf(error, false, id);
    return { ...reply, result, own: true };
  }
}

async function invoke(t: Transit, arn: string, event: object): Promise<LambdaRequest & LambdaReply> {
  const value: unknown = JSON.parse(await t.services.invoke(arn, JSON.stringify(event)));
  if (typeof value !== 'object' || value === null) throw new Invalid('a function gave no object');
  return value as LambdaRequest & LambdaReply;
}

function failureOf(error: unknown, isSmall: boolean, id: string): Made {
  const isInvalid = error instanceof Invalid;
  if (isSmall)
    return isInvalid
      ? { reply: functionInvalid(id), result: 'FunctionValidationError' }
      : { reply: functionFailed(id), result: 'FunctionExecutionError' };
  if (isInvalid) return { reply: lambdaInvalid(id), result: 'LambdaValidationError' };
  return { reply: lambdaFailed(id), result: 'LambdaExecutionError' };
}

function requestOf(t: Transit): OriginRequest {
  const { method, path, query, headers, request, body } = t;
  return {
    method,
    path,
    query,
    headers,
    body: body ?? request.body,
    sourceIp: request.sourceIp,
    secure: request.secure,
  };
}
