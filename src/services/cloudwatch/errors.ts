/** What CloudWatch refuses. Source: CloudWatch API Reference, "Errors" of each operation; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';
import type { Fault } from './domain/widget-schema.ts';

const error = errorsOf('cloudwatch');

export const invalidValue = (message: string) => error('InvalidParameterValueException', message);
export const invalidCombination = (message: string) => error('InvalidParameterCombinationException', message);
export const missing = (message: string) => error('MissingRequiredParameterException', message);
export const validation = (message: string) => error('ValidationError', message);
export const alarmNotFound = (name: string) => error('ResourceNotFound', `Unknown alarm: ${name}`);
export const resourceNotFound = (arn: string) => error('ResourceNotFoundException', `Unknown resource: ${arn}`);
export const badToken = () => error('InvalidNextToken', 'Invalid NextToken');
export const badStateData = (message: string) => error('InvalidFormatFault', message);

/** Source: recorded answers of PutDashboard, also with the number that does not agree with its noun. */
export const badBody = (faults: readonly Fault[]) => {
  const told = faults.map(({ DataPath, Message }) => ({ dataPath: DataPath, message: Message }));
  return error(
    'DashboardInvalidInputError',
    `The dashboard body is invalid, there are ${faults.length} validation errors:\n${JSON.stringify(told, null, 2)}`,
    { dashboardValidationMessages: faults },
  );
};
export const bodyNotJson = () =>
  error('DashboardInvalidInputError', 'The field DashboardBody must be a valid JSON object');
export const badDashboardName = (name: string) =>
  error(
    'DashboardInvalidInputError',
    `The value ${name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n`,
  );
export const dashboardNotFound = (name: string) => error('DashboardNotFoundError', `Dashboard ${name} does not exist`);
export const badWidget = (faults: readonly Fault[]) =>
  validation(
    `The field MetricWidget is invalid: ${faults.map(({ DataPath, Message }) => `${DataPath}: ${Message}`).join('; ')}`,
  );
export const noDetector = () => error('ResourceNotFoundException', 'No anomaly detector was found.');
export const noRule = (name: string) => error('ResourceNotFoundException', `Insight rule ${name} does not exist`);
/** Deviation: AWS's text is not known. Source of the rule: DynamoDB Developer Guide, "CloudWatch contributor insights for DynamoDB: How it works". */
export const managedRule = (name: string) =>
  error('InvalidParameterValueException', `Insight rule ${name} is managed by an AWS service and can't be modified`);
export const noMuteRule = (name: string) =>
  error('ResourceNotFoundException', `Alarm mute rule ${name} does not exist`);
export const noMetricStream = (name: string) =>
  error('ResourceNotFoundException', `Metric stream ${name} does not exist`);
export const definitionNotFound = (id: string) =>
  error('ResourceNotFoundException', `Metric data query definition ${id} does not exist`);
export const pathTaken = (path: string) =>
  error('ConflictException', `A metric data query definition with the path ${path} already exists`);
export const tooManyDefinitions = () =>
  error('LimitExceededException', 'The maximum number of metric data query definitions has been reached');
/** Source: CloudWatch API Reference, LimitExceededException. */
export const tooManyRules = () => error('LimitExceededException', 'The operation exceeded one or more limits.');
export const tooManyMuteRules = () =>
  error('LimitExceededFault', 'The maximum number of alarm mute rules has been reached');
export const tooManySqlAlarms = () =>
  error('LimitExceededFault', 'The maximum number of Metrics Insights alarms has been reached');
/** Source of these three: badmintoncryer/cdk-preflight. @param key where in the definition, with what is wrong before it */
export const badRuleKey = (what: string, key: string) =>
  error('InvalidParameterValueException', `INVALID_RULE_BODY: ${what} encountered at ${key} in the RuleBody.`);
export const unreadableRule = () =>
  error('InvalidParameterValueException', 'INVALID_RULE_BODY: The RuleBody could not be parsed.');
export const tooManyRuleKeys = (max: number) =>
  error(
    'InvalidParameterValueException',
    `RULE_BODY_COMPLEXITY: A RuleBody must have no more than ${max} "Keys" in the "Contribution".`,
  );
/** The words are our own. */
export const badDefinition = (why: string) =>
  error('InvalidParameterValueException', `Invalid InsightRule definition: ${why}`);
