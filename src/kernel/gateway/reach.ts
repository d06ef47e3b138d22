/** The ways in which a service calls others: as itself, for one of its resources, for its caller, or as a role. */
import { parseArn } from '#kernel/base';
import { type Acting, type Assuming, type Caller, commonError, type Pass, type Visit } from '#kernel/contract';
import { type Principal, principalOfEndpoint, rootOf, servicePrincipal } from '#kernel/identity';
import type { CallerFacts, Kernel } from './kernel.ts';

/** The service that calls, and where it works. */
export type ServicePlace = { endpoint: string; account: string; region: string };

/** These ways, of a service that serves `caller`. */
export type Reach = ReturnType<typeof reachOf>;

/** What a service that serves `caller` may reach; nothing is made before it is asked for. */
export function reachOf(kernel: Kernel, { endpoint, account, region }: ServicePlace, caller: CallerFacts) {
  const principal = principalOfEndpoint(endpoint, account);
  const own: CallerFacts = { account, region, principal };
  return {
    own: () => kernel.aws(() => own),
    forResource: (arn: string, part?: string, elsewhere = region) => {
      const who = part === undefined ? principal : servicePrincipal(part, account);
      // A caller may ask for what is another account's.
      const source = { arn, account: parseArn(arn)?.account || account };
      return kernel.aws(() => ({ ...own, region: elsewhere, principal: who, source }));
    },
    forCaller: () => kernel.aws(() => ({ ...caller, region, via: [...(caller.via ?? []), principal.id] })),
    forIndex: () => kernel.aws(() => ({ ...own, principal: rootOf(account), isUnseen: true })),
    async asRole(RoleArn: string, RoleSessionName: string, assuming: Assuming = {}): Promise<Acting> {
      const { part, externalId: ExternalId, source } = assuming;
      const who = part === undefined ? principal : servicePrincipal(part, account);
      const facts = { ...own, principal: who, ...(source !== undefined && { source: { arn: source, account } }) };
      const { Credentials } = await kernel
        .aws(() => facts)
        .sts.AssumeRole({ RoleArn, RoleSessionName, ...(ExternalId !== undefined && { ExternalId }) });
      const acting = actingWith(kernel, Credentials?.AccessKeyId ?? '', region);
      if (acting === undefined) throw sessionIsOver();
      return acting;
    },
    async passOfRole(roleArn: string, sessionName: string): Promise<Pass> {
      const { Credentials } = await kernel
        .aws(() => own)
        .sts.AssumeRole({ RoleArn: roleArn, RoleSessionName: sessionName });
      const accessKeyId = Credentials?.AccessKeyId ?? '';
      const credential = kernel.directory.credential(accessKeyId);
      if (credential === undefined) throw sessionIsOver();
      return { principal: credential.principal, accessKeyId, via: [] };
    },
    withPass(pass: Pass, elsewhere = region) {
      const facts = factsOfPass(kernel, pass, elsewhere);
      return kernel.aws(() => ({ ...facts, via: [...pass.via, principal.id] }));
    },
    withSession: (accessKeyId: string) => actingWith(kernel, accessKeyId, region),
    visit: ((request) => kernel.visit(own, request)) satisfies Visit,
  };
}

/**
 * Who gave a pass, with the session it came from.
 *
 * @throws {ServiceError} ExpiredToken when that is over
 */
export function factsOfPass(kernel: Kernel, { principal, accessKeyId, via }: Pass, region: string): CallerFacts {
  const session = accessKeyId === undefined ? undefined : kernel.directory.credential(accessKeyId)?.session;
  const isOver = session === undefined ? isTemporary(principal) : session.expiresAt <= kernel.clock.now();
  if (isOver) throw sessionIsOver();
  return { account: principal.account, region, principal, session, accessKeyId, via };
}

/** Also one that was given out just now, where the cloud's state was replaced meanwhile. */
function sessionIsOver(): Error {
  return commonError('ExpiredToken', 'The security token included in the request is expired');
}

function isTemporary({ kind }: Principal): boolean {
  return kind === 'session' || kind === 'federated';
}

/** A role's session, as a service uses it; undefined where there is none, or no longer. */
function actingWith(kernel: Kernel, accessKeyId: string, region: string): Acting | undefined {
  const credential = kernel.directory.credential(accessKeyId);
  if (credential?.session === undefined || credential.session.expiresAt <= kernel.clock.now()) return undefined;
  const { session, principal } = credential;
  const facts = (where: string): CallerFacts => ({
    account: principal.account,
    region: where,
    principal,
    session,
    accessKeyId,
  });
  return {
    aws: (where = region) => kernel.aws(() => facts(where)),
    awsFor: (arn, where = region) => {
      const source = { arn, account: principal.account };
      return kernel.aws(() => ({ ...facts(where), source }));
    },
    authorize: (access) => kernel.authorizeAs(facts(region), access),
  };
}

/** Who calls, with what a call passed on in its name needs. */
export function factsOf(caller: Caller, session: CallerFacts['session'], region: string): CallerFacts {
  const { principal, accessKeyId, via, source } = caller;
  const facts = { account: principal.account, region, principal, session, accessKeyId, via };
  // Source: CloudTrail User Guide, "Granting encrypt permissions": what a service does for a resource, S3 asks of KMS for that resource.
  return source === undefined ? facts : { ...facts, source };
}
