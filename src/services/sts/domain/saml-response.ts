/**
 * From a SAML response to the assertion that its provider signed. Nothing outside what was signed is ever read. Pure.
 *
 * @see SAML 2.0 Core, sections 3.3.3 and 5; IAM User Guide, "Configure SAML assertions for the authentication response"
 */
import {
  attributeOf,
  childOf,
  childrenOf,
  hasSignature,
  isSigned,
  readXml,
  type SamlProviderRow,
  textOf,
  type XmlElement,
  XmlError,
} from '#kernel/identity';
import { invalidSamlResponse, issuerUnknown, responseSignatureInvalid } from '../errors.ts';
import { openAssertion } from './saml-encryption.ts';

const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
export const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

/** The response of a request, base64 of XML. @throws {ServiceError} InvalidIdentityToken */
export function readResponse(base64: string): XmlElement {
  const response = parse(decode(base64));
  const status = childOf(childOf(response, PROTOCOL, 'Status'), PROTOCOL, 'StatusCode');
  if (response.local !== 'Response' || response.namespace !== PROTOCOL || attributeOf(status, 'Value') !== SUCCESS)
    throw invalidSamlResponse();
  return response;
}

/** The one assertion of a response, signed itself, also within a signed response (radkawar/stackd, measured in 2026). @throws {ServiceError} InvalidIdentityToken */
export function signedAssertion(response: XmlElement, provider: SamlProviderRow): XmlElement {
  const { certificates, encryption } = provider;
  const plain = childrenOf(response, ASSERTION, 'Assertion');
  const encrypted = childrenOf(response, ASSERTION, 'EncryptedAssertion');
  const [first] = [...plain, ...encrypted];
  if (first === undefined || plain.length + encrypted.length > 1) throw invalidSamlResponse();
  if (encrypted.length === 0 && encryption === 'Required') throw invalidSamlResponse();
  if (encrypted.length === 0) checkIssuer(first, provider);
  if (hasSignature(response) && !isSigned(response, response, certificates)) throw responseSignatureInvalid();
  const assertion = encrypted.length === 0 ? first : opened(first, provider);
  // What was inside a cipher is a document of its own.
  const root = encrypted.length === 0 ? response : assertion;
  if (!isSigned(assertion, root, certificates)) throw responseSignatureInvalid();
  checkIssuer(assertion, provider);
  return assertion;
}

function checkIssuer(assertion: XmlElement, { entityId }: SamlProviderRow): void {
  if (textOf(childOf(assertion, ASSERTION, 'Issuer')) !== entityId) throw issuerUnknown();
}

/** Whatever is wrong is said in the same words, so that nobody learns by trying what a cipher holds. */
function opened(encrypted: XmlElement, { keys }: SamlProviderRow): XmlElement {
  const pems = keys.map(({ pem }) => pem);
  try {
    const assertion = readXml(openAssertion(encrypted, pems) ?? '');
    if (assertion.local === 'Assertion' && assertion.namespace === ASSERTION) return assertion;
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
  }
  throw responseSignatureInvalid();
}

function decode(base64: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    throw invalidSamlResponse();
  }
}

function parse(text: string): XmlElement {
  try {
    return readXml(text);
  } catch (error) {
    throw error instanceof XmlError ? invalidSamlResponse() : error;
  }
}
