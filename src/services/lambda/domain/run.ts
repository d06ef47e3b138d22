/** Running a version: its share of concurrency, its place in a chain of calls, what is counted of it. */

import { sha256Hex } from '#kernel/base';
import { type Ctx, type FunctionAnswer, type FunctionSpec, RestoreFailed } from '#kernel/contract';
import { runDurable } from '../durable/call.ts';
import { recursive, restoreFailed, tenantNeeded, tenantUnexpected, tooManyRequests } from '../errors.ts';
import { underFaults } from '../faults.ts';
import { CHAIN_MAX, CONCURRENT_EXECUTIONS } from '../limits.ts';
import { functions, type VersionRow } from '../state.ts';
import type { Target } from './find.ts';
import { arnOf } from './names.ts';
import { restoreProvisioned } from './provision.ts';
import { checkActive } from './snap-start.ts';
import { credentialsOf, specOf } from './spec.ts';
import { opened } from './variables.ts';
import { totalsOf } from './versions.ts';

export type Invocation = {
  requestId: string;
  /** As the caller named the function. */
  arn: string;
  payload: Uint8Array;
  clientContext?: string | undefined;
  trace: string;
  streams: boolean;
  /** Where the function has tenants, the one that calls. */
  tenant?: string | undefined;
};

/** An answer, and X-Ray's header as the function has had it. */
export type Answered = FunctionAnswer & { trace: string };

/**
 * Runs a version of a function; one that is durable until its execution has ended.
 *
 * @throws {ServiceError} TooManyRequestsException, KMSAccessDeniedException and the like, AccessDenied for a role that can't be assumed any more
 */
export async function run(target: Target, call: Invocation, ctx: Ctx): Promise<Answered> {
  if (target.version.durable === undefined) return runOnce(target, call, ctx);
  return { ...(await runDurable(target, call, ctx)), trace: call.trace };
}

/**
 * Invokes a version, durable or not, one time.
 *
 * @throws {ServiceError} as `run` does
 */
export async function runOnce(given: Target, call: Invocation, ctx: Ctx): Promise<Answered> {
  const { account, version } = given;
  checkTenant(version, call.tenant);
  checkActive(version);
  const trace = nextTrace(given, call.trace, ctx);
  takeTurn(given, ctx);
  const role = await credentialsOf(account, version, ctx);
  const target = await opened(given, role, ctx);
  const spec = specOf(target, role, ctx, call.tenant);
  if (target.qualifier !== '') restoreProvisioned(target, spec, ctx);
  const answer = await underFaults(target, call.requestId, ctx, () => {
    countConcurrency(target, spec, ctx);
    return ctx.engines.function.invoke(spec, { ...call, trace }).catch((error) => {
      throw error instanceof RestoreFailed ? restoreFailed(error) : error;
    });
  });
  count('Invocations', target, 1, ctx);
  count('Errors', target, answer.failed ? 1 : 0, ctx);
  // Source: elastic/beats, module aws/lambda (an answer of AWS).
  count('Throttles', target, 0, ctx);
  ctx.track(
    answer.ended.then(({ duration, init }) => {
      count('Duration', target, duration, ctx, 'Milliseconds');
      ctx.use(`GB-Seconds`, (Math.ceil(duration + (init ?? 0)) / 1_000) * (version.memory / 1_024));
    }),
  );
  return { ...answer, trace };
}

/** Functions that have tenants are called by one, others by none. @throws {ServiceError} InvalidParameterValueException */
export function checkTenant({ tenancy }: VersionRow, tenant: string | undefined): void {
  if (tenancy !== undefined && tenant === undefined) throw tenantNeeded();
  if (tenancy === undefined && tenant !== undefined) throw tenantUnexpected();
}

/**
 * A call is about to begin: how many there are with it, and whether it finds an environment that is kept started or spills over.
 * Source: Lambda Developer Guide, "Types of metrics".
 */
function countConcurrency(target: Target, spec: FunctionSpec, ctx: Ctx): void {
  const { function: engine } = ctx.engines;
  const { account, function: row } = target;
  const place = { account, region: ctx.region };
  count('ConcurrentExecutions', target, engine.running(place, row.name) + 1, ctx);
  if (row.reserved === undefined)
    ctx.count('UnreservedConcurrentExecutions', {}, unreserved(account, ctx) + 1, 'Count', place);
  const kept = engine.provisioned(spec);
  if (kept === 0) return;
  const inUse = engine.atWork(spec) + 1;
  count(`ProvisionedConcurrency${inUse > kept ? 'Spillover' : ''}Invocations`, target, 1, ctx);
  count('ProvisionedConcurrentExecutions', target, Math.min(inUse, kept), ctx);
  count('ProvisionedConcurrencyUtilization', target, Math.min(inUse / kept, 1), ctx);
}

