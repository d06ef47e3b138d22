/** Grants: permissions to use a key, given one by one beside its policy. Source: KMS Developer Guide, "Grants in AWS KMS". */
import type { Ctx, Delegated } from '#kernel/contract';
import type { CreateGrantRequest, GrantConstraints, GrantOperation } from '#models/kms';
import { badGrantToken, grantNotFound, invalid } from '../errors.ts';
import { type GrantRow, grants, type KeyRow } from '../state.ts';
import { type Found, findKey } from './find.ts';

type Input = { readonly [parameter: string]: unknown };
type Context = { readonly [key: string]: string };

const METADATA: readonly GrantOperation[] = ['CreateGrant', 'RetireGrant', 'DescribeKey'];
const CRYPTOGRAPHY: { readonly [usage in KeyRow['usage']]: readonly GrantOperation[] } = {
  ENCRYPT_DECRYPT: ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo'],
  SIGN_VERIFY: ['Sign', 'Verify'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['DeriveSharedSecret'],
  ENCAPSULATE_DECAPSULATE: ['Encapsulate', 'Decapsulate'],
};
const DATA_KEYS: readonly GrantOperation[] = [
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
];
/** Operations that a constraint on the encryption context binds; the others have none. */
const WITH_CONTEXT: ReadonlySet<string> = new Set(['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', ...DATA_KEYS]);

/** What a grant on such a key may allow, in AWS's order. Source: KMS's answer as radkawar/stackd measured it. */
export function operationsOf(key: KeyRow): readonly GrantOperation[] {
  const own = CRYPTOGRAPHY[key.usage];
  if (key.spec === 'SYMMETRIC_DEFAULT') return [...METADATA, ...own, ...DATA_KEYS];
  return key.publicKey === undefined && key.usage === 'GENERATE_VERIFY_MAC'
    ? [...METADATA, ...own]
    : [...METADATA, 'GetPublicKey', ...own];
}

/** The names under which a grant may mean the caller. */
function namesOf(ctx: Ctx): readonly string[] {
  const { principal } = ctx.caller;
  if (principal.kind === 'session') return [principal.roleArn, principal.arn];
  return [principal.kind === 'service' ? principal.service : principal.arn];
}

/** The account of a caller that has policies of its own, as grants name it. */
function accountOf({ partition, caller: { principal } }: Ctx): string | undefined {
  const isOfAccount = principal.kind === 'user' || principal.kind === 'session' || principal.kind === 'federated';
  return isOfAccount ? `arn:${partition}:iam::${principal.account}:root` : undefined;
}

/** The grant that lets the caller do this, by its name in explanations; one to its account does so where its own policies do, too. */
export function grantFor(found: Found, action: string, input: Input, ctx: Ctx): string | Delegated | undefined {
  const { key, store } = found;
  const grantTo = (grantee: string) =>
    store
      .list(grants, { index: 'byGrantee', where: { key: key.id, grantee } })
      .find((grant) => grant.operations.includes(action) && isBound(grant, action, input, ctx));
  for (const name of namesOf(ctx)) {
    const grant = grantTo(name);
    if (grant !== undefined) return `grant ${grant.id}`;
  }
  const account = accountOf(ctx);
  const shared = account === undefined ? undefined : grantTo(account);
  return shared && { toAccount: `grant ${shared.id}` };
}

/** A context of no pairs constrains nothing: clients that always send both kinds leave one of them empty. */
export function constraintsOf({ Constraints = {} }: Pick<CreateGrantRequest, 'Constraints'>): GrantRow['constraints'] {
  const said = Object.entries(Constraints).filter(([, value]) => Object.keys(value).length > 0);
  return said.length === 0 ? undefined : Object.fromEntries(said);
}

/** Whether the request keeps to the grant's constraints. */
function isBound({ constraints, operations }: GrantRow, action: string, input: Input, ctx: Ctx): boolean {
  if (constraints?.SourceArn !== undefined && constraints.SourceArn !== ctx.caller.source?.arn) return false;
  if (action === 'CreateGrant') return isNarrower(input, operations, constraints);
  if (!WITH_CONTEXT.has(action)) return true;
  const context = (input.EncryptionContext ?? {}) as Context;
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = constraints ?? {};
  return (equals === undefined || isSame(equals, context)) && (subset === undefined || isPart(subset, context));
}

/** Who may grant by a grant passes on no more than that allows. Source: Developer Guide, "Granting CreateGrant permission". */
function isNarrower(input: Input, operations: readonly string[], constraints: GrantConstraints | undefined): boolean {
  const wanted = (input.Operations ?? []) as string[];
  const own = (input.Constraints ?? {}) as GrantConstraints;
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = constraints ?? {};
  if (!wanted.every((operation) => operations.includes(operation))) return false;
  if (constraints?.SourceArn !== undefined && own.SourceArn !== constraints.SourceArn) return false;
  if (equals !== undefined && !(own.EncryptionContextEquals && isSame(equals, own.EncryptionContextEquals)))
    return false;
  return (
    subset === undefined ||
    [own.EncryptionContextEquals, own.EncryptionContextSubset].some((context) => context && isPart(subset, context))
  );
}

function isPart(part: Context, whole: Context): boolean {
  return Object.entries(part).every(([key, value]) => whole[key] === value);
}

function isSame(a: Context, b: Context): boolean {
  return isPart(a, b) && isPart(b, a);
}

/**
 * What lets the caller end a grant without a policy's help: being its retiring principal, or its grantee where the grant says so. One that is
 * retired by an account is so by whom that account's own policies let.
 */
export function retiredBy(grant: GrantRow, ctx: Ctx): string | Delegated | undefined {
  const names = namesOf(ctx);
  const [named, account] = [`grant ${grant.id}`, accountOf(ctx)];
  const may = [grant.retiring, grant.operations.includes('RetireGrant') ? grant.grantee : undefined];
  if (may.some((name) => name !== undefined && names.includes(name))) return named;
  return account !== undefined && may.includes(account) ? { toAccount: named } : undefined;
}

/** Where a grant is, as its token says it. Being known at once, grants need their tokens only to be named by. */
type GrantPlace = { account: string; region: string; key: string; id: string };

/** A token of a grant; each call gives another, and all of them mean the grant. */
export function grantToken({ account, region, key, id }: GrantPlace, ctx: Ctx): string {
  return Buffer.from([account, region, key, id, ctx.random.bytes(24).toString('hex')].join('/')).toString('base64');
}

/** @throws {ServiceError} InvalidGrantTokenException */
export function readGrantToken(token: string): GrantPlace {
  const parts = Buffer.from(token, 'base64').toString().split('/');
  const [account = '', region = '', key = '', id = ''] = parts;
  if (parts.length !== 5 || !/^\d{12}$/.test(account)) throw badGrantToken();
  return { account, region, key, id };
}

/** The grant that is to end, and where it lies. @throws {ServiceError} NotFoundException, ValidationException */
export function findGrant(
  input: { GrantToken?: string; KeyId?: string; GrantId?: string },
  ctx: Ctx,
): Found & { grant: GrantRow } {
  if (input.GrantToken === undefined && (input.KeyId === undefined || input.GrantId === undefined))
    throw invalid('Either GrantToken, or both KeyId and GrantId must be specified.');
  const place = input.GrantToken === undefined ? undefined : readGrantToken(input.GrantToken);
  const keyId =
    place === undefined
      ? (input.KeyId ?? '')
      : `arn:${ctx.partition}:kms:${place.region}:${place.account}:key/${place.key}`;
  const found = findKey(keyId, ctx, { foreign: true }, 'kms:RetireGrant');
  const id = place?.id ?? input.GrantId ?? '';
  const grant = found.store.get(grants, { key: found.key.id, id });
  if (grant === undefined) throw grantNotFound(id);
  return { ...found, grant };
}
