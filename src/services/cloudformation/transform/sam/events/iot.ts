/** Rules of AWS IoT. */
import { made } from '../made.ts';
import { required, text } from '../properties.ts';
import { isGiven, ref, sub } from '../values.ts';
import { type EventKind, permission } from './event.ts';

export const IOT_RULE: EventKind = {
  rules: { Sql: required(text), AwsIotSqlVersion: text },
  make({ id, given }, hearing) {
    const { target, setting } = hearing;
    const SourceArn = sub(`arn:${setting.partition}:iot:\${AWS::Region}:\${AWS::AccountId}:rule/\${RuleName}`, {
      RuleName: ref(id),
    });
    const TopicRulePayload = {
      Sql: given.Sql ?? null,
      RuleDisabled: false,
      Actions: [{ Lambda: { FunctionArn: target.arn } }],
      ...(isGiven(given.AwsIotSqlVersion) && { AwsIotSqlVersion: given.AwsIotSqlVersion }),
    };
    return [
      permission(hearing, id, 'iot.amazonaws.com', { SourceArn, SourceAccount: sub(`\${AWS::AccountId}`) }),
      made(id, 'AWS::IoT::TopicRule', { TopicRulePayload }, { attributes: target.passed }),
    ];
  },
};
