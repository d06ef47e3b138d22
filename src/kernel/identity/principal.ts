/** Who makes a request. */

export type Principal =
  /** The account itself: everything but an organization's policies is allowed to it. */
  | { kind: 'root'; account: string; arn: string; id: string }
  | { kind: 'user'; account: string; arn: string; id: string; name: string }
  /** A role session: `arn` is `arn:aws:sts::A:assumed-role/Role/session`, `id` is `AROA…:session`. */
  | {
      kind: 'session';
      account: string;
      arn: string;
      id: string;
      roleArn: string;
      roleName: string;
      sessionName: string;
    }
  /** GetFederationToken's user: `arn` is `arn:aws:sts::A:federated-user/name`; `issuerArn` is the user who asked. */
  | { kind: 'federated'; account: string; arn: string; id: string; name: string; issuerArn: string }
  /** An AWS service acting by itself, e.g. `sns.amazonaws.com`, on behalf of a resource of `account`. */
  | { kind: 'service'; account: string; arn: string; id: string; service: string }
  | { kind: 'anonymous'; account: string; arn: string; id: string };

export const ANONYMOUS: Principal = { kind: 'anonymous', account: 'anonymous', arn: '*', id: 'anonymous' };

/** The root of an account. */
export function rootOf(account: string, partition = 'aws'): Principal {
  return { kind: 'root', account, arn: `arn:${partition}:iam::${account}:root`, id: account };
}

/** The ARN a policy's Principal element or aws:PrincipalArn means: a session stands for its role. */
export function principalArn(principal: Principal): string {
  return principal.kind === 'session' ? principal.roleArn : principal.arn;
}

/** A service acting by itself, by its endpoint: `api.ecr` is `ecr.amazonaws.com`. */
export function principalOfEndpoint(endpoint: string, account: string): Principal & { kind: 'service' } {
  return servicePrincipal(endpoint.slice(endpoint.lastIndexOf('.') + 1), account);
}

/** A service, or a part of one, acting by itself; `endpoint` as in `sqs` of `sqs.amazonaws.com`. */
export function servicePrincipal(endpoint: string, account: string): Principal & { kind: 'service' } {
  const service = `${endpoint}.amazonaws.com`;
  return { kind: 'service', account, service, arn: service, id: service };
}
