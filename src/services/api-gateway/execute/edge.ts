/**
 * Edge-optimized APIs and domain names: requests come in at the edge of CloudFront, which tells the API of the viewer, and the client that it was there. It keeps nothing.
 * Source: API Gateway Developer Guide, "Edge-optimized API endpoints"; aws/chalice, issue 12, and aws-amplify/amplify-js, issue 7327, which quote answers and requests.
 */
import { hash } from 'node:crypto';
import type { Ctx, EdgePassage, TrafficReply, TrafficRequest } from '#kernel/contract';
import { VIEWER_HEADER } from '#kernel/world';

/** Of an id, which has 54 letters. */
const ID_BYTES = 40;
/** Where the edge itself stands. */
const ADDRESS = '127.0.0.1';
/** Deviation: AWS also tells `CloudFront-Viewer-ASN`, the number of the viewer's network; viewers of this machine are in none. */
const TOLD = [
  'cloudfront-forwarded-proto',
  'cloudfront-is-desktop-viewer',
  'cloudfront-is-mobile-viewer',
  'cloudfront-is-smarttv-viewer',
  'cloudfront-is-tablet-viewer',
  'cloudfront-viewer-country',
];
/** The edge says these, whatever a client has sent. */
const OWN = new Set([...TOLD, 'via', 'x-amz-cf-id', VIEWER_HEADER]);

/** A request, and who has sent it on where that is not its client. */
export type Forwarded = TrafficRequest & { hop?: string };

type Endpoint = { endpointConfiguration?: { types?: readonly string[] | undefined } | undefined };

/** Whether requests to it come in at the edge. */
export function isEdgeOptimized({ endpointConfiguration }: Endpoint): boolean {
  return (endpointConfiguration?.types ?? ['EDGE']).includes('EDGE');
}

/**
 * Has a request answered as what comes by the edge.
 *
 * @param host the edge's name for whom it is
 */
export async function byEdge(
  request: TrafficRequest,
  ctx: Ctx,
  host: string,
  answer: (request: TrafficRequest) => Promise<TrafficReply> | TrafficReply,
): Promise<TrafficReply> {
  const id = `${ctx.random.bytes(ID_BYTES).toString('base64url')}==`;
  const passage = ctx.planes.edge.pass(request, `${hash('md5', host)}.cloudfront.net`, id);
  const reply = passage.refusal ?? (await answer(sentOn(request, passage, id)));
  return { ...reply, headers: { ...reply.headers, ...passage.stampOf(reply.status < 400 ? 'Miss' : 'Error') } };
}

function sentOn(request: TrafficRequest, { facts, via }: EdgePassage, id: string): Forwarded {
  const { [VIEWER_HEADER]: _, ...given } = request.headers;
  const forwarded = given['x-forwarded-for'];
  const told = TOLD.flatMap((name) => (facts[name] === undefined ? [] : [[name, facts[name]] as const]));
  const sent = request.sentHeaders;
  return {
    ...request,
    headers: {
      ...given,
      ...Object.fromEntries(told),
      via,
      'x-amz-cf-id': id,
      'x-forwarded-for': forwarded === undefined ? request.sourceIp : `${forwarded}, ${request.sourceIp}`,
    },
    sentHeaders: sent && (() => sent().filter(([name]) => !OWN.has(name.toLowerCase()))),
    hop: ADDRESS,
  };
}
