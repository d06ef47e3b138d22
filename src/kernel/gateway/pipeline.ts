/** The way of every request: one list of steps. Steps marked internal also run for calls between services. */
import { invariant } from '#kernel/base';
import { answeredBy, ServiceError, type ServiceName } from '#kernel/contract';
import { Exchange, type GatewayReply, type GatewayRequest, inProcessRequest } from './exchange.ts';
import type { Kernel } from './kernel.ts';
import { newRequestId } from './request-id.ts';
import { authenticate } from './steps/authenticate.ts';
import { authorize } from './steps/authorize.ts';
import { compress, decompress } from './steps/compress.ts';
import { crossOrigin, preflight } from './steps/cors.ts';
import { goDark, unlessDark } from './steps/dark.ts';
import { faultAfter, faultBefore } from './steps/fault.ts';
import { readForm } from './steps/form.ts';
import { identify } from './steps/identify.ts';
import { invoke } from './steps/invoke.ts';
import { loadService } from './steps/load.ts';
import { servePage } from './steps/page.ts';
import { parse } from './steps/parse.ts';
import { findPlace } from './steps/place.ts';
import { receive } from './steps/receive.ts';
import { record } from './steps/record.ts';
import { fail, serialize } from './steps/reply.ts';
import { route } from './steps/route.ts';
import { throttle } from './steps/throttle.ts';
import { carryTraffic } from './steps/traffic.ts';
import { validate } from './steps/validate.ts';
import { isReadOnly } from './trail.ts';

/** A step that needs no waiting returns nothing, so that a call without any stays in one turn of the event loop. */
export type Step = (x: Exchange, kernel: Kernel) => void | Promise<void>;

const INTERNAL: readonly Step[] = [goDark, validate, authorize, throttle, faultBefore, invoke, faultAfter];
/** Of a read for an index: nothing comes between. */
const UNSEEN: readonly Step[] = [validate, authorize, invoke];
const STEPS: readonly Step[] = [
  carryTraffic,
  identify,
  loadService,
  findPlace,
  unlessDark(preflight),
  unlessDark(servePage),
  unlessDark(readForm),
  receive,
  authenticate,
  decompress,
  route,
  parse,
  ...INTERNAL,
];

/** Answers a request that came over the wire. Never throws: what goes wrong becomes an answer in the client's own protocol. */
export async function handle(kernel: Kernel, request: GatewayRequest): Promise<GatewayReply> {
  const x = new Exchange(request, kernel.random.stream('gateway').uuid(), kernel.clock.now());
  const started = process.hrtime.bigint();
  try {
    const waiting = run(STEPS, 0, x, kernel);
    if (waiting !== undefined) await waiting;
    if (x.reply === undefined) serialize(x);
  } catch (error) {
    fail(x, kernel, error);
  }
  const compressing = compress(x);
  if (compressing !== undefined) await compressing;
  crossOrigin(x, kernel);
  stamp(x);
  record(x, kernel, Number((process.hrtime.bigint() - started) / 1_000n));
  const durable = kernel.store.durable();
  if (durable !== undefined) {
    try {
      await durable;
    } catch (error) {
      fail(x, kernel, error);
    }
  }
  return x.reply ?? 'close';
}

/** Adds the headers that each answer of the service has. */
function stamp({ loaded, reply, request }: Exchange): void {
  const rule = loaded?.service?.stamp;
  if (rule === undefined || reply === undefined || reply === 'close') return;
  const { body } = reply;
  if (typeof body === 'string' || body instanceof Uint8Array) Object.assign(reply.headers, rule(body, request.headers));
}

/** Carries out a call between services or from a test: everything but the wire. Throws the ServiceError a client would get. */
export async function call(
  kernel: Kernel,
  service: ServiceName,
  operation: string,
  input: Record<string, unknown>,
  prepare: (x: Exchange) => void,
): Promise<object> {
  const loaded = await kernel.catalog.load(service);
  const x = new Exchange(inProcessRequest(), newRequestId(loaded, kernel.random.stream('inside')), kernel.clock.now());
  const started = process.hrtime.bigint();
  x.isInside = true;
  x.loaded = loaded;
  x.operation = operation;
  x.input = input;
  prepare(x);
  if (x.isUnseen) invariant(isReadOnly(x.loaded.model, operation, x.loaded.service?.reads), `${operation} is no read`);
  try {
    await run(x.isUnseen ? UNSEEN : INTERNAL, 0, x, kernel);
    await kernel.store.durable();
    answeredBy(x.output, x.requestId);
    return x.output;
  } catch (error) {
    x.error =
      error instanceof ServiceError
        ? { code: error.code, message: error.message }
        : { code: error instanceof Error ? error.name : 'Error', message: String(error) };
    throw error;
  } finally {
    if (!x.isUnseen) record(x, kernel, Number((process.hrtime.bigint() - started) / 1_000n));
  }
}

/** Takes the steps from `first` on until there is an answer; without a promise when none of them waits. */
function run(steps: readonly Step[], first: number, x: Exchange, kernel: Kernel): void | Promise<void> {
  for (let index = first; index < steps.length && x.reply === undefined; index += 1) {
    const waiting = steps[index]?.(x, kernel);
    if (waiting !== undefined) return waiting.then(() => run(steps, index + 1, x, kernel));
  }
}
