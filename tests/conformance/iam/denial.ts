/** Calls that a policy denies on one value of a condition key, and lets through on another. */
import assert from 'node:assert/strict';
import type { TestCloud } from '../../support/cloud.ts';
import { type Keys, userWithKey } from './support.ts';

export type Call = (keys: Keys) => Promise<unknown>;

type Sender = { send: (command: never) => Promise<unknown> };
type Class = new (config: { endpoint: string; region: string }) => Sender;

/** Calls of a service by whoever has the keys. */
export const callsOf =
  (cloud: TestCloud, client: Class) =>
  (command: object): Call =>
  (credentials) =>
    cloud.client(client, { credentials }).send(command as never);

/** Whether a policy has denied the call. */
async function isDenied(call: Promise<unknown>): Promise<boolean> {
  const text = await call.then(
    (answer) => JSON.stringify((answer as { Entries?: unknown }).Entries ?? ''),
    (error: Error) => error.message,
  );
  return /explicit deny|NotAuthorizedFor/.test(text);
}

/** One who may everything, but not where `key` has `value`, is denied the first call and not the second. */
export async function check(cloud: TestCloud, key: string, value: string, hit: Call, miss: Call, Action = '*') {
  const name = `${key}-${value}`.replaceAll(/[^\w]/g, '-').slice(0, 60);
  const Condition = { 'ForAnyValue:StringEquals': { [key]: value } };
  const Statement = [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action, Resource: '*', Condition },
  ];
  const keys = await userWithKey(cloud, name, JSON.stringify({ Version: '2012-10-17', Statement }));
  assert.equal(await isDenied(hit(keys)), true, `${key}: denied`);
  assert.equal(await isDenied(miss(keys)), false, `${key}: let through`);
}
