/** What is there before each request to FIS: a role, a template with accounts, an experiment that runs. */
import type { Furnish } from './world.ts';

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/fis`;

export const fis: Furnish = async ({ fis, iam }) => {
  const trust = { Effect: 'Allow', Principal: { Service: 'fis.amazonaws.com' }, Action: 'sts:AssumeRole' };
  await iam.CreateRole({
    RoleName: 'fis',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
  const roles = { resourceType: 'aws:iam:role', resourceTags: { a: 'b' }, selectionMode: 'ALL' };
  const wait = { actionId: 'aws:fis:wait', parameters: { duration: 'PT1H' } };
  const made = (accountTargeting: 'single-account' | 'multi-account') =>
    fis.CreateExperimentTemplate({
      clientToken: accountTargeting,
      description: 'd',
      roleArn: ROLE,
      stopConditions: [{ source: 'none' }],
      targets: { roles },
      actions: { wait },
      experimentOptions: { accountTargeting, emptyTargetResolutionMode: 'skip' },
    });
  const single = (await made('single-account')).experimentTemplate;
  const many = (await made('multi-account')).experimentTemplate;
  const experimentTemplateId = many?.id ?? '';
  await fis.CreateTargetAccountConfiguration({ experimentTemplateId, accountId: ACCOUNT, roleArn: ROLE });
  const { experiment } = await fis.StartExperiment({ clientToken: 'c', experimentTemplateId });
  return {
    id: [single?.id],
    'GetActionRequest.id': ['aws:fis:wait'],
    'GetExperimentRequest.id': [experiment?.id],
    'StopExperimentRequest.id': [experiment?.id],
    'GetSafetyLeverRequest.id': ['default'],
    'UpdateSafetyLeverStateRequest.id': ['default'],
    experimentTemplateId: [experimentTemplateId],
    'StartExperimentRequest.experimentTemplateId': [single?.id],
    experimentId: [experiment?.id],
    accountId: [ACCOUNT],
    'CreateTargetAccountConfigurationRequest.accountId': ['210987654321'],
    'CreateTargetAccountConfigurationRequest.roleArn': ['arn:aws:iam::210987654321:role/fis'],
    roleArn: [ROLE],
    resourceArn: [single?.arn],
    resourceType: ['aws:iam:role'],
    targetName: ['roles'],
    actions: [{ wait }],
    targets: [{ roles }],
    stopConditions: [{ source: 'none' }],
    logConfiguration: [],
    experimentReportConfiguration: [],
    nextToken: [],
  };
};
