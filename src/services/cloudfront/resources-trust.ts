/** Trust stores as a type of CloudFormation. */
import {
  ifThere,
  isGone,
  type Made,
  madeOnce,
  type Properties,
  type ResourceScope,
  type ResourceType,
  tagListOf,
} from '#kernel/contract';
import type { CaCertificatesBundleSource } from '#models/cloudfront';
import { retag } from './resources-tags.ts';

const GONE = 'EntityNotFound';

const inputOf = ({ CaCertificatesBundleSource: source, UseClientCertificateOCSPEndpoint: ocsp }: Properties) => ({
  CaCertificatesBundleSource: source as CaCertificatesBundleSource,
  UseClientCertificateOCSPEndpoint: String(ocsp) === 'true',
});

async function made(Identifier: string, { aws }: ResourceScope): Promise<Made> {
  const { TrustStore = {}, ETag } = await aws.cloudfront.GetTrustStore({ Identifier });
  const { Id = '', Arn, Status, NumberOfCaCertificates, LastModifiedTime = 0 } = TrustStore;
  const time = new Date(LastModifiedTime).toISOString();
  return { id: Id, attributes: { Id, Arn, Status, ETag, NumberOfCaCertificates, LastModifiedTime: time } };
}

export const trustStore: ResourceType = {
  async create(properties, scope) {
    const Name = String(properties.Name);
    const Tags = { Items: tagListOf(properties, scope) };
    const creation = scope.aws.cloudfront.CreateTrustStore({ Name, Tags, ...inputOf(properties) });
    await madeOnce('EntityAlreadyExists', scope, creation);
    return made(Name, scope);
  },
  async update(Id, properties, before, scope) {
    const { cloudfront } = scope.aws;
    const { ETag = '', TrustStore } = await cloudfront.GetTrustStore({ Identifier: Id });
    await cloudfront.UpdateTrustStore({ Id, IfMatch: ETag, ...inputOf(properties) });
    await retag(TrustStore?.Arn ?? '', properties, before, scope);
    return made(Id, scope);
  },
  async delete(Id, _, { aws: { cloudfront } }) {
    const found = await ifThere(GONE, cloudfront.GetTrustStore({ Identifier: Id }));
    if (found !== undefined) await isGone(GONE, cloudfront.DeleteTrustStore({ Id, IfMatch: found.ETag ?? '' }));
  },
  async read(Id, { CaCertificatesBundleSource: source }, { aws: { cloudfront } }) {
    const found = (await ifThere(GONE, cloudfront.GetTrustStore({ Identifier: Id })))?.TrustStore;
    if (found === undefined) return undefined;
    const { Tags } = await cloudfront.ListTagsForResource({ Resource: found.Arn ?? '' });
    return { Name: found.Name, CaCertificatesBundleSource: source, Tags: Tags.Items ?? [] };
  },
};
