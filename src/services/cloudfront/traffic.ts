/** Requests to distributions: handed to the edge with what it is to know of them. */
import type {
  Ctx,
  EdgeDistribution,
  EdgeOrigin,
  EdgeRecord,
  EdgeReply,
  EdgeServices,
  OriginRequest,
  TrafficRequest,
  TrafficRule,
} from '#kernel/contract';
import type { Origin, OriginAccessControlConfig } from '#models/cloudfront';
import { writeLog } from './domain/access-log.ts';
import { note } from './domain/answered.ts';
import { edgeOf, edgeOfTenant } from './domain/compile.ts';
import { isAdmitted } from './domain/connection.ts';
import { edgeReader } from './domain/contents.ts';
import { chosen } from './domain/deployment.ts';
import { noteRun } from './domain/function-log.ts';
import { identityOf } from './domain/identity.ts';
import { arnOf } from './domain/ids.ts';
import { isWelcome } from './domain/mutual-tls.ts';
import { bucketOf, endpointOf, hasOwnName } from './domain/names.ts';
import { streamLog } from './domain/realtime-log.ts';
import { type DistributionRow, distributions, groups, tenants, things } from './state.ts';

/** Of a request's id, which has 54 letters. */
const ID_BYTES = 40;

/** Answers as the edge location nearest to the viewer. */
export const traffic: TrafficRule = async (request, ctx) => {
  const site = siteOf(request, ctx);
  if (site === undefined) return disabled();
  const { row, spec } = site;
  const { method, path, query, headers, body, sourceIp, secure, gone } = request;
  const { ViewerMtlsConfig: mutual } = row.config;
  const certificate = mutual && (request.clientCertificate ?? null);
  // Deviation: AWS ends the handshake; here the connection stands, and all that is asked on it is refused.
  if (secure && !isWelcome(row.config, certificate ?? undefined, ctx)) return denied();
  if (mutual !== undefined && !(await isAdmitted(row, request, ctx))) return denied();
  const host = request.kind === 'cloudfront' && request.host.startsWith('localhost') ? spec.domain : request.host;
  return ctx.planes.edge.answer(
    spec,
    { host, method, path, query, headers, body, sourceIp, secure, gone, certificate },
    servicesOf(row, request, ctx),
  );
};

type Site = { row: DistributionRow; spec: EdgeDistribution };

/** Whose request it is; undefined where nobody answers it. */
function siteOf(request: TrafficRequest, ctx: Ctx): Site | undefined {
  const { store } = ctx;
  const tenant = store.get(tenants, { id: request.id });
  const found = store.get(distributions, { id: tenant?.distribution ?? request.id });
  if (found?.config.Enabled !== true) return undefined;
  if (tenant === undefined) {
    const row = chosen(found, request, ctx);
    return { row, spec: edgeOf(row, ctx) };
  }
  const group = store.get(groups, { id: tenant.group });
  const isShown = request.kind !== 'host' || tenant.active.some((domain) => isUnder(request.name, domain));
  if (!tenant.enabled || group?.enabled !== true || !isShown) return undefined;
  return { row: found, spec: edgeOfTenant(tenant, found, endpointOf(group), ctx) };
}

/** Whether a host is a domain, or one of those that `*.example.com` stands for. */
function isUnder(host: string, domain: string): boolean {
  return host === domain || host.replace(/^[^.]+/, '*') === domain;
}

const disabled = () => refusal('The distribution is disabled.');
const denied = () => refusal('The certificate of the viewer is not trusted.');

function refusal(reason: string): EdgeReply {
  return {
    status: 403,
    headers: { 'content-type': 'text/html', server: 'CloudFront' },
    body: `<html><body><h1>403 ERROR</h1><p>The request could not be satisfied. ${reason}</p></body></html>\n`,
  };
}

