/** Finds who a credential belongs to and which policies bear on them; keeps what it compiled until the tables behind it change. */
import { HOUR, type Millis } from '#kernel/base';
import type { AnyTable, Reads, Store, StoreView } from '#kernel/store';
import { viewOf } from '#kernel/store';
import { AccessNotes } from './access-notes.ts';
import { awsPolicy } from './aws-policies.ts';
import type { PolicyLayers } from './policy/index.ts';
import { type NamedPolicy, parsePolicy } from './policy/index.ts';
import { ANONYMOUS, type Principal, rootOf } from './principal.ts';
import {
  accessKeys,
  deletedKeys,
  groups,
  guards,
  keyUses,
  managedPolicies,
  roles,
  type SessionRow,
  sessions,
  type Tags,
  type UserRow,
  users,
} from './state.ts';

/** A credential that exists. */
export type Credential = {
  accessKeyId: string;
  secret: string;
  principal: Principal;
  active: boolean;
  session: SessionRow | undefined;
};

/** The policies of a principal itself and of its organization; those of the resource join at evaluation. */
export type OwnLayers = Pick<PolicyLayers, 'identity' | 'boundary' | 'session' | 'scps'>;

/** What is kept is dropped when one of these changes. Rows of sessions never change, so only what was not found depends on them. */
const WATCHED: readonly AnyTable[] = [users, groups, roles, managedPolicies, accessKeys, guards];
const KEPT_MAX = 5_000;
/** A key's use is written down at most this often: knowing it must not cost a write per request. */
const USE_NOTED_EVERY: Millis = HOUR;

export class Directory {
  readonly accesses: AccessNotes;
  #store: Store;
  #version = -1;
  #credentials = new Map<string, Credential>();
  #unknownKeys = new Set<string>();
  #sessionsVersion = -1;
  #rcps = new Map<string, PolicyLayers['rcps']>();
  #layers = new Map<string, OwnLayers>();
  #tags = new Map<string, Tags>();
  /** When the use of a key is next to be written down. */
  #noteAt = new Map<string, Millis>();

