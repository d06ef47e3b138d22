import { deepEqual, equal, match } from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CreateSAMLProviderCommand,
  DeleteSAMLProviderCommand,
  GetSAMLProviderCommand,
  IAMClient,
  ListSAMLProvidersCommand,
  ListSAMLProviderTagsCommand,
  TagSAMLProviderCommand,
  UntagSAMLProviderCommand,
  UpdateSAMLProviderCommand,
} from '@aws-sdk/client-iam';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ENTITY, encryptionKey, IdentityProvider, PROVIDER as SAMLProviderArn } from '../sts/saml-provider.ts';

const { metadata: SAMLMetadataDocument } = await IdentityProvider.make();
const Name = 'corp';
const CENTURY = 36_525 * 86_400_000;

const refusal = async (promise: Promise<unknown>) => {
  const { name, message } = await failure(promise);
  return `${name}: ${message}`;
};

describe('SAML providers', () => {
  it('are made, shown, changed and deleted', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const Tags = [{ Key: 'team', Value: 'blue' }];
    const made = await iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument, Tags }));
    deepEqual([made.SAMLProviderArn, made.Tags], [SAMLProviderArn, Tags]);
    const shown = await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }));
    match(shown.SAMLProviderUUID ?? '', /^SAMLSP[A-Z2-7]{17}$/);
    deepEqual(
      [shown.SAMLMetadataDocument, shown.CreateDate, shown.ValidUntil, shown.Tags, shown.PrivateKeyList],
      [SAMLMetadataDocument, new Date(START), new Date(START + CENTURY), Tags, []],
    );
    await iam.send(new TagSAMLProviderCommand({ SAMLProviderArn, Tags: [{ Key: 'cost', Value: '1' }] }));
    await iam.send(new UntagSAMLProviderCommand({ SAMLProviderArn, TagKeys: ['team'] }));
    const tags = await iam.send(new ListSAMLProviderTagsCommand({ SAMLProviderArn }));
    deepEqual(tags.Tags, [{ Key: 'cost', Value: '1' }]);
    const until = SAMLMetadataDocument.replace('entityID=', 'validUntil="2027-01-01T00:00:00Z" entityID=');
    await iam.send(new UpdateSAMLProviderCommand({ SAMLProviderArn, SAMLMetadataDocument: until }));
    const { SAMLProviderList } = await iam.send(new ListSAMLProvidersCommand({}));
    deepEqual(SAMLProviderList, [
      { Arn: SAMLProviderArn, ValidUntil: new Date('2027-01-01T00:00:00Z'), CreateDate: new Date(START) },
    ]);
    await iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn }));
    const gone = `NoSuchEntityException: Manifest not found for arn ${SAMLProviderArn}`;
    equal(await refusal(iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn }))), gone);
    equal(await refusal(iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }))), gone);
  });

  it('have metadata of a provider that signs', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const bad = [
      'x'.repeat(1_000),
      `<!DOCTYPE x>${SAMLMetadataDocument.slice(SAMLMetadataDocument.indexOf('<md:Ent'))}`,
      SAMLMetadataDocument.replace(`entityID="${ENTITY}"`, ''),
      SAMLMetadataDocument.replace('use="signing"', 'use="encryption"'),
      SAMLMetadataDocument.replace(/(X509Certificate>)[^<]+/, '$1bm9uZQ=='.padEnd(700, 'A')),
      SAMLMetadataDocument.replaceAll('SAML:2.0:metadata', 'SAML:1.0:metadata'),
    ];
    for (const document of bad)
      equal(
        await refusal(iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: document.padEnd(1_000) }))),
        'InvalidInputException: Could not parse metadata.',
      );
    await iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument }));
    equal(
      await refusal(iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument }))),
      'EntityAlreadyExistsException: SAML Provider with name corp already exists.',
    );
  });

  it('have at most two private keys, and one where encryption is required', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const needsKey =
      'InvalidInputException: Unable to set assertion encryption mode to Required because no private key is provided.';
    const Required = { AssertionEncryptionMode: 'Required' } as const;
    const create = (more: object) => iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument, ...more }));
    const update = (more: object) => iam.send(new UpdateSAMLProviderCommand({ SAMLProviderArn, ...more }));
    equal(await refusal(create(Required)), needsKey);
    equal(await refusal(create({ AddPrivateKey: 'none' })), 'InvalidInputException: Invalid private key.');
    await create({ ...Required, AddPrivateKey: encryptionKey().pem });
    await update({ AddPrivateKey: encryptionKey().pem });
    equal(
      await refusal(update({ AddPrivateKey: encryptionKey().pem })),
      'LimitExceededException: Private key limit of 2 is reached.',
    );
    const { PrivateKeyList = [] } = await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }));
    const [first, second] = PrivateKeyList.map(({ KeyId }) => KeyId);
    equal(
      await refusal(update({ AddPrivateKey: 'x', RemovePrivateKey: first })),
      'InvalidInputException: Unable to add and remove private keys in the same request. Set a value for only one of the two parameters.',
    );
    equal(
      await refusal(update({ RemovePrivateKey: 'A'.repeat(32) })),
      'InvalidInputException: Failed to remove private key because the Key ID does not match a private key.',
    );
    await update({ RemovePrivateKey: first });
    equal(await refusal(update({ RemovePrivateKey: second })), needsKey);
    equal(
      await refusal(update({})),
      'InvalidInputException: Unable to update identity provider. No updates are defined for metadata or encryption assertion.',
    );
  });
});
