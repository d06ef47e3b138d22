/**
 * Last-accessed data: which services an identity may use, and when it last tried to.
 *
 * Deviation: a report shows what is known when it is read, not when it was asked for; uses are noted once an hour; and the
 * services are those whose models are here.
 *
 * @see IAM User Guide, "Refine permissions in AWS using last accessed information"
 */
import { DAY, type Millis, parseArn, wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { type AccessRow, accesses, type RoleRow, type UserRow, users } from '#kernel/identity';
import type { PolicyGrantingServiceAccess, ServiceLastAccessed } from '#models/iam';
import { findGroup, findHolder, type Holder } from '../domain/entities.ts';
import { grantedServices, grantsService } from '../domain/grants.ts';
import { documentOf, findPolicy } from '../domain/managed-policy.ts';
import { NAMESPACES } from '../domain/namespaces.ts';
import { pageOf } from '../domain/page.ts';
import { invalidArn, noSuchReport, notManagementAccount } from '../errors.ts';
import { type AccessJobRow, accessJobs, attachments, memberships } from '../state.ts';

const KEPT_FOR: Millis = 7 * DAY;
/** Reports that are too old are removed a few at a time, when new ones are made. */
const SWEEP_BATCH = 10;

/** Users and roles. */
type Entity = { kind: 'user'; row: UserRow } | { kind: 'role'; row: RoleRow };

/** What a report is about: its policies' texts, and whose uses count. */
type Subject = { documents: string[]; entities: Entity[] };

/** @throws {ServiceError} InvalidInput, NoSuchEntity */
function subjectOf(text: string, ctx: Ctx): Subject {
  const arn = parseArn(text);
  if (arn?.service !== 'iam' || !/^(user|group|role|policy)\//.test(arn.resource)) throw invalidArn(text);
  if (arn.resource.startsWith('policy/')) {
    const policy = findPolicy(text, ctx.store);
    const uses = ctx.store.list(attachments, { where: { policy: text, usage: 'attached' } });
    const entities = uses.flatMap(({ kind, name }) => entitiesOf(findHolder(kind, name, ctx.store), ctx));
    return {
      documents: [documentOf(policy)],
      entities: [...new Map(entities.map((one) => [one.row.id, one])).values()],
    };
  }
  const holder = holderOf(text, ctx);
  return { documents: policiesOf(holder, ctx).map(({ document }) => document), entities: entitiesOf(holder, ctx) };
}

/** The user, group or role of an ARN. @throws {ServiceError} InvalidInput, NoSuchEntity */
function holderOf(text: string, ctx: Ctx): Holder {
  const arn = parseArn(text);
  const kind = arn?.resource.split('/')[0];
  if (arn?.account !== ctx.account || (kind !== 'user' && kind !== 'group' && kind !== 'role')) throw invalidArn(text);
  return findHolder(kind, arn.resource.slice(arn.resource.lastIndexOf('/') + 1), ctx.store);
}

/** Whose uses count: those of a group are its members'. */
function entitiesOf(holder: Holder, ctx: Ctx): Entity[] {
  if (holder.kind !== 'group') return [holder];
  return ctx.store.list(memberships, { where: { group: holder.row.name } }).flatMap(({ user }): Entity[] => {
    const row = ctx.store.get(users, { name: user });
    return row === undefined ? [] : [{ kind: 'user', row }];
  });
}

type Held = PolicyGrantingServiceAccess & { document: string };

/** Policies of a user with its groups', a group or a role. */
function policiesOf(holder: Holder, ctx: Ctx): Held[] {
  const { kind, row } = holder;
  const EntityType = ({ user: 'USER', group: 'GROUP', role: 'ROLE' } as const)[kind];
  const inline = Object.entries(row.inline).map(
    ([PolicyName, document]): Held => ({
      PolicyName,
      PolicyType: 'INLINE',
      EntityType,
      EntityName: row.name,
      document,
    }),
  );
  const managed = row.attached.map((arn): Held => {
    const policy = findPolicy(arn, ctx.store);
    return { PolicyName: policy.name, PolicyType: 'MANAGED', PolicyArn: arn, document: documentOf(policy) };
  });
  const groups = holder.kind === 'user' ? holder.row.groups : [];
  return [
    ...managed,
    ...inline,
    ...groups.flatMap((name) => policiesOf({ kind: 'group', row: findGroup(name, ctx.store) }, ctx)),
  ];
}

type Use = AccessRow & { by: Entity };

const usesOf = (entities: readonly Entity[], service: string, ctx: Ctx): Use[] =>
  entities.flatMap((by) =>
    ctx.store.list(accesses, { where: { entity: by.row.id, service } }).map((row): Use => ({ ...row, by })),
  );

const latest = (uses: readonly Use[]) =>
  uses.reduce<Use | undefined>((a, b) => (a !== undefined && a.at >= b.at ? a : b), undefined);

export const generateServiceLastAccessedDetails: Handler<'iam', 'GenerateServiceLastAccessedDetails'> = (
  input,
  ctx,
) => {
  const { Arn: about, Granularity: granularity = 'SERVICE_LEVEL' } = input;
  subjectOf(about, ctx);
  const before = { at: ctx.now - KEPT_FOR };
  for (const old of ctx.store.list(accessJobs, { index: 'byAge', before, limit: SWEEP_BATCH }))
    ctx.store.delete(accessJobs, old);
  const id = ctx.uuid();
  ctx.store.put(accessJobs, { id, about, granularity, at: ctx.now });
  return { JobId: id };
};

/** @throws {ServiceError} NoSuchEntity */
function jobOf(id: string, ctx: Ctx): AccessJobRow {
  const job = ctx.store.get(accessJobs, { id });
  if (job === undefined) throw noSuchReport(id);
  return job;
}

/** A report is there as soon as it is asked for. */
const completed = ({ at }: AccessJobRow) => ({
  JobStatus: 'COMPLETED' as const,
  JobCreationDate: wholeSecond(at),
  JobCompletionDate: wholeSecond(at),
});

export const getServiceLastAccessedDetails: Handler<'iam', 'GetServiceLastAccessedDetails'> = (input, ctx) => {
  const job = jobOf(input.JobId, ctx);
  const { documents, entities } = subjectOf(job.about, ctx);
  const { items, end } = pageOf(input, grantedServices(documents));
  return {
    ...completed(job),
    JobType: job.granularity,
    ServicesLastAccessed: items.map((service) => detailsOf(service, usesOf(entities, service, ctx), job)),
    ...end,
  };
};

function detailsOf(service: string, uses: readonly Use[], { granularity }: AccessJobRow): ServiceLastAccessed {
  const last = latest(uses);
  const actions = Map.groupBy(uses, ({ action }) => action);
  return {
    ServiceName: NAMESPACES[service] ?? service,
    ServiceNamespace: service,
    TotalAuthenticatedEntities: new Set(uses.map(({ entity }) => entity)).size,
    ...(last !== undefined && {
      LastAuthenticated: wholeSecond(last.at),
      LastAuthenticatedEntity: last.by.row.arn,
      LastAuthenticatedRegion: last.region,
    }),
    ...(granularity === 'ACTION_LEVEL' && {
      TrackedActionsLastAccessed: [...actions].flatMap(([ActionName, all]) => {
        const one = latest(all);
        if (one === undefined) return [];
        const { at, region, by } = one;
        return [
          { ActionName, LastAccessedEntity: by.row.arn, LastAccessedTime: wholeSecond(at), LastAccessedRegion: region },
        ];
      }),
    }),
  };
}

export const getServiceLastAccessedDetailsWithEntities: Handler<'iam', 'GetServiceLastAccessedDetailsWithEntities'> = (
  input,
  ctx,
) => {
  const job = jobOf(input.JobId, ctx);
  const { entities } = subjectOf(job.about, ctx);
  const { items, end } = pageOf(input, entities);
  return {
    ...completed(job),
    EntityDetailsList: items.map((one) => {
      const last = latest(usesOf([one], input.ServiceNamespace, ctx));
      const { arn: Arn, name: Name, id: Id, path: Path } = one.row;
      return {
        EntityInfo: { Arn, Name, Type: one.kind === 'user' ? ('USER' as const) : ('ROLE' as const), Id, Path },
        ...(last !== undefined && { LastAuthenticated: wholeSecond(last.at) }),
      };
    }),
    ...end,
  };
};

export const listPoliciesGrantingServiceAccess: Handler<'iam', 'ListPoliciesGrantingServiceAccess'> = (input, ctx) => {
  const held = policiesOf(holderOf(input.Arn, ctx), ctx);
  const { items, end } = pageOf(input, input.ServiceNamespaces);
  return {
    PoliciesGrantingServiceAccess: items.map((ServiceNamespace) => ({
      ServiceNamespace,
      Policies: held
        .filter(({ document }) => grantsService(document, ServiceNamespace.toLowerCase()))
        .map(({ document: _, ...policy }) => policy),
    })),
    ...end,
  };
};

/** No account here is in an organization. */
export const generateOrganizationsAccessReport: Handler<'iam', 'GenerateOrganizationsAccessReport'> = () => {
  throw notManagementAccount();
};
export const getOrganizationsAccessReport: Handler<'iam', 'GetOrganizationsAccessReport'> = (input) => {
  throw noSuchReport(input.JobId);
};
