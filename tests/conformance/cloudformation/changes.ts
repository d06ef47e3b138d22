/** Things that a stack changes, and changes back: what is there is afterwards what the template says, by what drift detection reads. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { startTestCloud } from '../../support/cloud.ts';
import { arrive, expectNoDrift, expectStatus, templateOf } from './stacks.ts';

/** A thing of a template with its properties before and after; one without is the same in both. */
export type Changing = [type: string, before: object, after?: object, dependsOn?: string];

const NAME = 'changing';

/** Makes all, changes all, changes all back, removes all. */
export async function changes(things: { [logicalId: string]: Changing }): Promise<void> {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const input = (isAfter: boolean) => ({
    StackName: NAME,
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
    TemplateBody: templateOf(
      Object.fromEntries(
        Object.entries(things).map(([id, [type, before, after = before, DependsOn]]) => [
          id,
          { Type: `AWS::${type}`, DependsOn, Properties: isAfter ? after : before },
        ]),
      ),
    ),
  });
  const reach = async (status: string, name = NAME) => {
    await arrive(cloud, name);
    await expectStatus(cloud, name, status);
  };
  const { StackId = '' } = await formation.send(new CreateStackCommand(input(false)));
  await reach('CREATE_COMPLETE');
  await expectNoDrift(cloud, NAME);
  for (const isAfter of [true, false]) {
    await formation.send(new UpdateStackCommand(input(isAfter)));
    await reach('UPDATE_COMPLETE');
    await expectNoDrift(cloud, NAME);
  }
  await formation.send(new DeleteStackCommand({ StackName: NAME }));
  await reach('DELETE_COMPLETE', StackId);
}

/** A policy with one statement. */
export const policy = (statement: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', ...statement }],
});

/** `a=1` as a tag. */
export const tags = (...pairs: string[]) =>
  pairs.map((pair) => {
    const [Key, Value] = pair.split('=');
    return { Key, Value };
  });

export const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
