import { deepEqual, equal, match } from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GenerateOrganizationsAccessReportCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetOrganizationsAccessReportCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  IAMClient,
  ListPoliciesGrantingServiceAccessCommand,
  PutGroupPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateQueueCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, policy, sqsOf, userWithKey } from './support.ts';

const ANN = `arn:aws:iam::${ACCOUNT}:user/ann`;
const HOUR = 3_600_000;

async function report(cloud: TestCloud, Arn: string, Granularity: 'SERVICE_LEVEL' | 'ACTION_LEVEL' = 'SERVICE_LEVEL') {
  const iam = cloud.client(IAMClient);
  const { JobId } = await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn, Granularity }));
  const answer = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }));
  return { JobId, services: answer.ServicesLastAccessed ?? [], status: answer.JobStatus };
}

const attempt = (sqs: SQSClient) => sqs.send(new GetQueueUrlCommand({ QueueName: 'none' })).catch(() => {});

describe('last-accessed data', () => {
  it('lists the services that policies grant, with the last attempt', async () => {
    await using cloud = await startTestCloud();
    const keys = await userWithKey(cloud, 'ann', policy(allow(['sqs:GetQueueUrl', 'kms:*'])));
    const { services, status } = await report(cloud, ANN);
    equal(status, 'COMPLETED');
    const unused = (ServiceName: string, ServiceNamespace: string) => ({
      ServiceName,
      ServiceNamespace,
      TotalAuthenticatedEntities: 0,
    });
    deepEqual(services, [unused('AWS Key Management Service', 'kms'), unused('Amazon SQS', 'sqs')]);
    await cloud.advance(HOUR);
    const sqs = sqsOf(cloud, keys);
    await attempt(sqs);
    // Denied, and an attempt all the same.
    equal((await failure(sqs.send(new CreateQueueCommand({ QueueName: 'q' })))).name, 'AccessDeniedException');
    const last = { LastAuthenticatedEntity: ANN, LastAuthenticatedRegion: 'us-east-1', TotalAuthenticatedEntities: 1 };
    const used = { ServiceName: 'Amazon SQS', ServiceNamespace: 'sqs', ...last };
    deepEqual((await report(cloud, ANN)).services[1], { ...used, LastAuthenticated: new Date(START + HOUR) });
    // Within the hour a use is not written down again.
    await cloud.advance(HOUR - 1);
    await attempt(sqs);
    deepEqual((await report(cloud, ANN)).services[1], { ...used, LastAuthenticated: new Date(START + HOUR) });
    await cloud.advance(1);
    await attempt(sqs);
    deepEqual((await report(cloud, ANN, 'ACTION_LEVEL')).services[1], {
      ...used,
      LastAuthenticated: new Date(START + 2 * HOUR),
      TrackedActionsLastAccessed: [
        {
          ActionName: 'CreateQueue',
          LastAccessedEntity: ANN,
          LastAccessedTime: new Date(START + HOUR),
          LastAccessedRegion: 'us-east-1',
        },
        {
          ActionName: 'GetQueueUrl',
          LastAccessedEntity: ANN,
          LastAccessedTime: new Date(START + 2 * HOUR),
          LastAccessedRegion: 'us-east-1',
        },
      ],
    });
  });

  it('counts for a group and a policy what their users did', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const managed = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
    await iam.send(new CreateGroupCommand({ GroupName: 'staff' }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: 'staff', PolicyArn: managed }));
    for (const name of ['ann', 'bob']) {
      const keys = await userWithKey(cloud, name);
      await iam.send(new AddUserToGroupCommand({ GroupName: 'staff', UserName: name }));
      if (name === 'ann') await attempt(sqsOf(cloud, keys));
    }
    for (const Arn of [managed, `arn:aws:iam::${ACCOUNT}:group/staff`]) {
      const { JobId, services } = await report(cloud, Arn);
      const sqs = services.find(({ ServiceNamespace }) => ServiceNamespace === 'sqs');
      deepEqual([sqs?.LastAuthenticatedEntity, sqs?.TotalAuthenticatedEntities], [ANN, 1], Arn);
      const { EntityDetailsList = [] } = await iam.send(
        new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: 'sqs' }),
      );
      deepEqual(
        EntityDetailsList.map(({ EntityInfo, LastAuthenticated }) => [
          EntityInfo?.Name,
          EntityInfo?.Type,
          LastAuthenticated,
        ]),
        [
          ['ann', 'USER', new Date(START)],
          ['bob', 'USER', undefined],
        ],
      );
    }
  });

  it('is forgotten with the user', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const keys = await userWithKey(cloud, 'ann', policy(allow('sqs:*')));
    await attempt(sqsOf(cloud, keys));
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'ann', AccessKeyId: keys.accessKeyId }));
    await iam.send(new DeleteUserPolicyCommand({ UserName: 'ann', PolicyName: 'own' }));
    await iam.send(new DeleteUserCommand({ UserName: 'ann' }));
    await userWithKey(cloud, 'ann', policy(allow('sqs:*')));
    equal((await report(cloud, ANN)).services[0]?.TotalAuthenticatedEntities, 0);
  });

  it('names the policies that grant access to a service', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    await userWithKey(cloud, 'ann', policy(allow('SQS:*')));
    await iam.send(new CreateGroupCommand({ GroupName: 'staff' }));
    await iam.send(
      new PutGroupPolicyCommand({ GroupName: 'staff', PolicyName: 'all', PolicyDocument: policy(allow('*')) }),
    );
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
    await iam.send(new AttachGroupPolicyCommand({ GroupName: 'staff', PolicyArn }));
    await iam.send(new AddUserToGroupCommand({ GroupName: 'staff', UserName: 'ann' }));
    const { PoliciesGrantingServiceAccess } = await iam.send(
      new ListPoliciesGrantingServiceAccessCommand({ Arn: ANN, ServiceNamespaces: ['sqs', 's3'] }),
    );
    const all = { PolicyName: 'all', PolicyType: 'INLINE', EntityType: 'GROUP', EntityName: 'staff' };
    deepEqual(PoliciesGrantingServiceAccess, [
      {
        ServiceNamespace: 'sqs',
        Policies: [
          { PolicyName: 'own', PolicyType: 'INLINE', EntityType: 'USER', EntityName: 'ann' },
          { PolicyName: 'AmazonSQSFullAccess', PolicyType: 'MANAGED', PolicyArn },
          all,
        ],
      },
      { ServiceNamespace: 's3', Policies: [all] },
    ]);
  });

  it('refuses what is not there', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const JobId = '00000000-0000-4000-8000-000000000000';
    const none = await failure(iam.send(new GetServiceLastAccessedDetailsCommand({ JobId })));
    equal(`${none.name}: ${none.message}`, `NoSuchEntityException: Report with id ${JobId} was not found.`);
    equal((await failure(iam.send(new GetOrganizationsAccessReportCommand({ JobId })))).name, 'NoSuchEntityException');
    const Arn = `arn:aws:iam::${ACCOUNT}:instance-profile/x`;
    match((await failure(iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn })))).message, /is not valid/);
    const EntityPath = 'o-a1b2c3d4e5/r-f6g7h8i9j0example';
    equal((await failure(iam.send(new GenerateOrganizationsAccessReportCommand({ EntityPath })))).name, 'AccessDenied');
  });
});
