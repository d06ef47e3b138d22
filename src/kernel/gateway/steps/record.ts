/** Writes down that the call was made and how it ended. */
import type { CallDetails, SessionFacts } from '#kernel/events';
import type { Exchange } from '../exchange.ts';
import type { Kernel } from '../kernel.ts';
import { isReadOnly, writeForTrail } from '../trail.ts';

/** Characters of an error's text, and of what the caller says it is, that are recorded. Source: CloudTrail User Guide, "CloudTrail record contents": 1 KB. */
const MESSAGE_MAX = 1_024;

export function record(x: Exchange, kernel: Kernel, micros: number): void {
  const { loaded, caller, operation, error } = x;
  if (loaded === undefined || operation === '') return;
  if (caller !== undefined) kernel.usage.add(x, loaded.head.name, `Requests:${operation}`, 1, x.now);
  const built = typeof loaded.service?.operations[operation] === 'function';
  const isData = loaded.service?.dataEvents?.includes(operation) === true || !built || error?.code === 'RegionDark';
  try {
    tell(x, micros);
    kernel.audit.record(
      {
        requestId: x.requestId,
        at: x.now,
        // What nobody in particular asks for is written down where it lies.
        account: caller?.principal.kind === 'anonymous' ? (x.owner ?? x.account) : x.account,
        region: x.region,
        service: loaded.head.name,
        operation,
        principal: caller?.principal.arn ?? '',
        principalId: caller?.principal.id ?? '',
        principalKind: caller?.principal.kind ?? 'anonymous',
        accessKeyId: caller?.accessKeyId,
        sourceIp: caller?.sourceIp ?? x.request.sourceIp,
        userAgent: (caller?.userAgent ?? '').slice(0, MESSAGE_MAX),
        readonly: isReadOnly(loaded.model, operation, loaded.service?.reads),
        data: isData,
        status: x.reply === undefined || x.reply === 'close' ? 0 : x.reply.status,
        error: x.error?.code,
        message: x.error?.message.slice(0, MESSAGE_MAX),
        micros,
      },
      () => detailsOf(x),
      ownersOf(x),
    );
  } catch (error) {
    kernel.log('error', 'a call could not be recorded', { error: String(error), service: loaded.head.name, operation });
  }
}

/** The other accounts whose resources were had. */
function ownersOf({ touched, account, caller }: Exchange): ReadonlySet<string> | undefined {
  if (caller === undefined || caller.principal.kind === 'anonymous') return undefined;
  if (touched?.some((one) => one.account !== account) !== true) return undefined;
  return new Set(touched.flatMap((one) => (one.account === account ? [] : [one.account])));
}

/** What was asked; and what was answered, where something was changed. */
function detailsOf(x: Exchange): CallDetails {
  const { loaded, operation, input, output, error, caller } = x;
  const model = loaded?.model;
  const described = model?.operations[operation];
  if (model === undefined || described === undefined) return {};
  const session = sessionOf(x);
  const invokedBy = caller?.via?.at(-1);
  const parameters = described.input === undefined ? undefined : writeForTrail(model, described.input, input);
  const { reads } = loaded?.service ?? {};
  const isShown = !isReadOnly(model, operation, reads) || reads?.[operation] === 'answered';
  const isAnswered = isShown && error === undefined && described.output !== undefined;
  const response = isAnswered ? writeForTrail(model, described.output ?? '', output) : undefined;
  return {
    ...(parameters !== undefined && { parameters }),
    ...(response !== undefined && { response }),
    ...(session !== undefined && { session }),
    ...(invokedBy !== undefined && { invokedBy }),
    ...(x.touched !== undefined && { touched: x.touched }),
    ...(x.additional !== undefined && { additional: x.additional }),
    ...(ownersOf(x) !== undefined && { shared: true }),
  };
}

function sessionOf({ session, caller }: Exchange): SessionFacts | undefined {
  if (session === undefined || caller === undefined) return undefined;
  const { principal } = caller;
  const issuerArn =
    principal.kind === 'session' ? principal.roleArn : principal.kind === 'federated' ? principal.issuerArn : undefined;
  const provider = session.context?.['aws:FederatedProvider'];
  return {
    createdAt: session.createdAt,
    mfa: session.mfaAt !== undefined,
    ...(issuerArn !== undefined && { issuerArn }),
    ...(session.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
    ...(typeof provider === 'string' && { provider }),
  };
}

/** A service that keeps logs of its own hears of each request over the wire. */
function tell({ loaded, ctx, operation, input, output, reply, error }: Exchange, micros: number): void {
  const listen = loaded?.service?.answered;
  if (listen === undefined || ctx === undefined || reply === undefined || reply === 'close') return;
  const { status, headers, body } = reply;
  const sent = Number(headers['content-length'] ?? (typeof body === 'string' ? Buffer.byteLength(body) : body.length));
  listen({ operation, input, status, error: error?.code, output, sent: sent || 0, micros }, ctx);
}