function servicesOf(row: DistributionRow, request: TrafficRequest, ctx: Ctx): EdgeServices {
  return {
    ...edgeReader(ctx),
    id: () => `${ctx.random.bytes(ID_BYTES).toString('base64url')}==`,
    bytes: (count) => ctx.random.bytes(count),
    reach: (origin, asked) => reach(row, origin, asked, ctx),
    invoke: (arn, event) => invoke(arn, event, row, ctx),
    ran: (code, run, requestId) => noteRun(row, code.name, run, requestId, ctx),
    track: (work) => ctx.track(work),
    answered: (record: EdgeRecord) => {
      note(row, request, record, ctx);
      writeLog(row, request, record, ctx);
      streamLog(row, request, record, ctx);
    },
  };
}

/** Sends a request to an origin, if that is in this cloud. */
async function reach(
  row: DistributionRow,
  { id, domain, bucket, signing }: EdgeOrigin,
  asked: OriginRequest,
  ctx: Ctx,
): Promise<EdgeReply | 'close' | undefined> {
  const origin = row.config.Origins.Items.find((one) => one.Id === id);
  if (origin === undefined) return 'close';
  const { method, path, query, body, sourceIp } = asked;
  const said = asked.headers.host ?? domain;
  const isOwn = said.replace(/:\d+$/, '') === domain.replace(/:\d+$/, '');
  // An API and a function answer to their own name alone.
  if (!isOwn && hasOwnName(domain))
    return { status: 403, headers: { 'content-type': 'application/json' }, body: '{"message":"Forbidden"}' };
  // S3 takes a name that it does not know for a bucket's.
  const host = !isOwn && bucketOf(domain) !== undefined ? `${said.replace(/:\d+$/, '')}.s3.amazonaws.com` : domain;
  // What code has made of a bucket is not asked in its name, unless it says so.
  const isStill = origin.S3OriginConfig === undefined || bucket !== undefined;
  const as = signing !== undefined || isStill ? signer(row, origin, { asked, signing }, ctx) : undefined;
  const headers = { ...asked.headers };
  if (as !== undefined) delete headers.authorization;
  return ctx.visit({
    method,
    host,
    target: query === '' ? path : `${path}?${query}`,
    headers,
    body,
    sourceIp,
    secure: true,
    as,
  });
}

/** As whom requests to an origin are signed. Source: CloudFront Developer Guide, "Restrict access to an Amazon S3 origin", "… an AWS Lambda function URL origin". */
type Signing = { asked: OriginRequest; signing: EdgeOrigin['signing'] };

function signer(row: DistributionRow, origin: Origin, { asked, signing }: Signing, ctx: Ctx) {
  const { OriginAccessControlId: oac, S3OriginConfig } = origin;
  if (signing !== undefined || (oac !== undefined && oac !== '')) {
    const control = ctx.store.get(things, { kind: 'oac', id: oac ?? '' })?.config as
      | OriginAccessControlConfig
      | undefined;
    const behavior = signing ?? control?.SigningBehavior;
    const isSigned = behavior === 'always' || (behavior === 'no-override' && asked.headers.authorization === undefined);
    return isSigned ? { resource: arnOf(ctx, 'distribution', row.id) } : undefined;
  }
  const oai = S3OriginConfig?.OriginAccessIdentity.split('/').at(-1);
  if (oai === undefined || oai === '') return undefined;
  return { identity: identityOf(oai) };
}

/** Calls a function of Lambda@Edge, as the edge. */
async function invoke(arn: string, event: string, row: DistributionRow, ctx: Ctx): Promise<string> {
  const lambda = ctx.awsFor(arnOf(ctx, 'distribution', row.id), 'edgelambda').lambda;
  const { Payload, FunctionError } = await lambda.Invoke({ FunctionName: arn, Payload: Buffer.from(event) });
  if (FunctionError !== undefined || Payload === undefined) throw new Error(`${arn} failed`);
  return Buffer.from(Payload as Uint8Array).toString('utf8');
}
