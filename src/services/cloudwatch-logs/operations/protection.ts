/** Data protection policies of groups. */
import type { Handler } from '#kernel/contract';
import { groupIdentified } from '../domain/find.ts';
import { readProtection } from '../domain/masking.ts';
import { notFound } from '../errors.ts';
import { groups } from '../state.ts';

export const putDataProtectionPolicy: Handler<'cloudwatch-logs', 'PutDataProtectionPolicy'> = (input, ctx) => {
  const group = groupIdentified(input.logGroupIdentifier, ctx);
  readProtection(input.policyDocument);
  ctx.store.put(groups, { ...group, protection: { text: input.policyDocument, since: ctx.now } });
  return {
    logGroupIdentifier: input.logGroupIdentifier,
    policyDocument: input.policyDocument,
    lastUpdatedTime: ctx.now,
  };
};

export const getDataProtectionPolicy: Handler<'cloudwatch-logs', 'GetDataProtectionPolicy'> = (input, ctx) => {
  const { protection } = groupIdentified(input.logGroupIdentifier, ctx);
  return {
    logGroupIdentifier: input.logGroupIdentifier,
    ...(protection !== undefined && { policyDocument: protection.text, lastUpdatedTime: protection.since }),
  };
};

export const deleteDataProtectionPolicy: Handler<'cloudwatch-logs', 'DeleteDataProtectionPolicy'> = (input, ctx) => {
  const { protection, ...group } = groupIdentified(input.logGroupIdentifier, ctx);
  if (protection === undefined) throw notFound('The specified data protection policy does not exist.');
  ctx.store.put(groups, { ...group, wasProtected: true });
  return {};
};
