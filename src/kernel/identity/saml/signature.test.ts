import { equal, throws } from 'node:assert/strict';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { describe, it } from 'node:test';
import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';
import fc from 'fast-check';
import { SignedXml } from 'xml-crypto';
import { EXCLUSIVE, INCLUSIVE } from './canonical.ts';
import { isSigned } from './signature.ts';
import { readXml, XmlError } from './xml.ts';

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
const certificate = (
  await X509CertificateGenerator.createSelfSigned({ name: 'CN=test', keys, signingAlgorithm: ALGORITHM })
).toString('base64');
const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
const privateKey = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----`;

/** Signed by another implementation, which writes the signature into the element with the ID `x`. */
function signed(xml: string, method: string = EXCLUSIVE, prefixes: string[] = []): string {
  const signer = new SignedXml({
    privateKey,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: method,
  });
  signer.addReference({
    xpath: "//*[@ID='x']",
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', method],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    inclusiveNamespacesPrefixList: prefixes,
  });
  signer.computeSignature(xml, { location: { reference: "//*[@ID='x']", action: 'append' } });
  return signer.getSignedXml();
}

function verdict(xml: string): boolean {
  const root = readXml(xml);
  const inner = root.children.find(
    (child) => typeof child !== 'string' && child.attributes.some(({ value }) => value === 'x'),
  );
  return isSigned(typeof inner === 'object' ? inner : root, root, [certificate]);
}

const escaped = (text: string) => text.replace(/[&<>"\r\n\t]/g, (char) => `&#${char.charCodeAt(0)};`);
const text = fc.string({
  unit: fc.constantFrom('a', 'é', '𝄞', '&', '<', '>', '"', "'", '\r', '\n', '\t', ' '),
  maxLength: 6,
});
const name = fc.constantFrom('a', 'b', 'p:a', 'q:b', 'q:c');
const declarations = fc.uniqueArray(
  fc.constantFrom('xmlns="u:1"', 'xmlns="u:2"', 'xmlns=""', 'xmlns:p="u:1"', 'xmlns:q="u:3"', 'xmlns:q="u:2"'),
  {
    maxLength: 3,
    selector: (one) => one.split('=')[0],
  },
);
const attributes = fc.uniqueArray(fc.tuple(fc.constantFrom('k', 'l', 'p:k', 'q:l'), text), {
  maxLength: 3,
  selector: ([key]) => key,
});
const { tree } = fc.letrec<{ tree: string; content: string }>((tie) => ({
  tree: fc
    .tuple(name, declarations, attributes, fc.array(tie('content'), { maxLength: 3 }))
    .map(([called, spaces, pairs, inner]) => {
      const start = [called, ...spaces, ...pairs.map(([key, value]) => `${key}="${escaped(value)}"`)].join(' ');
      return `<${start}>${inner.join('')}</${called}>`;
    }),
  content: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text.map(escaped),
    fc.constantFrom('<!-- c -->', '<![CDATA[<&]]>'),
    tie('tree'),
  ),
}));
const documents = tree.map(
  (inner) => `<r xmlns:p="u:0" xmlns:q="u:9" xmlns:z="u:8" z:m="1"><p:e ID="x">${inner}</p:e></r>`,
);

describe('XML signatures', () => {
  it('of another implementation are good, whatever they are over', () => {
    fc.assert(
      fc.property(
        documents,
        fc.constantFrom(EXCLUSIVE, INCLUSIVE),
        fc.subarray(['z', 'q', 'none']),
        (xml, method, prefixes) => {
          equal(verdict(signed(xml, method, method === EXCLUSIVE ? prefixes : [])), true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are not good once anything within is changed', () => {
    const xml = signed('<r><e ID="x"><a k="1">text</a></e></r>');
    equal(verdict(xml), true);
    for (const [from, to] of [
      ['text', 'texts'],
      ['k="1"', 'k="2"'],
      ['<a ', '<b xmlns="u" '],
      ['</e>', ' </e>'],
    ] as const)
      equal(
        verdict(xml.replace(from, to).replace(to.startsWith('<b') ? '</a>' : '', to.startsWith('<b') ? '</b>' : '')),
        false,
        to,
      );
    equal(verdict(xml.replace('<a k="1">text</a>', '<a k="1">te<!-- a comment is no part of it -->xt</a>')), true);
  });

  it('do not vouch for another element, a second of the same ID, or another key', () => {
    const xml = signed('<r><e ID="x"><a>good</a></e></r>');
    const root = readXml(xml);
    const signature = xml.slice(xml.indexOf('<Signature'), xml.indexOf('</Signature>') + '</Signature>'.length);
    equal(isSigned(root, root, [certificate]), false);
    // The signed element wrapped away, an evil one in its place that holds its signature.
    const [inner = ''] = /<e ID="x">.*<\/e>/.exec(xml) ?? [];
    equal(verdict(`<r><e ID="x"><a>evil</a>${signature}</e><w>${inner}</w></r>`), false);
    equal(verdict(`<r><e ID="y"><a>evil</a>${signature}</e>${inner.replace(signature, '')}</r>`), false);
    const evil = readXml(`<r><e ID="y"><a>evil</a>${signature}</e>${inner}</r>`).children[0];
    equal(typeof evil === 'object' && isSigned(evil, root, [certificate]), false);
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
    equal(isSigned(root.children[0] as typeof root, root, [String(other), 'none']), false);
    // An expensive transform, or one that leaves things out, is none of those that are known.
    equal(verdict(xml.replaceAll('#enveloped-signature', '#base64')), false);
    equal(verdict(xml.replaceAll('rsa-sha256', 'hmac-sha256')), false);
  });
});

describe('readXml', () => {
  it('refuses what could mean two things', () => {
    const refused = [
      '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
      '<a>&x;</a>',
      '<a>&amp</a>',
      '<a>&#0;</a>',
      '<?php x?><a/>',
      '<a><?x y?></a>',
      '<?xml version="1.0" encoding="UTF-16"?><a/>',
      '<a/><b/>',
      '<a/>text',
      '<a><b></a></b>',
      '<a b="1" b="2"/>',
      '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>',
      '<p:a/>',
      '<a xmlns:xml="u"/>',
      '<a b=c/>',
      `<a ${Array.from({ length: 64 }, (_, index) => `xmlns:n${index}="u"`).join(' ')}/>`,
      '<a',
      '',
      '<a>'.repeat(200) + '</a>'.repeat(200),
    ];
    for (const xml of refused) throws(() => readXml(xml), XmlError, xml);
  });

  it('never fails otherwise', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('<', '>', '/', 'a', ':', '"', '=', ' ', '&', ';', '!', '-', '[', ']', 'xmlns'),
        }),
        (xml) => {
          try {
            readXml(xml);
          } catch (error) {
            equal(error instanceof XmlError, true);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
