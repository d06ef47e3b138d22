/** CloudFormation's types of identity providers. */
import type { Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, tagListOf, tagsGone, textOf } from '#kernel/contract';

const GONE = 'NoSuchEntityException';
const TAKEN = 'EntityAlreadyExistsException';
const text = (value: unknown) => textOf(value) ?? '';
const list = (value: unknown) => (value ?? []) as string[];

const oidc: ResourceType = {
  async create(properties, scope) {
    const { ClientIdList, ThumbprintList } = properties;
    const Url = text(properties.Url);
    await madeOnce(
      TAKEN,
      scope,
      scope.aws.iam.CreateOpenIDConnectProvider({
        Url,
        ClientIDList: list(ClientIdList),
        ThumbprintList: list(ThumbprintList),
        Tags: tagListOf(properties, scope),
      }),
    );
    const id = `arn:${scope.partition}:iam::${scope.account}:oidc-provider/${Url.replace(/^https:\/\//, '')}`;
    return { id, attributes: { Arn: id } };
  },
  async update(id, properties, before, scope) {
    const { iam } = scope.aws;
    const OpenIDConnectProviderArn = id;
    const thumbprints = list(properties.ThumbprintList);
    if (thumbprints.length > 0)
      await iam.UpdateOpenIDConnectProviderThumbprint({ OpenIDConnectProviderArn, ThumbprintList: thumbprints });
    const { ClientIDList: has = [] } = await iam.GetOpenIDConnectProvider({ OpenIDConnectProviderArn });
    const wanted = list(properties.ClientIdList);
    for (const ClientID of wanted.filter((one) => !has.includes(one)))
      await iam.AddClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID });
    for (const ClientID of has.filter((one) => !wanted.includes(one)))
      await iam.RemoveClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID });
    const TagKeys = tagsGone(properties, before, scope);
    if (TagKeys.length > 0) await iam.UntagOpenIDConnectProvider({ OpenIDConnectProviderArn, TagKeys });
    const Tags = tagListOf(properties, scope);
    if (Tags.length > 0) await iam.TagOpenIDConnectProvider({ OpenIDConnectProviderArn, Tags });
    return { id, attributes: { Arn: id } };
  },
  delete: (id, _, { aws }) => isGone(GONE, aws.iam.DeleteOpenIDConnectProvider({ OpenIDConnectProviderArn: id })),
  async read(id, properties, { aws }) {
    const found = await ifThere(GONE, aws.iam.GetOpenIDConnectProvider({ OpenIDConnectProviderArn: id }));
    if (found === undefined) return undefined;
    const { ClientIDList, ThumbprintList, Tags } = found;
    return { Url: properties.Url, ClientIdList: ClientIDList, ThumbprintList, ...(Tags !== undefined && { Tags }) };
  },
};

const samlSettings = ({ AssertionEncryptionMode, AddPrivateKey }: Properties) => ({
  ...(AssertionEncryptionMode !== undefined && { AssertionEncryptionMode: AssertionEncryptionMode as 'Required' }),
  ...(AddPrivateKey !== undefined && { AddPrivateKey: text(AddPrivateKey) }),
});

const saml: ResourceType = {
  async create(properties, scope) {
    const Name = textOf(properties.Name) ?? scope.name(128);
    await madeOnce(
      TAKEN,
      scope,
      scope.aws.iam.CreateSAMLProvider({
        Name,
        SAMLMetadataDocument: text(properties.SamlMetadataDocument),
        ...samlSettings(properties),
        Tags: tagListOf(properties, scope),
      }),
    );
    return samlMade(`arn:${scope.partition}:iam::${scope.account}:saml-provider/${Name}`, scope);
  },
  async update(id, properties, before, scope) {
    const { iam } = scope.aws;
    const SAMLProviderArn = id;
    await iam.UpdateSAMLProvider({
      SAMLProviderArn,
      SAMLMetadataDocument: text(properties.SamlMetadataDocument),
      ...samlSettings(properties),
    });
    const TagKeys = tagsGone(properties, before, scope);
    if (TagKeys.length > 0) await iam.UntagSAMLProvider({ SAMLProviderArn, TagKeys });
    const Tags = tagListOf(properties, scope);
    if (Tags.length > 0) await iam.TagSAMLProvider({ SAMLProviderArn, Tags });
    return samlMade(id, scope);
  },
  delete: (id, _, { aws }) => isGone(GONE, aws.iam.DeleteSAMLProvider({ SAMLProviderArn: id })),
  async read(id, properties, { aws }) {
    const found = await ifThere(GONE, aws.iam.GetSAMLProvider({ SAMLProviderArn: id }));
    if (found === undefined) return undefined;
    const { SAMLMetadataDocument, Tags } = found;
    return { Name: properties.Name, SamlMetadataDocument: SAMLMetadataDocument, ...(Tags !== undefined && { Tags }) };
  },
};

async function samlMade(id: string, { aws }: ResourceScope) {
  const { SAMLProviderUUID } = await aws.iam.GetSAMLProvider({ SAMLProviderArn: id });
  return { id, attributes: { Arn: id, SamlProviderUUID: SAMLProviderUUID } };
}

export const providers: ResourceTypes = { 'AWS::IAM::OIDCProvider': oidc, 'AWS::IAM::SAMLProvider': saml };
