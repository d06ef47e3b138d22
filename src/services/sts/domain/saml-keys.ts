/** Attributes of assertions that are condition keys. Source: IAM User Guide, "Configure SAML assertions for the authentication response", "Mapping SAML attributes to AWS trust policy context keys". */
const EDU_PERSON = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.';
const EDU_ORG = 'urn:oid:1.3.6.1.4.1.5923.1.2.1.';
const XMLSOAP = 'http://schemas.xmlsoap.org/';

export const SAML_KEYS: { readonly [attribute: string]: string } = {
  [`${EDU_PERSON}1`]: 'edupersonaffiliation',
  [`${EDU_PERSON}2`]: 'edupersonnickname',
  [`${EDU_PERSON}3`]: 'edupersonorgdn',
  [`${EDU_PERSON}4`]: 'edupersonorgunitdn',
  [`${EDU_PERSON}5`]: 'edupersonprimaryaffiliation',
  [`${EDU_PERSON}6`]: 'edupersonprincipalname',
  [`${EDU_PERSON}7`]: 'edupersonentitlement',
  [`${EDU_PERSON}8`]: 'edupersonprimaryorgunitdn',
  [`${EDU_PERSON}9`]: 'edupersonscopedaffiliation',
  [`${EDU_PERSON}10`]: 'edupersontargetedid',
  [`${EDU_PERSON}11`]: 'edupersonassurance',
  [`${EDU_ORG}2`]: 'eduorghomepageuri',
  [`${EDU_ORG}3`]: 'eduorgidentityauthnpolicyuri',
  [`${EDU_ORG}4`]: 'eduorglegalname',
  [`${EDU_ORG}5`]: 'eduorgsuperioruri',
  [`${EDU_ORG}6`]: 'eduorgwhitepagesuri',
  'urn:oid:2.5.4.3': 'cn',
  [`${XMLSOAP}ws/2005/05/identity/claims/name`]: 'name',
  [`${XMLSOAP}claims/CommonName`]: 'commonname',
  [`${XMLSOAP}ws/2005/05/identity/claims/givenname`]: 'givenname',
  [`${XMLSOAP}ws/2005/05/identity/claims/surname`]: 'surname',
  [`${XMLSOAP}ws/2005/05/identity/claims/emailaddress`]: 'mail',
  'http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid': 'primarygroupsid',
  'urn:oid:0.9.2342.19200300.100.1.45': 'organizationstatus',
  'urn:oid:2.5.4.45': 'x500uniqueidentifier',
  'urn:oid:0.9.2342.19200300.100.1.1': 'uid',
};
