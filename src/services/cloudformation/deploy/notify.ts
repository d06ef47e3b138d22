/** Tells a stack's topics what happens to it. Source: CloudFormation User Guide, "Monitor stack progress": notifications. */
import { type Ctx, ServiceError, type TaskHandler } from '#kernel/contract';
import { type EventRow, notified, type StackRow, stackEvents, stacks } from '../state.ts';

export const notify: TaskHandler = async ({ stackId }, ctx) => {
  const id = String(stackId);
  for (;;) {
    const stack = ctx.store.get(stacks, { id });
    const { sequence = 0 } = ctx.store.get(notified, { stackId: id }) ?? {};
    const event = ctx.store.first(stackEvents, { where: { stackId: id }, after: { sequence } });
    if (stack === undefined || event === undefined) return;
    for (const TopicArn of stack.notificationArns) await tell(TopicArn, stack, event, ctx);
    ctx.transact((store) => store.put(notified, { stackId: id, sequence: event.sequence }));
  }
};

async function tell(TopicArn: string, stack: StackRow, event: EventRow, ctx: Ctx): Promise<void> {
  const facts: [string, string][] = [
    ['StackId', stack.id],
    ['Timestamp', new Date(event.at).toISOString()],
    ['EventId', event.id],
    ['LogicalResourceId', event.logicalId],
    ['Namespace', ctx.account],
    ['PhysicalResourceId', event.physicalId],
    ['ResourceProperties', event.properties ?? 'null'],
    ['ResourceStatus', event.status],
    ['ResourceStatusReason', event.reason ?? ''],
    ['ResourceType', event.type],
    ['StackName', stack.name],
    ['ClientRequestToken', event.token ?? 'null'],
  ];
  const Message = facts.map(([name, value]) => `${name}='${value}'\n`).join('');
  try {
    await ctx.awsFor(stack.id).sns.Publish({ TopicArn, Subject: 'AWS CloudFormation Notification', Message });
  } catch (error) {
    // A topic that is gone, or that lets nobody in, hears nothing.
    if (!(error instanceof ServiceError)) throw error;
  }
}
