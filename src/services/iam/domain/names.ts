/** Names, paths and ids of what IAM keeps, and how many there may be. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { nameTaken, quotaExceeded } from '../errors.ts';
import { ENTITIES_MAX } from '../limits.ts';
import { type NamedKind, names, type TallyRow, tallies } from '../state.ts';

/** Source: IAM User Guide, "IAM identifiers", Unique identifiers. */
const ID_PREFIX: { readonly [kind in NamedKind]: string } = {
  user: 'AIDA',
  group: 'AGPA',
  role: 'AROA',
  policy: 'ANPA',
  'instance-profile': 'AIPA',
};
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const QUOTAS: { readonly [kind in NamedKind]: string } = {
  user: 'UsersPerAccount',
  group: 'GroupsPerAccount',
  role: 'RolesPerAccount',
  policy: 'PoliciesPerAccount',
  'instance-profile': 'InstanceProfilesPerAccount',
};

/** A new unique id: 21 characters. */
export function newId(ctx: Ctx, kind: NamedKind): string {
  return ID_PREFIX[kind] + ctx.random.text(17, ID_ALPHABET);
}

/** A new id of a credential: 21 characters. */
export function newCredentialId(ctx: Ctx, prefix: 'APKA' | 'ACCA'): string {
  return prefix + ctx.random.text(17, ID_ALPHABET);
}

/** A new id of a server certificate: 21 characters. */
export function newServerCertificateId(ctx: Ctx): string {
  return `ASCA${ctx.random.text(17, ID_ALPHABET)}`;
}

/** A new unique id of a SAML provider. */
export function newSamlId(ctx: Ctx): string {
  return `SAMLSP${ctx.random.text(17, ID_ALPHABET)}`;
}

/** A new id of a SAML provider's private key. */
export function newPrivateKeyId(ctx: Ctx): string {
  return ctx.random.text(32, ID_ALPHABET);
}

/** A new id of a signing certificate: 32 characters. */
export function newCertificateId(ctx: Ctx): string {
  return ctx.random.text(32, ID_ALPHABET);
}

/** The ARN of an entity of the account. */
export function arnOf(ctx: Ctx, kind: NamedKind, path: string, name: string): string {
  return `arn:${ctx.partition}:iam::${ctx.account}:${kind}${path}${name}`;
}

/** Takes a name that nobody has and counts one more. @throws {ServiceError} EntityAlreadyExists, LimitExceeded */
export function claimName(ctx: Ctx, kind: NamedKind, name: string): void {
  claimOnly(ctx.store, kind, name);
  const most = ctx.quota(ENTITIES_MAX[kind]);
  if (addTally(ctx.store, kind, 1) > most) throw quotaExceeded(QUOTAS[kind], most);
}

function claimOnly(store: StoreView, kind: NamedKind, name: string): void {
  const folded = name.toLowerCase();
  if (store.get(names, { kind, folded }) !== undefined) throw nameTaken(kind, name);
  store.put(names, { kind, folded, name });
}

/** Gives a name up and counts one less. */
export function releaseName(store: StoreView, kind: NamedKind, name: string): void {
  store.delete(names, { kind, folded: name.toLowerCase() });
  addTally(store, kind, -1);
}

/** Gives a name up for another one, which may differ by case only. @throws {ServiceError} EntityAlreadyExists */
export function changeName(store: StoreView, kind: NamedKind, from: string, to: string): void {
  store.delete(names, { kind, folded: from.toLowerCase() });
  claimOnly(store, kind, to);
}

/** Counts; gives the new count. */
export function addTally(store: StoreView, of: TallyRow['of'], change: number): number {
  const count = tallyOf(store, of) + change;
  store.put(tallies, { of, count });
  return count;
}

/** How many there are. */
export function tallyOf(store: StoreView, of: TallyRow['of']): number {
  return store.get(tallies, { of })?.count ?? 0;
}
