/** Where proxies of external key stores may stand. */
import { badEndpoint } from './errors.ts';

/** Source: KMS API Reference, CreateCustomKeyStore, XksProxyUriEndpoint: https, port 443, no port in the text. */
const ANYWHERE = /^https:\/\/[a-zA-Z0-9.-]+$/;
/**
 * Deviation: a proxy on this machine (`localhost`, what ends in `.localhost`, 127.0.0.0/8) may have a port, speak plain HTTP, or show a certificate that nobody
 * vouches for. AWS's KMS reaches public names on port 443 only, with a certificate of one of the authorities that it lists; here any that Node trusts will do.
 */
const HERE = /^https?:\/\/((?:[a-zA-Z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3})(?::\d{1,5})?$/;

/** @throws {ServiceError} ValidationException */
export function checkEndpoint(endpoint: string): void {
  const isAddress = HERE.test(endpoint) ? URL.canParse(endpoint) : ANYWHERE.test(endpoint);
  if (!isAddress) throw badEndpoint(endpoint, ANYWHERE.source.replaceAll('\\/', '/'));
}

/** Whether an endpoint is on this machine. */
export const isHere = (endpoint: string): boolean => HERE.test(endpoint);
