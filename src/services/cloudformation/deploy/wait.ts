/** Wait conditions: a stack goes on once it was told so, by an address or by SignalResource. */
import type { Properties } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { notMade, tooManySignals } from '../errors.ts';
import { CUSTOM_TIMEOUT_SECONDS, SIGNALS_MAX } from '../limits.ts';
import { type SignalRow, signals, stackResources } from '../state.ts';
import { responseUrl } from './custom.ts';
import type { OwnScope, OwnType } from './step-scope.ts';

const SECOND = 1_000;
/** Source: CloudFormation Template Reference, AWS::CloudFormation::WaitCondition: 12 hours. */
const WAIT_SECONDS_MAX = 43_200;

/** @throws {ServiceError} ValidationError */
function numberOf(name: string, given: unknown): number {
  const number = typeof given === 'object' ? Number.NaN : Number(given);
  if (Number.isNaN(number)) throw notMade(`Encountered non numeric value for property ${name}`);
  return number;
}

const countOf = (given: unknown) => numberOf('Count', given ?? 1);

function secondsOf(given: unknown): number {
  const seconds = numberOf('Timeout', given ?? CUSTOM_TIMEOUT_SECONDS);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > WAIT_SECONDS_MAX)
    throw notMade(`Value of property Timeout must be a whole number from 1 to ${WAIT_SECONDS_MAX}`);
  return seconds;
}

export const waitHandle: OwnType = {
  async create(_, scope) {
    const { ctx, stackId, logicalId } = scope;
    const token = scope.noted?.split('/').at(-1) ?? ctx.uuid();
    const url = responseUrl(token, ctx);
    ctx.transact(() => {
      ctx.claim('cloudformation-response', token, JSON.stringify({ stackId, logicalId, isHandle: true }));
      scope.note(url);
    });
    return { id: url, attributes: {} };
  },
  async delete(id, _, { ctx, stackId, logicalId }) {
    ctx.transact((store) => {
      ctx.release('cloudformation-response', id.slice(id.lastIndexOf('/') + 1));
      for (const row of store.list(signals, { where: { stackId, logicalId } })) store.delete(signals, row);
    });
  },
};

/**
 * Notes what was signalled; the same unique id again is the same signal. In a transaction.
 *
 * @throws {ServiceError} ValidationError where there are too many
 */
export function takeSignal(row: SignalRow, store: StoreView): void {
  const { stackId, logicalId } = row;
  const isNew = store.get(signals, row) === undefined;
  if (isNew && store.count(signals, { where: { stackId, logicalId } }) >= SIGNALS_MAX)
    throw tooManySignals(SIGNALS_MAX);
  store.put(signals, row);
}

/** What it waits for: so many signals to itself (a creation policy), or to its handle. */
function awaited(properties: Properties, { row }: OwnScope) {
  const policy = row.creationPolicy as { ResourceSignal?: { Count?: unknown; Timeout?: unknown } } | undefined;
  const { Count, Timeout } = policy?.ResourceSignal ?? {};
  if (policy !== undefined) return { count: countOf(Count), seconds: lastsFor(Timeout ?? 'PT5M') };
  return { count: countOf(properties.Count), seconds: secondsOf(properties.Timeout) };
}

/** `PT1H30M` in seconds. Source: ISO 8601, as CreationPolicy takes it. */
function lastsFor(duration: unknown): number {
  if (typeof duration !== 'string') throw notMade('Invalid timeout value in the creation policy');
  const [, hours = 0, minutes = 0, seconds = 0] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration) ?? [];
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

export const waitCondition: OwnType = {
  async create(properties, scope) {
    const { ctx, row } = scope;
    const { count, seconds } = awaited(properties, scope);
    const deadline = Number(scope.noted?.split(' ')[1] ?? ctx.clock() + seconds * SECOND);
    const id = scope.name(128);
    if (scope.noted === undefined) ctx.transact(() => scope.note(`${id} ${deadline}`));
    const logicalId = row.creationPolicy === undefined ? handleOf(properties, scope) : row.logicalId;
    const said = ctx.store.list(signals, { where: { stackId: scope.stackId, logicalId } });
    const failed = said.find(({ isSuccess }) => !isSuccess);
    // Source: widdix/aws-ec2-ssh, issue 137; AWS re:Post Knowledge Center, "Failed to receive X resource signal(s) within the specified duration".
    const isSignalled = row.creationPolicy !== undefined;
    if (failed !== undefined && isSignalled) throw notMade(`Received FAILURE signal with UniqueId ${failed.uniqueId}`);
    if (failed !== undefined)
      throw notMade(`WaitCondition received failed message: '${failed.reason}' for uniqueId: ${failed.uniqueId}`);
    if (said.length >= count) {
      const data = Object.fromEntries(said.map((one) => [one.uniqueId, one.data]));
      return { id, attributes: { Data: JSON.stringify(data) } };
    }
    if (ctx.clock() >= deadline && isSignalled)
      throw notMade(`Failed to receive ${count - said.length} resource signal(s) within the specified duration`);
    if (ctx.clock() >= deadline)
      throw notMade(`WaitCondition timed out. Received ${said.length} conditions when expecting ${count}`);
    return scope.later(deadline - ctx.clock());
  },
  // Once it is there nothing waits for it any more. Source: Template Reference, AWS::CloudFormation::WaitCondition: updates aren't supported.
  async update() {
    throw notMade('Update to resource type AWS::CloudFormation::WaitCondition is unsupported.');
  },
  async delete() {},
};

/** The logical id of the handle whose address it was given. */
function handleOf({ Handle }: Properties, { ctx, stackId }: OwnScope): string {
  const url = String(Handle ?? '');
  const rows = ctx.store.list(stackResources, { where: { stackId } });
  return rows.find(({ thing }) => thing?.id === url)?.logicalId ?? '';
}
