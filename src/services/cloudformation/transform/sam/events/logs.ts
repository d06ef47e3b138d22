/** Lines of a log group. */
import { made } from '../made.ts';
import { required, text } from '../properties.ts';
import { sub } from '../values.ts';
import { type EventKind, permission } from './event.ts';

export const CLOUDWATCH_LOGS: EventKind = {
  rules: { LogGroupName: required(text), FilterPattern: required(text) },
  make({ id, given }, hearing) {
    const { target, setting } = hearing;
    const { LogGroupName = null, FilterPattern } = given;
    const SourceArn = sub(
      `arn:${setting.partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:\${__LogGroupName__}:*`,
      { __LogGroupName__: LogGroupName },
    );
    const allowed = permission(hearing, id, 'logs.amazonaws.com', { SourceArn });
    return [
      allowed,
      made(
        id,
        'AWS::Logs::SubscriptionFilter',
        { LogGroupName, FilterPattern, DestinationArn: target.arn },
        { attributes: target.passed, dependsOn: [allowed.id] },
      ),
    ];
  },
};
