/** Grants: given, listed, retired by those who hold them, revoked by those who keep the key. */
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { CreateGrantRequest, GrantListEntry, GrantOperation } from '#models/kms';
import { isThere } from '#services/iam/port';
import { type Found, findKey } from '../domain/find.ts';
import { constraintsOf, findGrant, grantToken, operationsOf } from '../domain/grants.ts';
import { demandUsable } from '../domain/key-state.ts';
import { pageOf, readMarker } from '../domain/page.ts';
import { checkGrantTokens, endDryRun } from '../domain/use.ts';
import { badPrincipal, grantNotFound, invalid, limitExceeded } from '../errors.ts';
import { CONSTRAINT_PAIRS_MAX, CONSTRAINT_VALUE_MAX, GRANTS_LIST_DEFAULT, GRANTS_PER_KEY_QUOTA } from '../limits.ts';
import { type GrantRow, grantCounts, grants } from '../state.ts';

const FOREIGN = { foreign: true };
const PRINCIPAL =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:root|(?:user|role)\/.+)|sts::\d{12}:(?:assumed-role|federated-user)\/.+)$/;

/** A principal, or a service in its place. @throws {ServiceError} InvalidArnException */
function readPrincipal(principal: string | undefined, service: string | undefined, ctx: Ctx): string | undefined {
  if (principal !== undefined && service !== undefined)
    throw invalid('You can specify either a principal or a service principal, not both.');
  if (principal === undefined) return service;
  // An account's number stands for its root.
  const arn = /^\d{12}$/.test(principal) ? `arn:${ctx.partition}:iam::${principal}:root` : principal;
  if (!PRINCIPAL.test(arn) || !isThere(arn, ctx.account, ctx.store)) throw badPrincipal(principal);
  return arn;
}

/** @throws {ServiceError} ValidationException for what such a key can't grant */
function checkOperations({ key }: Found, input: CreateGrantRequest, constraints: GrantRow['constraints']): void {
  const possible = operationsOf(key);
  const not = input.Operations.find((operation) => !possible.includes(operation));
  if (not !== undefined) {
    const kind = key.publicKey === undefined ? 'a symmetric' : 'an asymmetric';
    throw invalid(
      `Operations [${not}] are not supported when creating a grant for ${kind} KMS key with key usage ${key.usage}. Valid operations are [${possible.join(', ')}]`,
    );
  }
  if (input.Operations.length === 0) throw invalid('At least one operation must be specified.');
  const { EncryptionContextEquals, EncryptionContextSubset } = constraints ?? {};
  if ((EncryptionContextEquals ?? EncryptionContextSubset) !== undefined && key.spec !== 'SYMMETRIC_DEFAULT')
    throw invalid('EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.');
  if (EncryptionContextEquals !== undefined && EncryptionContextSubset !== undefined)
    throw invalid('Only one encryption context constraint can be specified.');
  const pairs = Object.values(EncryptionContextEquals ?? EncryptionContextSubset ?? {});
  if (pairs.length > CONSTRAINT_PAIRS_MAX)
    throw invalid(`A grant constraint can include up to ${CONSTRAINT_PAIRS_MAX} encryption context pairs.`);
  if (pairs.some((value) => value.length > CONSTRAINT_VALUE_MAX))
    throw invalid(
      `The encryption context value in a grant constraint cannot exceed ${CONSTRAINT_VALUE_MAX} characters.`,
    );
}

export const createGrant: Handler<'kms', 'CreateGrant'> = (input, ctx) => {
  const found = findKey(input.KeyId, ctx, FOREIGN);
  const { key, store } = found;
  checkGrantTokens(input);
  demandUsable(key, ctx.now);
  const grantee = readPrincipal(input.GranteePrincipal, input.GranteeServicePrincipal, ctx);
  if (grantee === undefined) throw invalid('A grantee principal is required.');
  const retiring = readPrincipal(input.RetiringPrincipal, input.RetiringServicePrincipal, ctx);
  const unbound = input.Constraints?.SourceArn === undefined || retiring === undefined;
  if (input.GranteeServicePrincipal !== undefined && unbound)
    throw invalid('A grant to a service principal needs a SourceArn constraint and a retiring principal.');
  const constraints = constraintsOf(input);
  checkOperations(found, input, constraints);
  endDryRun(input);
  const wanted: Omit<GrantRow, 'id' | 'createdAt'> = {
    key: key.id,
    keyArn: key.arn,
    ...(input.Name !== undefined && { name: input.Name }),
    grantee,
    ...(input.GranteeServicePrincipal !== undefined && { granteeIsService: true as const }),
    ...(retiring !== undefined && { retiring }),
    ...(input.RetiringServicePrincipal !== undefined && { retiringIsService: true as const }),
    issuer: `arn:${ctx.partition}:iam::${ctx.account}:root`,
    operations: [...new Set(input.Operations)],
    ...(constraints !== undefined && { constraints }),
  };
  const grant = sameGrant(wanted, store) ?? addGrant(wanted, found, ctx);
  return {
    GrantId: grant.id,
    GrantToken: grantToken({ account: key.account, region: key.region, key: key.id, id: grant.id }, ctx),
  };
};

