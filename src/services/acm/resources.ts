/** Certificate Manager's types of CloudFormation. */
import { SECOND, sha256Hex } from '#kernel/base';
import {
  type InputOf,
  ifThere,
  isGone,
  type Properties,
  type ResourceScope,
  type ResourceTypes,
  refuseProperties,
  ServiceError,
  tagListOf,
  tagsGone,
} from '#kernel/contract';

const GONE = 'ResourceNotFoundException';

type Request = InputOf<'acm', 'RequestCertificate'>;
type Wanted = {
  DomainName: string;
  SubjectAlternativeNames?: string[];
  DomainValidationOptions?: { DomainName: string; ValidationDomain?: string; HostedZoneId?: string }[];
  CertificateTransparencyLoggingPreference?: 'ENABLED' | 'DISABLED';
  CertificateExport?: 'ENABLED' | 'DISABLED';
  ValidationMethod?: Request['ValidationMethod'];
  KeyAlgorithm?: Request['KeyAlgorithm'];
};

function requestOf(properties: Properties, scope: ResourceScope): Request {
  refuseProperties(properties, ['CertificateAuthorityArn']);
  const { DomainName, DomainValidationOptions = [], ...wanted } = properties as Wanted;
  // A record that nobody writes is not written.
  if (DomainValidationOptions.some(({ HostedZoneId }) => HostedZoneId !== undefined))
    refuseProperties({ 'DomainValidationOptions.HostedZoneId': true }, ['DomainValidationOptions.HostedZoneId']);
  const Tags = tagListOf(properties, scope);
  const logs = wanted.CertificateTransparencyLoggingPreference;
  return {
    DomainName,
    // The same step again asks for the same certificate.
    IdempotencyToken: tokenOf('create', scope),
    ...(wanted.SubjectAlternativeNames !== undefined && { SubjectAlternativeNames: wanted.SubjectAlternativeNames }),
    ...(DomainValidationOptions.length > 0 && {
      DomainValidationOptions: DomainValidationOptions as Request['DomainValidationOptions'],
    }),
    ...(wanted.ValidationMethod !== undefined && { ValidationMethod: wanted.ValidationMethod }),
    ...(wanted.KeyAlgorithm !== undefined && { KeyAlgorithm: wanted.KeyAlgorithm }),
    Options: {
      ...(logs !== undefined && { CertificateTransparencyLoggingPreference: logs }),
      ...(wanted.CertificateExport !== undefined && { Export: wanted.CertificateExport }),
    },
    ...(Tags.length > 0 && { Tags }),
  };
}

const made = (CertificateArn: string) => ({ id: CertificateArn, attributes: { CertificateArn } });

export const resources: ResourceTypes = {
  'AWS::CertificateManager::Certificate': {
    async create(properties, scope) {
      const { acm } = scope.aws;
      const { CertificateArn = '' } = await acm.RequestCertificate(requestOf(properties, scope));
      scope.begun(CertificateArn);
      const { Certificate } = await acm.DescribeCertificate({ CertificateArn });
      if (Certificate?.Status === 'PENDING_VALIDATION') return scope.later(SECOND);
      if (Certificate?.Status !== 'ISSUED')
        throw new ServiceError('ValidationException', `The certificate is ${Certificate?.Status}.`);
      return made(CertificateArn);
    },
    async update(CertificateArn, properties, before, scope) {
      const { acm } = scope.aws;
      const { CertificateTransparencyLoggingPreference: logs = 'ENABLED' } = properties as Wanted;
      await acm.UpdateCertificateOptions({
        CertificateArn,
        Options: { CertificateTransparencyLoggingPreference: logs },
      });
      const gone = tagsGone(properties, before, scope);
      if (gone.length > 0) await acm.RemoveTagsFromCertificate({ CertificateArn, Tags: gone.map((Key) => ({ Key })) });
      const Tags = tagListOf(properties, scope);
      if (Tags.length > 0) await acm.AddTagsToCertificate({ CertificateArn, Tags });
      return made(CertificateArn);
    },
    delete: (CertificateArn, _, { aws }) => isGone(GONE, aws.acm.DeleteCertificate({ CertificateArn })),
    async read(CertificateArn, properties, { aws }) {
      const found = await ifThere(GONE, aws.acm.DescribeCertificate({ CertificateArn }));
      if (found?.Certificate === undefined) return undefined;
      const { DomainName, SubjectAlternativeNames = [], KeyAlgorithm, Options = {} } = found.Certificate;
      const { Tags = [] } = await aws.acm.ListTagsForCertificate({ CertificateArn });
      const others = SubjectAlternativeNames.filter((name) => name !== DomainName);
      return {
        ...properties,
        DomainName,
        ...(others.length > 0 && { SubjectAlternativeNames: others }),
        KeyAlgorithm,
        ValidationMethod: Options.ValidationMethod,
        CertificateExport: Options.Export,
        CertificateTransparencyLoggingPreference: Options.CertificateTransparencyLoggingPreference,
        ...(Tags.length > 0 && { Tags }),
      };
    },
  },
  'AWS::CertificateManager::Account': {
    create: (properties, scope) => putAccount('create', properties, scope),
    update: (_, properties, __, scope) => putAccount('update', properties, scope),
    async delete(_, __, scope) {
      await putAccount('delete', {}, scope);
    },
    async read(AccountId, _, { aws }) {
      const { ExpiryEvents = {} } = await aws.acm.GetAccountConfiguration({});
      return { AccountId, ExpiryEventsConfiguration: ExpiryEvents };
    },
  },
};

const tokenOf = (step: string, scope: ResourceScope) =>
  sha256Hex(`${step}/${scope.stackId}/${scope.name(64)}`).slice(0, 32);

async function putAccount(step: string, { ExpiryEventsConfiguration: events }: Properties, scope: ResourceScope) {
  const { aws, account } = scope;
  const { DaysBeforeExpiry } = (events ?? {}) as { DaysBeforeExpiry?: number | string };
  await aws.acm.PutAccountConfiguration({
    IdempotencyToken: tokenOf(step, scope),
    ExpiryEvents: DaysBeforeExpiry === undefined ? {} : { DaysBeforeExpiry: Number(DaysBeforeExpiry) },
  });
  return { id: account, attributes: { AccountId: account } };
}
