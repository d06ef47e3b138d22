/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Certificate Manager". */
import type { Access, AccessRules, ConditionKeys, Ctx } from '#kernel/contract';
import { placeOf } from './domain/find.ts';
import { certificates } from './state.ts';

function on(action: string, arn: string, ctx: Ctx): Access {
  const row = ctx.store.get(certificates, { id: placeOf(arn)?.id ?? '' });
  const tags = Object.entries(row?.tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]);
  return { action: `acm:${action}`, resource: arn, context: Object.fromEntries(tags) as { [key: string]: string } };
}

const byArn = (action: string) => (input: { CertificateArn: string }, ctx: Ctx) =>
  on(action, input.CertificateArn, ctx);
/** Of what certificates cover, conditions see the names. */
const named = (action: string) => (input: { CertificateArn: string }, ctx: Ctx) => {
  const access = on(action, input.CertificateArn, ctx);
  const row = ctx.store.get(certificates, { id: placeOf(input.CertificateArn)?.id ?? '' });
  const names: ConditionKeys = row === undefined ? {} : { 'acm:DomainNames': row.names };
  return { ...access, context: { ...access.context, ...names } };
};
const onResource = (action: string) => (input: { ResourceArn: string }, ctx: Ctx) => on(action, input.ResourceArn, ctx);

export const access: AccessRules<'acm'> = {
  RequestCertificate: (
    {
      DomainName,
      SubjectAlternativeNames = [],
      ValidationMethod,
      KeyAlgorithm,
      CertificateAuthorityArn: authority,
      Options: { CertificateTransparencyLoggingPreference: logging = 'ENABLED', Export: exporting } = {},
      Tags = [],
    },
    ctx,
  ) => ({
    action: 'acm:RequestCertificate',
    resource: `arn:${ctx.partition}:acm:${ctx.region}:${ctx.account}:certificate/*`,
    context: {
      'acm:DomainNames': [DomainName, ...SubjectAlternativeNames],
      'acm:ValidationMethod': ValidationMethod ?? 'EMAIL',
      'acm:KeyAlgorithm': KeyAlgorithm ?? 'RSA_2048',
      'acm:CertificateTransparencyLogging': logging,
      ...(authority !== undefined && { 'acm:CertificateAuthority': authority }),
      ...(exporting !== undefined && { 'acm:Export': exporting }),
      ...Object.fromEntries(Tags.map(({ Key, Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
    },
  }),
  ImportCertificate: ({ CertificateArn }, ctx) => ({
    action: 'acm:ImportCertificate',
    resource: CertificateArn ?? `arn:${ctx.partition}:acm:${ctx.region}:${ctx.account}:certificate/*`,
  }),
  AddTagsToCertificate: byArn('AddTagsToCertificate'),
  DeleteCertificate: byArn('DeleteCertificate'),
  DescribeCertificate: byArn('DescribeCertificate'),
  ExportCertificate: named('ExportCertificate'),
  GetCertificate: byArn('GetCertificate'),
  ListTagsForCertificate: byArn('ListTagsForCertificate'),
  RemoveTagsFromCertificate: byArn('RemoveTagsFromCertificate'),
  RenewCertificate: byArn('RenewCertificate'),
  ResendValidationEmail: byArn('ResendValidationEmail'),
  UpdateCertificateOptions: byArn('UpdateCertificateOptions'),
  ListTagsForResource: onResource('ListTagsForResource'),
  TagResource: onResource('TagResource'),
  UntagResource: onResource('UntagResource'),
};