/** The grant of that name, if it is the same in everything: making it again changes nothing. Source: API Reference, CreateGrant, Name. */
function sameGrant(wanted: Omit<GrantRow, 'id' | 'createdAt'>, store: StoreView): GrantRow | undefined {
  if (wanted.name === undefined) return undefined;
  const text = JSON.stringify(wanted);
  return store
    .list(grants, { index: 'byName', where: { key: wanted.key, name: wanted.name } })
    .find(({ id, createdAt, ...rest }) => JSON.stringify({ ...wanted, ...rest }) === text);
}

function addGrant(wanted: Omit<GrantRow, 'id' | 'createdAt'>, { key, store }: Found, ctx: Ctx): GrantRow {
  const limit = ctx.quota(GRANTS_PER_KEY_QUOTA);
  const total = store.get(grantCounts, { key: key.id })?.total ?? 0;
  if (total >= limit) throw limitExceeded(`${key.arn} already has the maximum of ${limit} grants.`);
  const grant = { ...wanted, id: ctx.random.bytes(32).toString('hex'), createdAt: ctx.now };
  store.put(grants, grant);
  store.put(grantCounts, { key: key.id, total: total + 1 });
  return grant;
}

function endGrant(grant: GrantRow, store: StoreView): void {
  store.delete(grants, grant);
  const total = store.get(grantCounts, grant)?.total ?? 1;
  store.put(grantCounts, { key: grant.key, total: total - 1 });
}

/** A grant as lists tell it; the name of one that has none is empty. Source: API Reference, ListGrants, the example's answer. */
function entryOf(grant: GrantRow): GrantListEntry {
  return {
    KeyId: grant.keyArn,
    GrantId: grant.id,
    Name: grant.name ?? '',
    CreationDate: grant.createdAt,
    [grant.granteeIsService === true ? 'GranteeServicePrincipal' : 'GranteePrincipal']: grant.grantee,
    ...(grant.retiring !== undefined && {
      [grant.retiringIsService === true ? 'RetiringServicePrincipal' : 'RetiringPrincipal']: grant.retiring,
    }),
    IssuingAccount: grant.issuer,
    Operations: grant.operations as GrantOperation[],
    ...(grant.constraints !== undefined && { Constraints: grant.constraints }),
  };
}

export const listGrants: Handler<'kms', 'ListGrants'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx, FOREIGN);
  const limit = input.Limit ?? GRANTS_LIST_DEFAULT;
  const after = readMarker(input.Marker);
  const grantee = readPrincipal(input.GranteePrincipal, input.GranteeServicePrincipal, ctx);
  const paging = { ...(after !== undefined && { after: { id: after } }), limit: limit + 1 };
  if (input.GrantId !== undefined) {
    const one = store.get(grants, { key: key.id, id: input.GrantId });
    if (one === undefined) throw grantNotFound(input.GrantId);
    return { Grants: grantee === undefined || one.grantee === grantee ? [entryOf(one)] : [], Truncated: false };
  }
  const found =
    grantee === undefined
      ? store.list(grants, { where: { key: key.id }, ...paging })
      : store.list(grants, { index: 'byGrantee', where: { key: key.id, grantee }, ...paging });
  const { page, rest } = pageOf(found, limit, ({ id }) => id);
  return { Grants: page.map(entryOf), ...rest };
};

/** Deviation: only grants on keys of the caller's own account are listed; AWS lists those on others' keys, too. */
export const listRetirableGrants: Handler<'kms', 'ListRetirableGrants'> = (input, ctx) => {
  const retiring = readPrincipal(input.RetiringPrincipal, input.RetiringServicePrincipal, ctx);
  if (retiring === undefined) throw invalid('A retiring principal is required.');
  const limit = input.Limit ?? GRANTS_LIST_DEFAULT;
  const [key = '', id = ''] = readMarker(input.Marker)?.split('/') ?? [];
  const after = key === '' ? {} : { after: { key, id } };
  const found = ctx.store.list(grants, { index: 'byRetiring', where: { retiring }, ...after, limit: limit + 1 });
  const { page, rest } = pageOf(found, limit, (grant) => `${grant.key}/${grant.id}`);
  return { Grants: page.map(entryOf), ...rest };
};

export const retireGrant: Handler<'kms', 'RetireGrant'> = (input, ctx) => {
  const { grant, store } = findGrant(input, ctx);
  endDryRun(input);
  endGrant(grant, store);
  return {};
};

export const revokeGrant: Handler<'kms', 'RevokeGrant'> = (input, ctx) => {
  const { grant, store } = findGrant({ KeyId: input.KeyId, GrantId: input.GrantId }, ctx);
  endDryRun(input);
  endGrant(grant, store);
  return {};
};
