/** A SAML identity provider on this machine: its metadata, and responses that another implementation signs. */
import { createCipheriv, createHash, generateKeyPairSync, publicEncrypt, webcrypto } from 'node:crypto';
import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';
import { SignedXml } from 'xml-crypto';
import { START } from '../../support/cloud.ts';
import { ACCOUNT } from '../iam/support.ts';

export const PROVIDER = `arn:aws:iam::${ACCOUNT}:saml-provider/corp`;
export const SAML_ROLE = `arn:aws:iam::${ACCOUNT}:role/saml`;
export const ENTITY = 'https://idp.example.com/saml';
export const RECIPIENT = 'https://signin.aws.amazon.com/saml';
const ATTRIBUTES = 'https://aws.amazon.com/SAML/Attributes/';
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

const instant = (at: number) => new Date(at).toISOString();

/** What a response may say otherwise than usual. */
export type Said = {
  issuer?: string;
  audience?: string;
  recipient?: string;
  issuedAt?: number;
  notOnOrAfter?: number;
  sessionEnds?: number;
  attributes?: { [name: string]: string | undefined };
};

export class IdentityProvider {
  #privateKey = '';
  #certificate = '';

  static async make(): Promise<IdentityProvider> {
    const provider = new IdentityProvider();
    const keys = await webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: 'CN=idp',
      keys,
      signingAlgorithm: RSA,
    });
    provider.#certificate = certificate.toString('base64');
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    provider.#privateKey = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----`;
    return provider;
  }

  get metadata(): string {
    return `<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${ENTITY}">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
      <ds:X509Certificate>${this.#certificate.replace(/(.{64})/g, '$1\n')}</ds:X509Certificate>
    </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${ENTITY}/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>`;
  }

  /** An assertion that is signed itself. */
  assertion(said: Said = {}): string {
    return this.sign(assertionOf(said), 'Assertion', 'a1');
  }

  sign(xml: string, element: 'Assertion' | 'Response', id: string): string {
    const signer = new SignedXml({
      privateKey: this.#privateKey,
      signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
    });
    const xpath = `//*[local-name()='${element}' and @ID='${id}']`;
    signer.addReference({
      xpath,
      transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
      digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    });
    signer.computeSignature(xml, { location: { reference: xpath, action: 'append' }, prefix: 'ds' });
    return signer.getSignedXml();
  }
}

/** Any assertions as a response. */
export function responseOf(...assertions: string[]): string {
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="r1" Version="2.0" IssueInstant="${instant(START)}"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>${assertions.join('')}</samlp:Response>`;
}

export const base64 = (xml: string) => Buffer.from(xml).toString('base64');

/** An assertion without a signature. */
export function assertionOf(said: Said = {}): string {
  const { issuer = ENTITY, audience = 'urn:amazon:webservices', recipient = RECIPIENT, issuedAt = START } = said;
  const until = instant(said.notOnOrAfter ?? START + 300_000);
  const attributes = { Role: `${SAML_ROLE},${PROVIDER}`, RoleSessionName: 'ann@example.com', ...said.attributes };
  const stated = Object.entries(attributes)
    .flatMap(([name, value]) => (value === undefined ? [] : [[name.includes(':/') ? name : ATTRIBUTES + name, value]]))
    .map(
      ([name, value]) =>
        `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`,
    )
    .join('');
  const ends = said.sessionEnds === undefined ? '' : ` SessionNotOnOrAfter="${instant(said.sessionEnds)}"`;
  return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="a1" Version="2.0" IssueInstant="${instant(issuedAt)}"><saml:Issuer>${issuer}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ann</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${until}" Recipient="${recipient}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${instant(issuedAt - 60_000)}" NotOnOrAfter="${until}"><saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${instant(issuedAt)}"${ends}/><saml:AttributeStatement>${stated}</saml:AttributeStatement></saml:Assertion>`;
}

/** A key pair that assertions are encrypted to. */
export function encryptionKey() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { publicKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** An assertion in a cipher that only the key's owner opens. */
export function encrypted(
  assertion: string,
  { publicKey }: ReturnType<typeof encryptionKey>,
  mode: 'gcm' | 'cbc',
): string {
  const key = createHash('sha256').update(assertion).digest();
  const nonce = key.subarray(0, mode === 'gcm' ? 12 : 16);
  const cipher = createCipheriv(`aes-256-${mode}` as 'aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([
    nonce,
    cipher.update(assertion),
    cipher.final(),
    mode === 'gcm' ? cipher.getAuthTag() : Buffer.alloc(0),
  ]);
  const algorithm =
    mode === 'gcm' ? 'http://www.w3.org/2009/xmlenc11#aes256-gcm' : 'http://www.w3.org/2001/04/xmlenc#aes256-cbc';
  const value = (bytes: Buffer) =>
    `<x:CipherData><x:CipherValue>${bytes.toString('base64')}</x:CipherValue></x:CipherData>`;
  const wrapped = value(publicEncrypt({ key: publicKey, oaepHash: 'sha1' }, key));
  return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><x:EncryptedData xmlns:x="http://www.w3.org/2001/04/xmlenc#"><x:EncryptionMethod Algorithm="${algorithm}"/><k:KeyInfo xmlns:k="http://www.w3.org/2000/09/xmldsig#"><x:EncryptedKey><x:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>${wrapped}</x:EncryptedKey></k:KeyInfo>${value(sealed)}</x:EncryptedData></saml:EncryptedAssertion>`;
}
