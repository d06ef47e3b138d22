/** Rotation: a function is called step by step, and makes the next value. Source: Secrets Manager User Guide, "Rotation by Lambda function". */
import { parseArn } from '#kernel/base';
import {
  type Ctx,
  type Handler,
  type InputOf,
  type Pass,
  ServiceError,
  type TaskHandler,
  type TimerHandler,
} from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { CURRENT, labelled, liveSecret, PENDING } from '../domain/find.ts';
import { ownSecret } from '../domain/replica.ts';
import { checkWindow, daysBetween, nextRotation } from '../domain/schedule.ts';
import { moveStages } from '../domain/stages.ts';
import { tell } from '../domain/tell.ts';
import { setTimers } from '../domain/timers.ts';
import { keyOf, openValue, sealValue } from '../domain/value.ts';
import { badRotationFunction, noRotation, notInvocable, rotationRunning } from '../errors.ts';
import { ROTATION_DAYS_DEFAULT, ROTATION_TRY_AGAIN } from '../limits.ts';
import { type SecretRow, secrets, versions } from '../state.ts';
import { erase } from './secret.ts';

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

export const rotateSecret: Handler<'secrets-manager', 'RotateSecret'> = async (input, ctx) => {
  const { secret } = ownSecret(input.SecretId, ctx);
  const lambdaArn = input.RotationLambdaARN ?? secret.rotation?.lambdaArn;
  if (lambdaArn === undefined) throw noRotation();
  const { service, region, resource = '' } = parseArn(lambdaArn) ?? {};
  if (service !== 'lambda' || region !== ctx.region || !resource.startsWith('function:'))
    throw badRotationFunction(ctx);
  await checkInvocable(lambdaArn, secret.arn, ctx);
  return ctx.transact(() => schedule(input, lambdaArn, ctx));
};

/** @throws {ServiceError} AccessDeniedException, also where there is no such function */
async function checkInvocable(FunctionName: string, arn: string, ctx: Ctx): Promise<void> {
  try {
    await ctx.awsFor(arn).lambda.Invoke({ FunctionName, InvocationType: 'DryRun' });
  } catch (error) {
    if (error instanceof ServiceError) throw notInvocable();
    throw error;
  }
}

/** In a transaction. */
function schedule(input: InputOf<'secrets-manager', 'RotateSecret'>, lambdaArn: string, ctx: Ctx) {
  const { secret, store } = liveSecret(input.SecretId, ctx);
  const pending = labelled(secret, PENDING, store);
  if (pending !== undefined && !pending.stages.includes(CURRENT) && input.RotateImmediately !== false)
    throw rotationRunning();
  const rules = input.RotationRules ?? secret.rotation?.rules ?? { AutomaticallyAfterDays: ROTATION_DAYS_DEFAULT };
  const id = input.ClientRequestToken ?? ctx.uuid();
  const rotation = { enabled: true, lambdaArn, rules };
  checkWindow(rules);
  const next = nextRotation(rules, ctx.now);
  const row = { ...secret, rotation, nextRotationAt: next, changedAt: ctx.now };
  store.put(secrets, row);
  setTimers(row, ctx);
  if (input.RotateImmediately === false) {
    const { account = ctx.account, region = ctx.region } = parseArn(row.arn) ?? {};
    ctx.start('rotationTest', row.name, { name: row.name, id, pass: ctx.pass() }, { account, region });
  } else if (store.get(versions, { name: row.name, id }) === undefined) begin(row, id, store, ctx);
  return { ARN: secret.arn, Name: secret.name, ...(input.RotateImmediately !== false && { VersionId: id }) };
}

/** In a transaction. */
function begin(secret: SecretRow, id: string, store: StoreView, ctx: Ctx): void {
  const { name, arn } = secret;
  const { account = ctx.account, region = ctx.region } = parseArn(arn) ?? {};
  const version = { name, id, stages: [], binary: false, hash: '', createdAt: ctx.now };
  moveStages(secret, version, [PENDING], store);
  tell('RotationStarted', arn, ctx, { place: { account, region } });
  ctx.start('rotation', name, { name, id }, { account, region });
}

export const cancelRotateSecret: Handler<'secrets-manager', 'CancelRotateSecret'> = (input, ctx) => {
  const { secret, store } = ownSecret(input.SecretId, ctx);
  if (secret.rotation === undefined) throw noRotation();
  const { nextRotationAt: _, ...rest } = secret;
  const row = { ...rest, rotation: { ...secret.rotation, enabled: false } };
  store.put(secrets, row);
  setTimers(row, ctx);
  return { ARN: secret.arn, Name: secret.name };
};

/** A timer: the next rotation is due. */
export const rotate: TimerHandler = ({ name }, ctx) => {
  const secret = ctx.store.get(secrets, { name: String(name) });
  if (secret?.rotation?.enabled !== true || secret.deletedAt !== undefined) return;
  const next = nextRotation(secret.rotation.rules, ctx.now);
  ctx.store.put(secrets, { ...secret, nextRotationAt: next });
  ctx.arm('rotate', secret.name, next, { name: secret.name });
  const pending = labelled(secret, PENDING, ctx.store);
  if (pending === undefined || pending.stages.includes(CURRENT)) begin(secret, ctx.uuid(), ctx.store, ctx);
  else ctx.start('rotation', secret.name, { name: secret.name, id: pending.id });
};

