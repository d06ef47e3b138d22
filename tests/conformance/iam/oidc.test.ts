import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetAccountSummaryCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, policy, userWithKey } from './support.ts';

const URL = 'https://id.example.com/realm';
const OpenIDConnectProviderArn = `arn:aws:iam::${ACCOUNT}:oidc-provider/id.example.com/realm`;
const THUMBPRINT = '0123456789abcdef0123456789ABCDEF01234567';

async function refusal(iam: IAMClient, input: object): Promise<string> {
  const { name, message } = await failure(iam.send(new CreateOpenIDConnectProviderCommand({ Url: URL, ...input })));
  return `${name}: ${message}`;
}

const details = async (cloud: TestCloud) => {
  const { $metadata: _, ...rest } = await cloud
    .client(IAMClient)
    .send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  return rest;
};

describe('OpenID Connect providers', () => {
  it('are made, shown, changed and deleted', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const Tags = [{ Key: 'team', Value: 'blue' }];
    const made = await iam.send(
      new CreateOpenIDConnectProviderCommand({ Url: URL, ClientIDList: ['a'], ThumbprintList: [THUMBPRINT], Tags }),
    );
    equal(made.OpenIDConnectProviderArn, OpenIDConnectProviderArn);
    deepEqual(made.Tags, Tags);
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'b' }));
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'b' }));
    deepEqual(await details(cloud), {
      Url: 'id.example.com/realm',
      ClientIDList: ['a', 'b'],
      ThumbprintList: [THUMBPRINT.toLowerCase()],
      CreateDate: new Date(START),
      Tags,
    });
    await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'a' }));
    await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'a' }));
    await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList: [] }));
    await iam.send(
      new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: [{ Key: 'cost', Value: '1' }] }),
    );
    await iam.send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: ['team', 'COST'] }));
    const { ClientIDList, ThumbprintList } = await details(cloud);
    deepEqual([ClientIDList, ThumbprintList], [['b'], []]);
    const tags = await iam.send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn }));
    deepEqual(tags.Tags, [{ Key: 'cost', Value: '1' }]);
    const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
    deepEqual(OpenIDConnectProviderList, [{ Arn: OpenIDConnectProviderArn }]);
    equal((await iam.send(new GetAccountSummaryCommand({}))).SummaryMap?.Providers, 1);
    const remove = () => iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    await remove();
    equal((await failure(remove())).message, `OpenId connect Provider ${OpenIDConnectProviderArn} cannot be found.`);
    const gone = await failure(details(cloud));
    equal(
      `${gone.name}: ${gone.message}`,
      `NoSuchEntityException: OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`,
    );
  });

  it('are checked', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    for (const Url of ['id.example.com', 'https://id.example.com/?a=b', 'https://id.example.com/#a'])
      equal(await refusal(iam, { Url }), 'ValidationError: Invalid Open ID Connect Provider URL', Url);
    equal(
      await refusal(iam, { ThumbprintList: Array(6).fill(THUMBPRINT) }),
      'InvalidInputException: Thumbprint list must contain fewer than 5 entries.',
    );
    equal(
      await refusal(iam, { ThumbprintList: ['x'.repeat(40)] }),
      `InvalidInputException: Thumbprint ${'x'.repeat(40)} is not valid. It must be 40 hexadecimal characters.`,
    );
    equal(
      await refusal(iam, { ClientIDList: Array.from({ length: 101 }, (_, index) => `c${index}`) }),
      'LimitExceededException: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100',
    );
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url: URL }));
    equal(await refusal(iam, {}), `EntityAlreadyExistsException: Provider with url ${URL} already exists.`);
    for (let index = 1; index < 100; index += 1)
      await iam.send(new CreateOpenIDConnectProviderCommand({ Url: `${URL}/${index}` }));
    equal(
      await refusal(iam, { Url: `${URL}/100` }),
      'LimitExceededException: Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100',
    );
  });

  it('are resources of their own to policies', async () => {
    await using cloud = await startTestCloud();
    await cloud.client(IAMClient).send(new CreateOpenIDConnectProviderCommand({ Url: URL }));
    const keys = await userWithKey(cloud, 'ann', policy(allow('iam:*', OpenIDConnectProviderArn)));
    const iam = cloud.client(IAMClient, { credentials: keys });
    equal((await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).Url, URL.slice(8));
    equal(
      await refusal(iam, { Url: 'https://other.example.com' }),
      `AccessDenied: User: arn:aws:iam::${ACCOUNT}:user/ann is not authorized to perform: iam:CreateOpenIDConnectProvider on resource: arn:aws:iam::${ACCOUNT}:oidc-provider/other.example.com because no identity-based policy allows the iam:CreateOpenIDConnectProvider action`,
    );
  });
});
