/** Writes down that the call was made and how it ended. */
import type { Exchange } from '../exchange.ts';
import type { Kernel } from '../kernel.ts';

export function record(x: Exchange, kernel: Kernel, micros: number): void {
  const { loaded, caller, operation } = x;
  if (loaded === undefined || operation === '') return;
  if (caller !== undefined) kernel.usage.add(x, loaded.head.name, `Requests:${operation}`, 1, x.now);
  const built = typeof loaded.service?.operations[operation] === 'function';
  const isData = loaded.service?.dataEvents?.includes(operation) === true || !built;
  try {
    tell(x, micros);
    kernel.audit.record({
      requestId: x.requestId,
      at: x.now,
      account: x.account,
      region: x.region,
      service: loaded.head.name,
      operation,
      principal: caller?.principal.arn ?? '',
      principalId: caller?.principal.id ?? '',
      accessKeyId: caller?.accessKeyId,
      sourceIp: caller?.sourceIp ?? x.request.sourceIp,
      userAgent: caller?.userAgent ?? '',
      readonly: loaded.model.operations[operation]?.readonly === true,
      data: isData,
      status: x.reply === undefined || x.reply === 'close' ? 0 : x.reply.status,
      error: x.error?.code,
      message: x.error?.message,
      micros,
    });
  } catch (error) {
    kernel.log('error', 'a call could not be recorded', { error: String(error), service: loaded.head.name, operation });
  }
}

/** A service that keeps logs of its own hears of each request over the wire. */
function tell({ loaded, ctx, operation, input, reply, error }: Exchange, micros: number): void {
  const listen = loaded?.service?.answered;
  if (listen === undefined || ctx === undefined || reply === undefined || reply === 'close') return;
  const { status, headers, body } = reply;
  const sent = Number(headers['content-length'] ?? (typeof body === 'string' ? Buffer.byteLength(body) : body.length));
  listen({ operation, input, status, error: error?.code, sent: sent || 0, micros }, ctx);
}
