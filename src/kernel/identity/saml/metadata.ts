/**
 * The metadata of a SAML identity provider: who it is, and which certificates it signs with.
 *
 * @see SAML 2.0 Metadata, sections 2.3 and 2.4
 */
import type { Millis } from '#kernel/base';
import { keyOf } from './signature.ts';
import { attributeOf, childOf, childrenOf, readXml, textOf, XmlError } from './xml.ts';

export type SamlMetadata = { entityId: string; certificates: string[]; validUntil: Millis | undefined };

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';

/** Reads metadata; undefined when the text is none of an identity provider that signs. */
export function readMetadata(text: string): SamlMetadata | undefined {
  try {
    const root = readXml(text);
    const entityId = attributeOf(root, 'entityID') ?? '';
    if (root.local !== 'EntityDescriptor' || root.namespace !== METADATA || entityId === '') return undefined;
    const certificates = childrenOf(root, METADATA, 'IDPSSODescriptor')
      .flatMap((role) => childrenOf(role, METADATA, 'KeyDescriptor'))
      .filter((key) => (attributeOf(key, 'use') ?? 'signing') === 'signing')
      .flatMap((key) => childrenOf(childOf(key, DSIG, 'KeyInfo') ?? key, DSIG, 'X509Data'))
      .flatMap((data) => childrenOf(data, DSIG, 'X509Certificate'))
      .map((certificate) => (textOf(certificate) ?? '').replace(/\s/g, ''));
    if (certificates.length === 0 || certificates.some((one) => keyOf(one) === undefined)) return undefined;
    const until = Date.parse(attributeOf(root, 'validUntil') ?? '');
    return { entityId, certificates, validUntil: Number.isNaN(until) ? undefined : until };
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}
