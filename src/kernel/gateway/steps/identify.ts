/** Which service a request is for, and in which of its protocols it speaks. */

import { readClaim } from '#kernel/identity';
import { type ProtocolName, parseForm, type ServiceHead, WireFailure } from '#kernel/wire';
import { DEFAULT_REGION, REGIONS } from '#kernel/world';
import type { Exchange } from '../exchange.ts';
import { bucketOfHost, regionOfHost, serviceOfHost } from '../hosts.ts';
import type { Kernel } from '../kernel.ts';

const CBOR_PATH = /\/service\/([A-Za-z0-9_]+)\/operation\//;

export function identify(x: Exchange, kernel: Kernel): void {
  const claim = readClaim({ method: x.request.method, path: x.path, query: x.query, headers: x.request.headers });
  if (claim !== undefined && 'fault' in claim) x.claimFault = claim;
  else x.claim = claim;
  const host = x.request.headers.host ?? x.request.headers[':authority'] ?? '';
  const scopeRegion = x.claim?.scope.region;
  x.region =
    scopeRegion !== undefined && scopeRegion !== '' && scopeRegion !== '*'
      ? scopeRegion
      : (regionOfHost(host) ?? DEFAULT_REGION);
  const heads = [...kernel.catalog.heads.values()];
  const [head, protocol] = chooseService(x, heads, host);
  x.head = head;
  x.protocolName = protocol;
  if (head.name === 's3') {
    const bucket = bucketOfHost(host);
    if (bucket !== undefined) x.path = `/${bucket}${x.path}`;
  }
  if (!REGIONS.has(x.region) && head.globalEndpoint === undefined && !/^(cn|us-gov)-/.test(x.region))
    x.region = DEFAULT_REGION;
}

type Choice = [head: ServiceHead, protocol: ProtocolName];

function chooseService(x: Exchange, heads: ServiceHead[], host: string): Choice {
  const { headers } = x.request;
  const target = headers['x-amz-target'];
  if (target !== undefined) {
    const prefix = target.slice(0, target.lastIndexOf('.'));
    const found = heads.find((head) => head.target === prefix);
    if (found !== undefined) return [found, 'json'];
  }
  const cbor = headers['smithy-protocol'] === 'rpc-v2-cbor' ? CBOR_PATH.exec(x.path)?.[1] : undefined;
  if (cbor !== undefined) {
    const found = heads.find((head) => head.target === cbor && head.protocols.includes('cbor'));
    if (found !== undefined) return [found, 'cbor'];
  }
  const bySigning = heads.filter(
    (head) => head.signing === x.claim?.scope.service || (x.claim?.scope.service === 's3express' && head.name === 's3'),
  );
  const candidates = bySigning.length > 0 ? bySigning : hostCandidates(heads, host, x);
  const chosen = candidates.length > 1 ? disambiguate(candidates, x) : candidates[0];
  if (chosen === undefined) throw new WireFailure('unknown-operation', `No service for ${x.request.method} ${x.path}`);
  return [chosen, protocolFor(chosen, x)];
}

/** Without a signature: by host name, else by a form's Version, else S3 (anonymous reads and presigned URLs of version 2). */
function hostCandidates(heads: ServiceHead[], host: string, x: Exchange): ServiceHead[] {
  const endpoint = serviceOfHost(host);
  const byHost = endpoint === undefined ? [] : heads.filter((head) => head.endpoint === endpoint);
  if (byHost.length > 0) return byHost;
  const version = parseForm(x.query).get('Version');
  const byVersion =
    version === undefined
      ? []
      : heads.filter(
          (head) => head.version === version && (head.protocols.includes('query') || head.protocols.includes('ec2')),
        );
  if (byVersion.length > 0) return byVersion;
  return heads.filter((head) =>
    x.request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
      ? head.name === 'sts'
      : head.name === 's3',
  );
}

/** Several services sign alike: REST ones differ by path, query ones by Version. */
function disambiguate(candidates: ServiceHead[], x: Exchange): ServiceHead | undefined {
  const { path } = x;
  const named = (name: string) => candidates.find((head) => head.name === name);
  if (named('s3-control') !== undefined) return path.startsWith('/v20180820/') ? named('s3-control') : named('s3');
  if (named('apigatewayv2') !== undefined)
    return path.startsWith('/v2/') ? named('apigatewayv2') : named('api-gateway');
  if (named('sesv2') !== undefined) return path.startsWith('/v2/') ? named('sesv2') : named('ses');
  const version = parseForm(x.query).get('Version');
  return candidates.find((head) => head.version === version) ?? candidates[0];
}

function protocolFor(head: ServiceHead, x: Exchange): ProtocolName {
  const form =
    x.request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true ||
    x.query.includes('Action=');
  if (form) {
    const old = head.protocols.find((name) => name === 'query' || name === 'ec2');
    if (old !== undefined) return old;
  }
  return head.protocols[0] as ProtocolName;
}
