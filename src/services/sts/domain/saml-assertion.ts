/**
 * What a SAML assertion says, and whether it is one for AWS and for now. Pure.
 *
 * @see IAM User Guide, "Configure SAML assertions for the authentication response"; STS API Reference, AssumeRoleWithSAML
 */
import { createHash } from 'node:crypto';
import { MINUTE, type Millis, SECOND } from '#kernel/base';
import { attributeOf, childOf, childrenOf, textOf, type XmlElement } from '#kernel/identity';
import {
  assertionExpired,
  invalidSamlResponse,
  invalidSessionName,
  sessionNameMissing,
  tooLateToRedeem,
} from '../errors.ts';
import { checkSourceIdentity } from './claims.ts';
import { SAML_KEYS } from './saml-keys.ts';
import { ASSERTION } from './saml-response.ts';

const REDEEMED_WITHIN: Millis = 5 * MINUTE;
/** By how much a provider's clock may be ahead. */
const SKEW: Millis = 5 * MINUTE;
const AWS_ATTRIBUTES = 'https://aws.amazon.com/SAML/Attributes/';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const FORMATS = 'urn:oasis:names:tc:SAML:2.0:nameid-format:';

export type Assertion = {
  issuer: string;
  subject: string;
  /** `persistent`, `transient`, or the format's whole name. */
  subjectType: string;
  recipient: string;
  roles: { role: string; provider: string }[];
  sessionName: string;
  /** The provider ends the session by then, also by the attribute SessionDuration. */
  endsAt: Millis | undefined;
  tags: { [key: string]: string };
  transitive: string[];
  sourceIdentity: string | undefined;
  /** Condition keys of other attributes, `saml:mail`. */
  keys: { [key: string]: string[] };
};

const saml = (element: XmlElement | undefined, name: string) => childOf(element, ASSERTION, name);
const instantOf = (element: XmlElement | undefined, name: string) => Date.parse(attributeOf(element, name) ?? '');

/** @throws {ServiceError} InvalidIdentityToken, ExpiredToken */
export function readAssertion(assertion: XmlElement, now: Millis): Assertion {
  const issuer = textOf(saml(assertion, 'Issuer')) ?? '';
  const nameId = saml(saml(assertion, 'Subject'), 'NameID');
  const recipient = checkRecipient(assertion, now);
  checkConditions(assertion, now);
  const attributes = attributesOf(assertion);
  const own = (name: string) => attributes.get(AWS_ATTRIBUTES + name) ?? [];
  const format = attributeOf(nameId, 'Format') ?? '';
  if (nameId !== undefined && format === '') throw invalidSamlResponse();
  const ends = instantOf(saml(assertion, 'AuthnStatement'), 'SessionNotOnOrAfter');
  const lasts = Number(own('SessionDuration')[0] ?? Number.NaN) * SECOND;
  const until = [ends, now + lasts].filter((at) => !Number.isNaN(at));
  const [sourceIdentity] = own('SourceIdentity');
  if (sourceIdentity !== undefined) checkSourceIdentity(sourceIdentity);
  return {
    issuer,
    subject: textOf(nameId) ?? '',
    subjectType: format.startsWith(FORMATS) ? format.slice(FORMATS.length) : format,
    recipient,
    roles: own('Role').map(pairOf),
    sessionName: checkSessionName(own('RoleSessionName')[0]),
    endsAt: until.length === 0 ? undefined : Math.min(...until),
    tags: tagsOf(attributes),
    transitive: own('TransitiveTagKeys'),
    sourceIdentity,
    keys: keysOf(attributes),
  };
}

/** For `saml:namequalifier`: tells users of the same name apart. @param provider the provider's own name */
export function nameQualifier(issuer: string, account: string, provider: string): string {
  return createHash('sha1').update(`${issuer}${account}/${provider}`).digest('base64');
}

function checkRecipient(assertion: XmlElement, now: Millis): string {
  const confirmation = childrenOf(saml(assertion, 'Subject') ?? assertion, ASSERTION, 'SubjectConfirmation').find(
    (one) => attributeOf(one, 'Method') === BEARER,
  );
  const data = saml(confirmation, 'SubjectConfirmationData');
  const recipient = attributeOf(data, 'Recipient') ?? '';
  // Any will do: `saml:aud` of the role's trust policy says which. Source: radkawar/stackd, measured in 2026.
  if (recipient === '') throw invalidSamlResponse();
  if (!(instantOf(data, 'NotOnOrAfter') > now)) throw assertionExpired();
  return recipient;
}

/** Audiences and a NotBefore to come are of no effect. Source: radkawar/stackd, measured in 2026. */
function checkConditions(assertion: XmlElement, now: Millis): void {
  const conditions = saml(assertion, 'Conditions');
  if (instantOf(conditions, 'NotOnOrAfter') <= now) throw assertionExpired();
  if (attributeOf(conditions, 'NotBefore') !== undefined && Number.isNaN(instantOf(conditions, 'NotBefore')))
    throw invalidSamlResponse();
  const issued = instantOf(assertion, 'IssueInstant');
  if (Number.isNaN(issued) || issued > now + SKEW) throw invalidSamlResponse();
  if (now - issued > REDEEMED_WITHIN) throw tooLateToRedeem();
}

function checkSessionName(name: string | undefined): string {
  if (name === undefined) throw sessionNameMissing();
  if (!/^[a-zA-Z_0-9+=,.@-]{2,64}$/.test(name)) throw invalidSessionName();
  return name;
}

/** Values of all attributes by name; an attribute may be there several times. */
function attributesOf(assertion: XmlElement): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const statement of childrenOf(assertion, ASSERTION, 'AttributeStatement'))
    for (const attribute of childrenOf(statement, ASSERTION, 'Attribute')) {
      const name = attributeOf(attribute, 'Name') ?? '';
      const values = childrenOf(attribute, ASSERTION, 'AttributeValue').map((value) => textOf(value) ?? '');
      found.set(name, [...(found.get(name) ?? []), ...values]);
    }
  return found;
}

/** `arn:…:role/x,arn:…:saml-provider/y`, in either order. */
function pairOf(text: string): { role: string; provider: string } {
  const [one = '', other = ''] = text.split(',').map((part) => part.trim());
  return one.includes(':saml-provider/') ? { role: other, provider: one } : { role: one, provider: other };
}

function tagsOf(attributes: ReadonlyMap<string, readonly string[]>): { [key: string]: string } {
  const prefix = `${AWS_ATTRIBUTES}PrincipalTag:`;
  return Object.fromEntries(
    [...attributes].flatMap(([name, [value]]) =>
      name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

function keysOf(attributes: ReadonlyMap<string, string[]>): { [key: string]: string[] } {
  return Object.fromEntries(
    [...attributes].flatMap(([name, values]) => {
      const key = SAML_KEYS[name];
      return key === undefined ? [] : [[`saml:${key}`, values]];
    }),
  );
}
