/** FIS's types of CloudFormation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  DescribeStackResourceDriftsCommand,
  DetectStackDriftCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { create, physicalIds, reasons, remove, settled, templateOf, update } from '../cloudformation/stacks.ts';
import { fisClient } from './client.ts';
import { fisRole, NO_STOP, ROLE, WAIT } from './world.ts';

const OTHER = '210987654321';

function templateFor({
  description = 'd',
  tags = { team: 'x' } as object,
  duration = 'PT1M',
  more = {} as object,
} = {}) {
  return templateOf({
    Template: {
      Type: 'AWS::FIS::ExperimentTemplate',
      Properties: {
        Description: description,
        RoleArn: ROLE,
        StopConditions: [{ Source: 'none' }],
        Targets: {
          roles: {
            ResourceType: 'aws:iam:role',
            ResourceTags: { app: 'shop' },
            Filters: [{ Path: 'RoleName', Values: ['app'] }],
            SelectionMode: 'ALL',
          },
        },
        Actions: {
          strike: {
            ActionId: 'aws:fis:inject-api-throttle-error',
            Parameters: { duration, service: 'sqs', operations: 'SendMessage', percentage: '50' },
            Targets: { Roles: 'roles' },
          },
          wait: { ActionId: 'aws:fis:wait', Parameters: { duration }, StartAfter: ['strike'] },
        },
        ExperimentOptions: { AccountTargeting: 'multi-account', EmptyTargetResolutionMode: 'skip' },
        Tags: tags,
        ...more,
      },
    },
    Account: {
      Type: 'AWS::FIS::TargetAccountConfiguration',
      Properties: {
        ExperimentTemplateId: { Ref: 'Template' },
        AccountId: OTHER,
        RoleArn: `arn:aws:iam::${OTHER}:role/fis`,
        Description: description,
      },
    },
  });
}

test('a template and its account: made, changed in place, replaced, drifted, removed', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const S3Configuration = { BucketName: 'drill-logs', Prefix: 'a' };
  await create(
    cloud,
    'drills',
    templateFor({ more: { LogConfiguration: { LogSchemaVersion: '2', S3Configuration } } }),
  );
  const { Template: id = '', Account } = await physicalIds(cloud, 'drills');
  assert.equal(Account, `${id}|${OTHER}`);
  const show = async () => (await fis.GetExperimentTemplate({ id })).experimentTemplate;
  const { creationTime: _, lastUpdateTime: __, arn: ___, tags, ...made } = await show();
  assert.deepEqual([tags?.team, tags?.['aws:cloudformation:logical-id']], ['x', 'Template']);
  assert.deepEqual(made, {
    id,
    description: 'd',
    roleArn: ROLE,
    stopConditions: NO_STOP,
    targets: {
      roles: {
        resourceType: 'aws:iam:role',
        resourceTags: { app: 'shop' },
        filters: [{ path: 'RoleName', values: ['app'] }],
        selectionMode: 'ALL',
      },
    },
    actions: {
      strike: {
        actionId: 'aws:fis:inject-api-throttle-error',
        parameters: { duration: 'PT1M', service: 'sqs', operations: 'SendMessage', percentage: '50' },
        targets: { Roles: 'roles' },
      },
      wait: { ...WAIT, startAfter: ['strike'] },
    },
    logConfiguration: { logSchemaVersion: 2, s3Configuration: { bucketName: 'drill-logs', prefix: 'a' } },
    targetAccountConfigurationsCount: 1,
    experimentOptions: { accountTargeting: 'multi-account', emptyTargetResolutionMode: 'skip' },
  });
  await update(cloud, 'drills', templateFor({ description: 'e', duration: 'PT2M' }));
  const changed = await show();
  assert.deepEqual([changed.description, changed.actions?.wait?.parameters?.duration], ['e', 'PT2M']);
  assert.equal(changed.logConfiguration, undefined);
  const { targetAccountConfiguration } = await fis.GetTargetAccountConfiguration({
    experimentTemplateId: id,
    accountId: OTHER,
  });
  assert.equal(targetAccountConfiguration.description, 'e');
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new DetectStackDriftCommand({ StackName: 'drills' }));
  await cloud.server.cloud.settle();
  const drifts = async () =>
    (await formation.send(new DescribeStackResourceDriftsCommand({ StackName: 'drills' }))).StackResourceDrifts?.map(
      ({ LogicalResourceId, StackResourceDriftStatus }) => `${LogicalResourceId} ${StackResourceDriftStatus}`,
    );
  assert.deepEqual((await drifts())?.toSorted(), ['Account IN_SYNC', 'Template IN_SYNC']);
  await fis.UpdateExperimentTemplate({ id, description: 'by hand' });
  await formation.send(new DetectStackDriftCommand({ StackName: 'drills' }));
  await cloud.server.cloud.settle();
  assert.deepEqual((await drifts())?.toSorted(), ['Account IN_SYNC', 'Template MODIFIED']);
  await update(cloud, 'drills', templateFor({ description: 'e', duration: 'PT2M', tags: { team: 'y' } }));
  const after = await physicalIds(cloud, 'drills');
  assert.notEqual(after.Template, id, 'other tags are another template');
  assert.equal(after.Account, `${after.Template}|${OTHER}`);
  assert.equal((await failure(show())).name, 'ResourceNotFoundException');
  await remove(cloud, 'drills');
  assert.deepEqual((await fis.ListExperimentTemplates({})).experimentTemplates, []);
});

test('what has no effect is refused by name, and the stack goes back', async () => {
  await using cloud = await startTestCloud();
  await fisRole(cloud);
  await create(cloud, 'drills', templateFor());
  const Outputs = { ExperimentReportS3Configuration: { BucketName: 'reports' } };
  const TemplateBody = templateFor({ more: { ExperimentReportConfiguration: { Outputs } } });
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand({ StackName: 'drills', TemplateBody }));
  assert.equal((await settled(cloud, 'drills'))?.StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
  assert.match(
    (await reasons(cloud, 'drills')).join('\n'),
    /has not built these properties: ExperimentReportConfiguration/,
  );
  assert.equal((await fisClient(cloud).ListExperimentTemplates({})).experimentTemplates.length, 1);
});
