/**
 * Enveloped XML signatures: whether an element was signed, as a whole and as it stands, by one of the certificates given.
 * Keys that the signature itself brings along are not looked at, and what it refers to must be the element that holds it.
 *
 * @see W3C, "XML Signature Syntax and Processing"; SAML 2.0 Core, section 5.4
 */
import { createHash, verify, X509Certificate } from 'node:crypto';
import { type Canonicalization, canonicalText, EXCLUSIVE, INCLUSIVE } from './canonical.ts';
import { attributeOf, childOf, childrenOf, textOf, type XmlElement } from './xml.ts';

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const ENVELOPED = `${DSIG}enveloped-signature`;
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

const METHODS: Readonly<Record<string, { hash: string; key: 'rsa' | 'ec' }>> = {
  [`${MORE}rsa-sha256`]: { hash: 'sha256', key: 'rsa' },
  [`${MORE}rsa-sha384`]: { hash: 'sha384', key: 'rsa' },
  [`${MORE}rsa-sha512`]: { hash: 'sha512', key: 'rsa' },
  [`${MORE}ecdsa-sha256`]: { hash: 'sha256', key: 'ec' },
  [`${MORE}ecdsa-sha384`]: { hash: 'sha384', key: 'ec' },
  [`${MORE}ecdsa-sha512`]: { hash: 'sha512', key: 'ec' },
};
const DIGESTS: Readonly<Record<string, string>> = {
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  [`${MORE}sha384`]: 'sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
};

/** Prefixes that a canonicalization may list. */
const PREFIXES_MAX = 64;

/** Whether an element holds a signature, good or not. */
export function hasSignature(element: XmlElement): boolean {
  return childrenOf(element, DSIG, 'Signature').length > 0;
}

/**
 * Whether the signature that the element holds is good.
 *
 * Deviation: signatures and digests by SHA-1 are not.
 *
 * @param root the document, in which the element's ID must be the only one of its kind
 * @param certificates PEM or base64 of DER
 */
export function isSigned(element: XmlElement, root: XmlElement, certificates: readonly string[]): boolean {
  const signature = childOf(element, DSIG, 'Signature');
  const info = childOf(signature, DSIG, 'SignedInfo');
  if (signature === undefined || info === undefined) return false;
  const method = METHODS[attributeOf(childOf(info, DSIG, 'SignatureMethod'), 'Algorithm') ?? ''];
  const canonical = canonicalizationOf(childOf(info, DSIG, 'CanonicalizationMethod'));
  const value = textOf(childOf(signature, DSIG, 'SignatureValue'));
  if (method === undefined || canonical === undefined || value === undefined) return false;
  const data = Buffer.from(canonicalText(info, canonical));
  const bytes = Buffer.from(value, 'base64');
  const isGood = certificates.some((text) => {
    const key = keyOf(text);
    return (
      key?.asymmetricKeyType === method.key && verify(method.hash, data, { key, dsaEncoding: 'ieee-p1363' }, bytes)
    );
  });
  // What strangers wrote is not worked through.
  return isGood && refersTo(element, info, signature, root);
}

/** The public key of a certificate; undefined where the text is none. */
export function keyOf(text: string) {
  try {
    const der = Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64');
    return new X509Certificate(der).publicKey;
  } catch {
    return undefined;
  }
}

/** Whether the signature's one reference is to the element, and its digest is right. */
function refersTo(element: XmlElement, info: XmlElement, signature: XmlElement, root: XmlElement): boolean {
  const reference = childOf(info, DSIG, 'Reference');
  const id = attributeOf(element, 'ID');
  const uri = attributeOf(reference, 'URI');
  if (reference === undefined || id === undefined || id === '' || countOf(root, id) !== 1) return false;
  if (uri !== `#${id}` && !(uri === '' && element === root)) return false;
  const transforms = childrenOf(childOf(reference, DSIG, 'Transforms') ?? info, DSIG, 'Transform');
  const [enveloped, last, ...more] = transforms;
  if (attributeOf(enveloped, 'Algorithm') !== ENVELOPED || more.length > 0) return false;
  const canonical: Canonicalization | undefined =
    last === undefined ? { method: INCLUSIVE, prefixes: [] } : canonicalizationOf(last);
  const digest = DIGESTS[attributeOf(childOf(reference, DSIG, 'DigestMethod'), 'Algorithm') ?? ''];
  const value = textOf(childOf(reference, DSIG, 'DigestValue'));
  if (canonical === undefined || digest === undefined || value === undefined) return false;
  const found = createHash(digest)
    .update(canonicalText(element, canonical, signature))
    .digest();
  return found.equals(Buffer.from(value, 'base64'));
}

function canonicalizationOf(element: XmlElement | undefined): Canonicalization | undefined {
  const method = attributeOf(element, 'Algorithm');
  if (method !== EXCLUSIVE && method !== INCLUSIVE) return undefined;
  const listed = attributeOf(childOf(element, EXCLUSIVE, 'InclusiveNamespaces'), 'PrefixList') ?? '';
  const prefixes = listed.split(/\s+/).filter(Boolean);
  if (prefixes.length > PREFIXES_MAX) return undefined;
  return { method, prefixes: prefixes.map((one) => (one === '#default' ? '' : one)) };
}

/** How many elements have this ID, under any of the names that attributes of that kind have. */
function countOf(element: XmlElement, id: string): number {
  const own = element.attributes.some(({ local, value }) => /^id$/i.test(local) && value === id) ? 1 : 0;
  return element.children.reduce((sum, child) => sum + (typeof child === 'string' ? 0 : countOf(child, id)), own);
}
