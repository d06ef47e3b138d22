/** Which service a request is for, and in which of its protocols it speaks. */

import { readClaim, readOldClaim } from '#kernel/identity';
import { isAwsCbor, type ProtocolName, parseForm, type ServiceHead, WireFailure } from '#kernel/wire';
import { DEFAULT_REGION, REGIONS } from '#kernel/world';
import type { Catalog } from '../catalog.ts';
import type { Exchange } from '../exchange.ts';
import { notBuilt } from '../faces.ts';
import { bucketOfHost, regionOfHost, serviceOfHost } from '../hosts.ts';
import type { Kernel } from '../kernel.ts';
import { RPC_BYTES_MAX, tooLarge } from './receive.ts';

const CERTIFICATE = /^\/SimpleNotificationService-[0-9a-f]+\.pem$/;
const CBOR_PATH = /\/service\/([A-Za-z0-9_]+)\/operation\//;

export function identify(x: Exchange, kernel: Kernel): void | Promise<void> {
  const signed = { method: x.request.method, path: x.path, query: x.query, headers: x.request.headers };
  const claim = readClaim(signed);
  if (claim !== undefined && 'fault' in claim) x.claimFault = claim;
  else x.claim = claim;
  if (x.claim === undefined) x.oldClaim = readOldClaim(signed);
  const form = formIfNeeded(x, kernel);
  return form instanceof Promise ? form.then((text) => choose(x, kernel, text)) : choose(x, kernel, form);
}

function choose(x: Exchange, kernel: Kernel, form: string): void {
  const host = x.request.headers.host ?? '';
  // Deviation: what nobody signed, to a host name without a Region, is for us-east-1 (an open queue's URL, a web identity's role); AWS's host names have one.
  x.region = signedRegion(x) ?? regionOfHost(host) ?? DEFAULT_REGION;
  const [head, protocol] = chooseService(x, kernel.catalog, host, form);
  x.head = head;
  x.protocolName = protocol;
  if (head.name === 's3') {
    // WriteGetObjectResponse has a route before its host, no bucket.
    const bucket = x.claim?.scope.service === 's3-object-lambda' ? undefined : bucketOfHost(host);
    if (bucket !== undefined) x.path = `/${bucket}${x.path}`;
    else if (x.claim?.scope.service === 's3express' && isJoinedTwice(x)) x.path = x.path.replace('//', '/');
  }
  if (!REGIONS.has(x.region) && head.globalEndpoint === undefined && !/^(cn|us-gov)-/.test(x.region))
    x.region = DEFAULT_REGION;
}

/**
 * AWS's SDK for JavaScript puts a directory bucket before a path with one slash too many, where its endpoint is an address: `/bucket//key`.
 * Other clients, to which such a path means a key that begins with a slash, are told by their headers; presigned URLs by `x-id`.
 */
