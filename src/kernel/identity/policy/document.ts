/** The compiled form of a policy: what parse.ts makes of the JSON text and what statement.ts asks questions of. */

import type { Pattern } from './wildcard.ts';

/** What a policy is attached to; it decides which elements its statements must and must not have. */
export type PolicyKind = 'identity' | 'managed' | 'resource' | 'trust' | 'scp' | 'rcp';

/** The request context: condition keys in lower case. A multivalued key is an array, a single-valued one a string. */
export type Context = ReadonlyMap<string, string | readonly string[]>;

/** Longest policy text read, in UTF-16 units. Each service has its own, smaller quota (KMS's key policy 32 KB); AWS's own policies have up to 230,000. */
export const POLICY_LENGTH_MAX = 262_144;

/** Deepest nesting read. The grammar needs six: policy, Statement, statement, Condition, operator, values. */
export const POLICY_DEPTH_MAX = 8;

/** A policy text that AWS would refuse. The message is AWS's reason; the caller gives it the service's error code. */
export class PolicyError extends Error {
  override name = 'PolicyError';
}

/** A text with wildcards and policy variables. `pattern` is set when nothing in it depends on the request. */
export type Template = {
  readonly source: string;
  /** Compare in lower case. */
  readonly fold: boolean;
  readonly pattern: Pattern | undefined;
  readonly pieces: readonly TemplatePiece[];
};

export type TemplatePiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'run' }
  | { readonly kind: 'one' }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | undefined };

/** Whether one value of the request matches one value of the policy, before any negation. */
export type ValueTest = (given: string, context: Context) => boolean;

export type Condition = {
  /** As written, e.g. `ForAllValues:StringLikeIfExists`. */
  readonly operator: string;
  /** As written; `key` is its lower case. */
  readonly keyText: string;
  readonly key: string;
  readonly values: readonly string[];
  readonly set: 'all' | 'any' | undefined;
  readonly ifExists: boolean;
  readonly negated: boolean;
  /** For the Null operator: which of "is absent" and "is present" satisfy it. */
  readonly presence: { readonly absent: boolean; readonly present: boolean } | undefined;
  readonly tests: readonly ValueTest[];
  /** Values of the request that the operator can't read hold no condition, not even a negated one; undefined where it reads all. */
  readonly reads: ((given: string) => boolean) | undefined;
  /** The place of the first value that is no ARN, where one should be: reaching it ends the comparison. */
  readonly brokenAt: number | undefined;
  /** What the condition is then: it can't allow, but denies. */
  readonly whenBroken: boolean;
};

/** Who a statement names. Everything is matched as written; nothing is looked up. */
export type PrincipalSet = {
  readonly everyone: boolean;
  /** `{"AWS": "*"}` of a role's trust: everyone but those for whom only an identity provider vouches. */
  readonly signedOnly: boolean;
  readonly accounts: ReadonlySet<string>;
  readonly arns: ReadonlySet<string>;
  /** Unique ids (`AIDA…`, `AROA…`), which AWS shows where the named user or role was deleted. */
  readonly ids: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly federated: ReadonlySet<string>;
  readonly canonicalUsers: ReadonlySet<string>;
  readonly source: readonly string[];
};

export type Statement = {
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** Absent where the policy's owner is the principal. */
  readonly principals: PrincipalSet | undefined;
  readonly notPrincipal: boolean;
  /** Lower case. */
  readonly actions: readonly Pattern[];
  readonly notAction: boolean;
  /** Absent where the policy's owner is the resource. */
  readonly resources: readonly Template[] | undefined;
  readonly notResource: boolean;
  readonly conditions: readonly Condition[];
};

export type Policy = {
  readonly kind: PolicyKind;
  readonly version: '2008-10-17' | '2012-10-17';
  readonly id: string | undefined;
  readonly statements: readonly Statement[];
  /** The same statements by effect, because evaluation looks at all denies first. */
  readonly allows: readonly Statement[];
  readonly denies: readonly Statement[];
  /** Some statement looks at the request's context: a condition, a policy variable, a federated principal. */
  readonly readsContext: boolean;
};