  constructor(store: Store) {
    this.#store = store;
    this.accesses = new AccessNotes(store);
    store.onUndone(() => this.#noteAt.clear());
  }

  /** The credential of an access key id; undefined when there is none. */
  credential(accessKeyId: string): Credential | undefined {
    this.#refresh();
    const known = this.#credentials.get(accessKeyId);
    if (known !== undefined || this.#unknownKeys.has(accessKeyId)) return known;
    const found = this.#read((view) => findCredential(view, accessKeyId));
    if (found === undefined) {
      if (this.#unknownKeys.size < KEPT_MAX) this.#unknownKeys.add(accessKeyId);
    } else if (this.#credentials.size < KEPT_MAX) this.#credentials.set(accessKeyId, found);
    return found;
  }

  /** Notes that an access key was used. @see IAM API Reference, GetAccessKeyLastUsed */
  noteUse(accessKeyId: string, at: Millis, service: string, region: string): void {
    const due = this.#noteAt.get(accessKeyId) ?? 0;
    // A clock that was turned back is taken as it is.
    if (at < due && at >= due - USE_NOTED_EVERY) return;
    if (this.#noteAt.size >= KEPT_MAX) this.#noteAt.clear();
    this.#noteAt.set(accessKeyId, at + USE_NOTED_EVERY);
    this.#store.transact((tx) =>
      viewOf(() => tx, { account: '', region: '' }).put(keyUses, { id: accessKeyId, at, service, region }),
    );
  }

  /** Identity policies, boundary, session policies and SCPs of a principal. Root, services and anonymous callers have none of their own. */
  layersOf(principal: Principal, session: SessionRow | undefined): OwnLayers {
    this.#refresh();
    const id = session === undefined ? principal.arn : session.id;
    let layers = this.#layers.get(id);
    if (layers === undefined) {
      layers = this.#read((view) => this.#collect(view, principal, session));
      if (this.#layers.size < KEPT_MAX) this.#layers.set(id, layers);
    }
    return layers;
  }

  /** RCPs of the account that owns a resource; undefined where it is in no organization that has any. */
  rcpsOf(account: string): PolicyLayers['rcps'] {
    this.#refresh();
    if (this.#rcps.has(account)) return this.#rcps.get(account);
    const levels = this.#read((view) => this.#guards(view.in({ account }), 'rcp'));
    if (this.#rcps.size < KEPT_MAX) this.#rcps.set(account, levels);
    return levels;
  }

  /** Tags that aws:PrincipalTag sees: the user's or role's, overlaid by the session's. */
  tagsOf(principal: Principal, session: SessionRow | undefined): Tags {
    this.#refresh();
    const id = session === undefined ? principal.arn : session.id;
    let tags = this.#tags.get(id);
    if (tags === undefined) {
      tags = this.#read((view) => {
        const at = view.in({ account: principal.account });
        return { ...ownTags(at, principal, session), ...session?.tags };
      });
      if (this.#tags.size < KEPT_MAX) this.#tags.set(id, tags);
    }
    return tags;
  }

  #read<T>(work: (view: StoreView) => T): T {
    return this.#store.transact((tx) => work(viewOf(() => tx, { account: '', region: '' })));
  }

  /** Drops what was kept when a table behind it has changed. */
  #refresh(): void {
    let version = 0;
    for (const table of WATCHED) version += this.#store.version(table);
    const sessionsVersion = this.#store.version(sessions);
    if (version === this.#version && sessionsVersion === this.#sessionsVersion) return;
    this.#sessionsVersion = sessionsVersion;
    this.#unknownKeys.clear();
    if (version === this.#version) return;
    this.#version = version;
    this.#credentials.clear();
    this.#rcps.clear();
    this.#layers.clear();
    this.#tags.clear();
  }

  #collect(view: StoreView, principal: Principal, session: SessionRow | undefined): OwnLayers {
    const at = view.in({ account: principal.account });
    const scps = this.#guards(at, 'scp');
    const own = { ...this.#ownPolicies(at, principal, session), ...(scps !== undefined && { scps }) };
    if (session === undefined || (session.policies.length === 0 && session.policyArns.length === 0)) return own;
    const policies = session.policies.map((text, index) => named(`session policy ${index + 1}`, text));
    const managed = session.policyArns.map((arn) => named(arn, this.document(at, arn) ?? NOTHING));
    return { ...own, session: [...policies, ...managed] };
  }

  #ownPolicies(at: StoreView, principal: Principal, session: SessionRow | undefined): OwnLayers {
    if (principal.kind === 'user' || principal.kind === 'federated') {
      const user = principal.kind === 'user' ? at.get(users, { name: principal.name }) : session && userOf(at, session);
      // The root's federated user has everything that its session policies allow.
      if (user === undefined)
        return { identity: principal.kind === 'federated' && session?.identityId === undefined ? [ANYTHING] : [] };
      const fromGroups = user.groups.flatMap((name) => {
        const group = at.get(groups, { name });
        return group === undefined ? [] : this.#policiesOf(at, group);
      });
      return { identity: [...this.#policiesOf(at, user), ...fromGroups], ...this.#boundary(at, user.boundary) };
    }
    if (principal.kind !== 'session') return { identity: [] };
    const role = at.get(roles, { name: principal.roleName });
    if (role === undefined) return { identity: [] };
    return { identity: this.#policiesOf(at, role), ...this.#boundary(at, role.boundary) };
  }

  #guards(at: Reads, kind: 'scp' | 'rcp'): readonly (readonly NamedPolicy[])[] | undefined {
    return at
      .get(guards, { kind })
      ?.levels.map((level) => level.map(({ name, document }) => ({ name, policy: parsePolicy(document, kind) })));
  }

  #policiesOf(at: Reads, row: { inline: { [name: string]: string }; attached: string[] }): NamedPolicy[] {
    return [
      ...Object.entries(row.inline).map(([name, text]) => named(name, text)),
      ...this.#attached(at, row.attached),
    ];
  }

  #attached(at: Reads, arns: readonly string[]): NamedPolicy[] {
    return arns.flatMap((arn) => {
      const text = this.document(at, arn);
      return text === undefined ? [] : [named(arn, text)];
    });
  }

  #boundary(at: Reads, arn: string | undefined): { boundary?: NamedPolicy } {
    if (arn === undefined) return {};
    const text = this.document(at, arn);
    // A boundary that is gone allows nothing.
    return { boundary: named(arn, text ?? NOTHING) };
  }

  /** The default version's text of a managed policy, the account's own or AWS's. */
  document(at: Reads, arn: string): string | undefined {
    const row = at.get(managedPolicies, { arn });
    if (row === undefined) return awsPolicy(arn)?.document;
    return row.versions.find((version) => version.id === row.defaultVersion)?.document;
  }
}

const parsed = new Map<string, NamedPolicy['policy']>();

/** Stored policies were checked when they were stored, so they parse. */
function named(name: string, text: string): NamedPolicy {
  let policy = parsed.get(text);
  if (policy === undefined) {
    if (parsed.size >= KEPT_MAX) parsed.clear();
    parsed.set(text, (policy = parsePolicy(text, 'identity')));
  }
  return { name, policy };
}

/** Grants nothing, and denies nothing: in the place of a policy that is gone. */
const NOTHING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"nothing:AtAll","Resource":"*"}}';

/** What the root of an account may do, as a policy. */
const ANYTHING = named('root', '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}');

function findCredential(view: StoreView, accessKeyId: string): Credential | undefined {
  const key = view.get(accessKeys, { id: accessKeyId });
  if (key !== undefined) {
    const user = key.user === '' ? undefined : view.in({ account: key.account }).get(users, { name: key.user });
    if (key.user !== '' && user === undefined) return undefined;
    const principal: Principal =
      user === undefined
        ? rootOf(key.account)
        : { kind: 'user', account: key.account, arn: user.arn, id: user.id, name: user.name };
    return { accessKeyId, secret: key.secret, principal, active: key.status === 'Active', session: undefined };
  }
  if (view.get(deletedKeys, { id: accessKeyId }) !== undefined)
    return { accessKeyId, secret: '', principal: ANONYMOUS, active: false, session: undefined };
  const session = view.get(sessions, { id: accessKeyId });
  const principal =
    session === undefined ? undefined : sessionPrincipal(view.in({ account: session.account }), session);
  if (session === undefined || principal === undefined) return undefined;
  return { accessKeyId, secret: session.secret, principal, active: true, session };
}

/** Whether a session's credentials have run out. */
export function isExpired(session: SessionRow, now: Millis): boolean {
  return now >= session.expiresAt;
}

/** Of a federated user those of the user who asked. Source: IAM User Guide, "Pass session tags in AWS STS", "Passing session tags using GetFederationToken". */
function ownTags(at: StoreView, principal: Principal, session: SessionRow | undefined): Tags | undefined {
  if (principal.kind === 'user') return at.get(users, { name: principal.name })?.tags;
  if (principal.kind === 'session') return at.get(roles, { name: principal.roleName })?.tags;
  return principal.kind === 'federated' && session !== undefined ? userOf(at, session)?.tags : undefined;
}

/** The user a session was opened by, under whatever name they have now. */
function userOf(view: StoreView, session: SessionRow): UserRow | undefined {
  return session.identityId === undefined
    ? undefined
    : view.first(users, { index: 'byId', where: { id: session.identityId } });
}

/** Who a session's credentials stand for; undefined when the user or role is gone. */
function sessionPrincipal(view: StoreView, session: SessionRow): Principal | undefined {
  const { account, name } = session;
  switch (session.kind) {
    case 'root':
      return rootOf(account);
    case 'user': {
      const user = userOf(view, session);
      return user && { kind: 'user', account, name: user.name, arn: user.arn, id: user.id };
    }
    case 'federated': {
      const issuer = userOf(view, session);
      if (session.identityId !== undefined && issuer === undefined) return undefined;
      return {
        kind: 'federated',
        account,
        name,
        arn: `arn:aws:sts::${account}:federated-user/${name}`,
        id: `${account}:${name}`,
        issuerArn: issuer?.arn ?? rootOf(account).arn,
      };
    }
    case 'role': {
      const role = view.get(roles, { name });
      const sessionName = session.sessionName ?? '';
      if (role === undefined || role.id !== session.identityId) return undefined;
      return {
        kind: 'session',
        account,
        arn: `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`,
        id: `${role.id}:${sessionName}`,
        roleArn: role.arn,
        roleName: name,
        sessionName,
      };
    }
  }
}