function isJoinedTwice({ path, query, request: { headers } }: Exchange): boolean {
  if (!/^\/[^/]+\/\//.test(path)) return false;
  return headers['x-amz-user-agent']?.startsWith('aws-sdk-js/') === true || query.includes('x-id=');
}

/** The Region of the signature; of those that one of version 4a is good for, the first that is named in full. */
function signedRegion(x: Exchange): string | undefined {
  const { claim } = x;
  if (claim?.algorithm !== 'v4a') return claim?.scope.region || undefined;
  return regionSetOf(x).find((region) => REGIONS.has(region));
}

/**
 * The Regions that a signature of version 4a is good for, as patterns: `*`, `us-*`, `eu-west-1`.
 *
 * @see IAM User Guide, "AWS Signature Version 4 for API requests"
 */
export function regionSetOf({ claim, request, query }: Exchange): string[] {
  const inQuery = claim?.from === 'query' ? parseForm(query).get('X-Amz-Region-Set') : undefined;
  const set = inQuery ?? request.headers['x-amz-region-set'] ?? '';
  return set.split(',').map((region) => region.trim());
}

const LATER = 'the service comes with a later release';

type Choice = [head: ServiceHead, protocol: ProtocolName];

function chooseService(x: Exchange, catalog: Catalog, host: string, form: string): Choice {
  const { headers } = x.request;
  const target = headers['x-amz-target'];
  if (target !== undefined) {
    const found = catalog.byTarget.get(target.slice(0, target.lastIndexOf('.')));
    if (found !== undefined) return [found, isAwsCbor(headers['content-type']) ? 'json-cbor' : 'json'];
    const signing = x.claim?.scope.service ?? '';
    // A service of which there is not even a model, such as ecs, is not taken for S3.
    if (signing !== '' && signedAs(x, catalog) === undefined)
      throw notBuilt(signing, target.slice(target.lastIndexOf('.') + 1), LATER);
  }
  const cbor = headers['smithy-protocol'] === 'rpc-v2-cbor' ? CBOR_PATH.exec(x.path)?.[1] : undefined;
  if (cbor !== undefined) {
    const found = catalog.byTarget.get(cbor);
    if (found?.protocols.includes('cbor') === true) return [found, 'cbor'];
  }
  const candidates = signedAs(x, catalog) ?? hostCandidates([...catalog.heads.values()], host, x, form);
  const chosen = candidates.length > 1 ? disambiguate(candidates, x, form) : candidates[0];
  if (chosen === undefined) throw new WireFailure('unknown-operation', `No service for ${x.request.method} ${x.path}`);
  return [chosen, protocolFor(chosen, x)];
}

/** Names that requests to S3 are signed with besides its own. */
const S3_SIGNINGS = ['s3express', 's3-outposts', 's3-object-lambda'];

function signedAs(x: Exchange, catalog: Catalog): readonly ServiceHead[] | undefined {
  const given = x.claim?.scope.service ?? '';
  return catalog.bySigning.get(S3_SIGNINGS.includes(given) ? 's3' : given);
}

/** The form of a request that only its Version tells apart: both generations of Elastic Load Balancing sign alike, and some don't sign. */
function formIfNeeded(x: Exchange, kernel: Kernel): Promise<string> | string {
  if (!isForm(x)) return '';
  const candidates = signedAs(x, kernel.catalog);
  if (candidates !== undefined && candidates.filter((head) => head.protocols.includes('query')).length < 2) return '';
  const use = (bytes: Uint8Array) => {
    x.body = bytes;
    return Buffer.from(bytes).toString('utf8');
  };
  const body = x.request.readBody(RPC_BYTES_MAX, () => tooLarge('query', RPC_BYTES_MAX));
  return body instanceof Uint8Array ? use(body) : body.then(use);
}

/** A queue's address. */
const QUEUE = /^\/\d{12}\/[\w-]+(\.fifo)?\/?$/;

/** A form as the query protocol posts it. What curl sends to S3 says that it is one, too. */
function isForm({ request, path }: Exchange): boolean {
  if (request.method !== 'POST' || (path !== '/' && !QUEUE.test(path))) return false;
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
}

/** Without a signature: by host name, else by a form's Version, else S3 (anonymous reads and presigned URLs of version 2). */
function hostCandidates(heads: ServiceHead[], host: string, x: Exchange, form: string): ServiceHead[] {
  const endpoint = serviceOfHost(host);
  const byHost = endpoint === undefined ? [] : heads.filter((head) => head.endpoint === endpoint);
  if (byHost.length > 0) return byHost;
  const version = parseForm(x.query).get('Version') ?? parseForm(form).get('Version');
  const byVersion =
    version === undefined
      ? []
      : heads.filter(
          (head) => head.version === version && (head.protocols.includes('query') || head.protocols.includes('ec2')),
        );
  if (byVersion.length > 0) return byVersion;
  // No bucket is called like the certificates of SNS.
  if (CERTIFICATE.test(x.path)) return heads.filter((head) => head.name === 'sns');
  if (QUEUE.test(x.path) && (isForm(x) || parseForm(x.query).has('Action')))
    return heads.filter((head) => head.name === 'sqs');
  if (isForm(x)) return heads.filter((head) => head.name === 'sts');
  // Nor is one that is told by its path, such as polly.
  const signing = x.claim?.scope.service ?? '';
  if (signing !== '') throw notBuilt(signing, `${x.request.method} ${x.path}`, LATER);
  return heads.filter((head) => head.name === 's3');
}

/** Several services sign alike: REST ones differ by path, query ones by Version. */
function disambiguate(candidates: readonly ServiceHead[], x: Exchange, form: string): ServiceHead | undefined {
  const { path } = x;
  const named = (name: string) => candidates.find((head) => head.name === name);
  if (named('s3-control') !== undefined) return path.startsWith('/v20180820/') ? named('s3-control') : named('s3');
  if (named('apigatewayv2') !== undefined)
    return path.startsWith('/v2/') ? named('apigatewayv2') : named('api-gateway');
  if (named('sesv2') !== undefined) return path.startsWith('/v2/') ? named('sesv2') : named('ses');
  if (named('kinesis-video') !== undefined) return named(videoService(path));
  const version = parseForm(form === '' ? x.query : form).get('Version');
  return candidates.find((head) => head.version === version) ?? candidates[0];
}

/** Kinesis Video's streams of media have clients and hosts of their own; here they share one. */
function videoService(path: string): string {
  if (path === '/getMedia') return 'kinesis-video-media';
  if (
    /^\/(listFragments|getMediaForFragmentList|getHLSStreamingSessionURL|getDASHStreamingSessionURL|getClip|getImages)$/.test(
      path,
    )
  )
    return 'kinesis-video-archived-media';
  return /^\/v1\/(get-ice-server-config|send-alexa-offer-to-master)$/.test(path)
    ? 'kinesis-video-signaling'
    : 'kinesis-video';
}

function protocolFor(head: ServiceHead, x: Exchange): ProtocolName {
  if (isForm(x) || x.query.includes('Action=')) {
    const old = head.protocols.find((name) => name === 'query' || name === 'ec2');
    if (old !== undefined) return old;
  }
  return head.protocols[0] as ProtocolName;
}
