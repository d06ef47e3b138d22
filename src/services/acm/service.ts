/** AWS Certificate Manager. */
import { defineService, notYet } from '#kernel/contract';
import { expire, issue, look } from './domain/issue.ts';
import { getAccountConfiguration, putAccountConfiguration } from './operations/account.ts';
import {
  addTagsToCertificate,
  deleteCertificate,
  describeCertificate,
  exportCertificate,
  getCertificate,
  importCertificate,
  listCertificates,
  listTagsForCertificate,
  listTagsForResource,
  removeTagsFromCertificate,
  renewCertificate,
  tagResource,
  untagResource,
  updateCertificateOptions,
} from './operations/certificate.ts';
import { requestCertificate, resendValidationEmail } from './operations/request.ts';
import { access } from './policy.ts';
import { tls } from './tls.ts';
import { traffic } from './traffic.ts';

const ACME = notYet('The cloud answers no clients of ACME yet.');

export const service = defineService<'acm'>({
  name: 'acm',
  prefix: 'acm',
  access,
  traffic,
  tls,
  metrics: 'AWS/CertificateManager',
  timers: { expire, watch: look },
  tasks: { issue },
  operations: {
    AddTagsToCertificate: addTagsToCertificate,
    CreateAcmeDomainValidation: ACME,
    CreateAcmeEndpoint: ACME,
    CreateAcmeExternalAccountBinding: ACME,
    DeleteAcmeDomainValidation: ACME,
    DeleteAcmeEndpoint: ACME,
    DeleteAcmeExternalAccountBinding: ACME,
    DeleteCertificate: deleteCertificate,
    DescribeAcmeAccount: ACME,
    DescribeAcmeDomainValidation: ACME,
    DescribeAcmeEndpoint: ACME,
    DescribeAcmeExternalAccountBinding: ACME,
    DescribeCertificate: describeCertificate,
    ExportCertificate: exportCertificate,
    GetAccountConfiguration: getAccountConfiguration,
    GetAcmeExternalAccountBindingCredentials: ACME,
    GetCertificate: getCertificate,
    ImportCertificate: importCertificate,
    ListAcmeAccounts: ACME,
    ListAcmeDomainValidations: ACME,
    ListAcmeEndpoints: ACME,
    ListAcmeExternalAccountBindings: ACME,
    ListCertificateDomainValidations: notYet('Validation methods do not change here; DescribeCertificate tells them.'),
    ListCertificates: listCertificates,
    ListTagsForCertificate: listTagsForCertificate,
    ListTagsForResource: listTagsForResource,
    PutAccountConfiguration: putAccountConfiguration,
    RemoveTagsFromCertificate: removeTagsFromCertificate,
    RenewCertificate: renewCertificate,
    RequestCertificate: requestCertificate,
    ResendValidationEmail: resendValidationEmail,
    RevokeAcmeAccount: ACME,
    RevokeAcmeExternalAccountBinding: ACME,
    RevokeCertificate: notYet('Clients would not learn of it: the authority publishes no list of what it revoked.'),
    SearchCertificates: notYet('Certificates are found by ListCertificates so far.'),
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateAcmeDomainValidation: ACME,
    UpdateAcmeEndpoint: ACME,
    UpdateCertificateOptions: updateCertificateOptions,
  },
});
