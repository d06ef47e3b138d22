/**
 * What clients of APIs and domain names have to speak: security policies, and how strictly an endpoint is reached.
 *
 * Deviation: of a policy the first version of TLS holds, as far as Node.js speaks it (1.2, 1.3); cipher suites are Node.js's. At a custom domain name its own
 * policy holds, AWS's guide says that of the API. A change is done at once; AWS takes about 15 minutes in UPDATING.
 *
 * @see API Gateway Developer Guide, "Security policies for REST APIs in API Gateway", "Supported security policies"
 */
import type { TrafficRequest } from '#kernel/contract';
import type { DomainName, RestApi } from '#models/api-gateway';
import { badPatchValue, badRequest } from '../errors.ts';

type Secured = Pick<RestApi & DomainName, 'securityPolicy' | 'endpointAccessMode' | 'endpointConfiguration'>;

const LEGACY = ['TLS_1_0', 'TLS_1_2'];
const ENHANCED = /^SecurityPolicy_TLS\d+_\w+$/;
/** Policies of edge-optimized endpoints are not those of others. */
const EDGE = /_EDGE$/;
const NEWEST = /^SecurityPolicy_TLS13_(1_3|2025_EDGE)/;

/**
 * Deviation: AWS's texts are not known.
 *
 * @param fallback the policy of what names none
 * @throws {ServiceError} BadRequestException
 */
export function checkSecurity(value: Secured, fallback: string): void {
  const { securityPolicy: policy = fallback, endpointAccessMode: mode, endpointConfiguration } = value;
  if (mode !== undefined && !['BASIC', 'STRICT'].includes(mode)) throw badPatchValue('/endpointAccessMode');
  if (LEGACY.includes(policy)) return;
  if (!ENHANCED.test(policy)) throw badPatchValue('/securityPolicy');
  const isEdge = (endpointConfiguration?.types ?? ['EDGE']).includes('EDGE');
  if (isEdge !== EDGE.test(policy))
    throw badRequest(`The security policy ${policy} is not supported for ${isEdge ? 'EDGE' : 'REGIONAL'} endpoints.`);
  if (mode === undefined)
    throw badRequest(`An endpoint access mode must be specified with the security policy ${policy}.`);
}

/** The first version of TLS of what has a policy. */
export function minTlsOf({ securityPolicy }: Secured): 'TLSv1.3' | undefined {
  return NEWEST.test(securityPolicy ?? '') ? 'TLSv1.3' : undefined;
}

/** Whether a request may reach what it is for: one by TLS has asked for the host that it then names, where that is wanted strictly. */
export function isReachable({ endpointAccessMode }: Secured, { secure, serverName, host }: TrafficRequest): boolean {
  if (endpointAccessMode !== 'STRICT' || !secure) return true;
  const named = host.replace(/:\d+$/, '').toLowerCase();
  // Clients ask for no addresses by name.
  return serverName === undefined ? /^[\d.]+$|^\[/.test(named) : serverName.toLowerCase() === named;
}