/** A task: the four steps, each a call of the function; one that fails leaves the version pending, to be tried again. */
export const rotation: TaskHandler = async ({ name, id }, ctx) => {
  const secret = ctx.store.get(secrets, { name: String(name) });
  const lambdaArn = secret?.rotation?.lambdaArn;
  if (secret === undefined || lambdaArn === undefined) return;
  let at: (typeof STEPS)[number] = STEPS[0];
  try {
    for (const Step of STEPS) {
      at = Step;
      const { stages = [] } = ctx.store.get(versions, { name: secret.name, id: String(id) }) ?? {};
      // Somebody has set another value meanwhile: the rotation was abandoned.
      if (!stages.includes(PENDING) && !stages.includes(CURRENT)) return;
      await call(lambdaArn, Step, String(id), secret.arn, ctx);
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    ctx.transact(() => {
      tell('RotationFailed', secret.arn, ctx, { error: `Error when executing lambda ${lambdaArn} during ${at} step` });
      ctx.arm('rotate', secret.name, ctx.clock() + ROTATION_TRY_AGAIN, { name: secret.name });
    });
    return;
  }
  ctx.transact((store) => {
    const row = store.get(secrets, { name: secret.name });
    if (row !== undefined) store.put(secrets, { ...rotated(row, ctx.clock()), rotatedAt: ctx.clock() });
    tell('RotationSucceeded', secret.arn, ctx);
  });
};

/** A secret that has been rotated says how many days lie between rotations. Source: API Reference, RotationRulesType, AutomaticallyAfterDays. */
function rotated(secret: SecretRow, now: number): SecretRow {
  const { rotation } = secret;
  const everyDays = rotation && daysBetween(rotation.rules, now);
  return rotation === undefined || everyDays === undefined
    ? secret
    : { ...secret, rotation: { ...rotation, everyDays } };
}

/**
 * A task: tries out a rotation that is only scheduled, by its step testSecret, on a version with the current value that goes again.
 * Source: Secrets Manager API Reference, RotateSecret, RotateImmediately.
 */
export const rotationTest: TaskHandler = async (payload, ctx) => {
  const { name, id, pass } = payload as { name: string; id: string; pass: Pass };
  const secret = ctx.store.get(secrets, { name });
  const current = secret && labelled(secret, CURRENT, ctx.store);
  if (secret?.rotation?.lambdaArn === undefined) return;
  // What is pending already is a rotation's; its own is one that was begun before the cloud was killed.
  if ((labelled(secret, PENDING, ctx.store)?.id ?? id) !== id) return;
  let outcome = 'TestRotationSucceeded';
  try {
    const { binary, hash } = current ?? { binary: false, hash: '' };
    const aws = ctx.awsWith(pass);
    const value =
      current?.sealed === undefined
        ? { binary, hash }
        : await sealValue(
            { bytes: await openValue(current, secret.arn, ctx, aws), binary, hash },
            secret,
            id,
            ctx,
            aws,
          );
    ctx.transact((store) => {
      if (store.get(secrets, { name }) === undefined) return;
      store.put(versions, { name, id, stages: [PENDING], ...value, ...keyOf(secret.kmsKeyId), createdAt: ctx.clock() });
      tell('TestRotationStarted', secret.arn, ctx);
    });
    await call(secret.rotation.lambdaArn, 'testSecret', id, secret.arn, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    outcome = 'TestRotationFailed';
  }
  ctx.transact((store) => {
    store.delete(versions, { name, id });
    tell(outcome, secret.arn, ctx);
  });
};

/**
 * One step. Source: Secrets Manager User Guide, "Rotation by Lambda function"; each call has a rotation token of its own, as functions' logs show.
 *
 * Deviation: PutSecretValue takes any rotation token; AWS uses it to tell who calls by a role that a function has assumed.
 *
 * @throws {ServiceError} also where the function itself fails
 */
async function call(
  FunctionName: string,
  Step: (typeof STEPS)[number],
  id: string,
  arn: string,
  ctx: Ctx,
): Promise<void> {
  const event = { ClientRequestToken: id, RotationToken: ctx.uuid(), SecretId: arn, Step };
  const { FunctionError, Payload } = await ctx
    .awsFor(arn)
    .lambda.Invoke({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) });
  if (FunctionError !== undefined)
    throw new ServiceError('RotationFailed', Buffer.from(Payload ?? []).toString('utf8'));
}

/** A timer: the recovery window of a deleted secret is over. */
export const eraseDue: TimerHandler = ({ name }, ctx) => {
  const secret = ctx.store.get(secrets, { name: String(name) });
  if (secret?.deletedAt !== undefined) erase(secret, ctx.store, ctx);
};