/** Counts by function, by how it was named, by the version that an alias took, and for the account. Source: Lambda Developer Guide, "Types of metrics". */
export function count(
  metric: string,
  { account, function: { name }, qualifier, version }: Target,
  value: number,
  ctx: Ctx,
  unit: 'Count' | 'Milliseconds' = 'Count',
): void {
  const place = { account, region: ctx.region };
  const Resource = qualifier === '' ? name : `${name}:${qualifier}`;
  ctx.count(metric, {}, value, unit, place);
  ctx.count(metric, { FunctionName: name }, value, unit, place);
  ctx.count(metric, { FunctionName: name, Resource }, value, unit, place);
  if (qualifier !== '' && qualifier !== version.version)
    ctx.count(metric, { FunctionName: name, Resource, ExecutedVersion: version.version }, value, unit, place);
}

/** Refuses what is beyond the function's or the account's concurrency. */
function takeTurn(target: Target, ctx: Ctx): void {
  const { account } = target;
  const { name, reserved } = target.function;
  const refuse = (reason: string) => {
    count('Throttles', target, 1, ctx);
    return tooManyRequests(reason);
  };
  if (reserved !== undefined) {
    if (ctx.engines.function.running({ account, region: ctx.region }, name) >= reserved)
      throw refuse('ReservedFunctionConcurrentInvocationLimitExceeded');
    return;
  }
  if (unreserved(account, ctx) >= ctx.quota(CONCURRENT_EXECUTIONS) - totalsOf(ctx.store.in({ account })).reserved)
    throw refuse('ConcurrentInvocationLimitExceeded');
}

/** Calls in progress of functions that have reserved nothing. */
function unreserved(account: string, ctx: Ctx): number {
  const { function: engine } = ctx.engines;
  const place = { account, region: ctx.region };
  const store = ctx.store.in(place);
  if (totalsOf(store).reserved === 0) return engine.running(place);
  const reserving = store.list(functions, { index: 'byReserved' }).filter(({ reserved }) => reserved !== undefined);
  return reserving.reduce((sum, { name }) => sum - engine.running(place, name), engine.running(place));
}

/**
 * X-Ray's header for what the function calls: with how often the function has been in this chain.
 * Source: Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops".
 *
 * @throws {ServiceError} RecursiveInvocationException
 */
function nextTrace(target: Target, given: string, ctx: Ctx): string {
  const { account, function: row } = target;
  const trace = whole(TRACE.test(given) ? given : newTrace(ctx), ctx);
  const mark = sha256Hex(arnOf(ctx, account, row.name)).slice(0, 8);
  const [found, passes] = new RegExp(`;?Lineage=\\d+:${mark}:(\\d+)`).exec(trace) ?? [];
  // Counted from 0. Source: headers of AWS's, as users have published them of functions and of answers to Invoke.
  const depth = found === undefined ? 0 : Number(passes) + 1;
  if (depth >= CHAIN_MAX && row.mayLoop !== true) {
    count('RecursiveInvocationsDropped', target, 1, ctx);
    throw recursive();
  }
  return `${found === undefined ? trace : trace.replace(found, '')};Lineage=1:${mark}:${depth}`;
}

/** What a header can carry: messages of queues may bring anything. */
const TRACE = /^[\x20-\x7e]{1,1024}$/;

/** A header of a root alone gets a parent: functions have both. Source: as above. */
function whole(trace: string, ctx: Ctx): string {
  const parent = () => ctx.uuid().replaceAll('-', '').slice(16);
  const named = trace.includes('Parent=') ? trace : `${trace};Parent=${parent()}`;
  return named.includes('Sampled=') ? named : `${named};Sampled=0`;
}

/** X-Ray's header for a call that nobody traces yet. */
export function newTrace(ctx: Ctx): string {
  const hex = ctx.uuid().replaceAll('-', '');
  const seconds = Math.floor(ctx.clock() / 1_000)
    .toString(16)
    .padStart(8, '0');
  return `Root=1-${seconds}-${hex.slice(0, 24)};Parent=${hex.slice(16)};Sampled=0`;
}
