/** What a connection function is told of a connection, and what it decides. Source: CloudFront Developer Guide, "Write CloudFront Connection Function code for mutual TLS (viewer) validation". */
import { hash, X509Certificate } from 'node:crypto';
import type { Ctx, EdgeCode, EdgeRun, TrafficRequest } from '#kernel/contract';
import type { DistributionConfig } from '#models/cloudfront';
import { invalidArgument, noSuchEntity } from '../errors.ts';
import { type ConnectionFunctionRow, connectionFunctions, type DistributionRow } from '../state.ts';
import { storesOf } from './compile.ts';
import { edgeReader } from './contents.ts';

/** The kind of thing that a connection function is. */
export const CONNECTION_FUNCTION = 'connection-function';
/** Of a connection's id, which has 54 letters. */
const ID_BYTES = 40;

/** @throws {ServiceError} unless viewers of what is so configured can be asked about by a function that is published */
export function checkConnectionFunction(config: DistributionConfig, { store }: Ctx): void {
  const id = config.ConnectionFunctionAssociation?.Id;
  if (id === undefined) return;
  if (config.ViewerMtlsConfig === undefined || config.ViewerMtlsConfig.Mode === 'passthrough')
    throw invalidArgument('A connection function needs viewer mTLS that looks at certificates.');
  if (store.get(connectionFunctions, { id, stage: 'LIVE' }) === undefined) throw noSuchEntity();
}

/** A function's code, as the edge runs it. */
export function connectionCode(row: ConnectionFunctionRow, ctx: Ctx): EdgeCode {
  return {
    key: `${ctx.account}/${row.id}/${row.stage}/${row.etag}`,
    name: row.name,
    runtime: row.config.Runtime,
    source: Buffer.from(row.code, 'base64').toString('utf8'),
    stores: storesOf(row.config),
    isOfConnections: true,
  };
}

/** Whether the function has said so; what it has not said is no consent. */
export function isAllowed({ output, error }: EdgeRun): boolean {
  return error === undefined && output === 'true';
}

/**
 * Whether a viewer with a good certificate may come in. Deviation: the function is asked with each request, where AWS asks it when a
 * connection begins; there are no connection logs into which it could write.
 */
export async function isAdmitted(
  { config, id, name }: DistributionRow,
  { clientCertificate, sourceIp }: TrafficRequest,
  ctx: Ctx,
): Promise<boolean> {
  const function_ = config.ConnectionFunctionAssociation?.Id;
  if (function_ === undefined || clientCertificate === undefined) return true;
  const row = ctx.store.get(connectionFunctions, { id: function_, stage: 'LIVE' });
  if (row === undefined) return false;
  const event = {
    clientCertificate: { certificates: { leaf: leafOf(clientCertificate) } },
    clientIp: sourceIp,
    endpoint: `${name}.cloudfront.net`,
    distributionId: id,
    connectionId: `${ctx.random.bytes(ID_BYTES).toString('base64url')}==`,
  };
  return isAllowed(await ctx.planes.edge.run(connectionCode(row, ctx), JSON.stringify(event), edgeReader(ctx)));
}

function leafOf(bytes: Uint8Array) {
  const shown = new X509Certificate(bytes);
  const time = (date: Date) => date.toISOString().replace('.000Z', 'Z');
  return {
    serialNumber: shown.serialNumber.toLowerCase().replace(/..(?=.)/g, '$&:'),
    issuer: shown.issuer.split('\n').join(', '),
    subject: (shown.subject ?? '').split('\n').join(', '),
    validity: { notBefore: time(shown.validFromDate), notAfter: time(shown.validToDate) },
    sha256Fingerprint: hash('sha256', bytes, 'base64url'),
  };
}
