/** What of a target is wrong before any event is brought to it. Source: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight). */
import { JsonTextError, placeIn, readJsonText } from '#kernel/base';
import { validation } from '../errors.ts';
import type { RuleRow, Target } from '../state.ts';
import { BUS_ARN } from './find.ts';
import { unknownPlaceholder, WHOLE_EVENT } from './transform.ts';

/** Parameters that only targets of these services have; those of queues any may have. */
const PARAMETERS = {
  AppSyncParameters: ['appsync'],
  BatchParameters: ['batch'],
  EcsParameters: ['ecs'],
  HttpParameters: ['events', 'execute-api'],
  KinesisParameters: ['kinesis'],
  RedshiftDataParameters: ['redshift', 'redshift-serverless'],
  RunCommandParameters: ['ssm'],
  SageMakerPipelineParameters: ['sagemaker'],
} as const;

/** Source: EventBridge User Guide, "Event bus targets". */
const SERVICES = new Set(
  [
    ['appsync', 'batch', 'codebuild', 'codepipeline', 'ecs', 'events', 'execute-api', 'firehose', 'glue'],
    ['imagebuilder', 'inspector', 'kinesis', 'lambda', 'logs', 'redshift', 'redshift-serverless', 'sagemaker'],
    ['sns', 'sqs', 'ssm', 'ssm-incidents', 'states'],
  ].flat(),
);

/** What targets of a service can't be without. */
const REQUIRED: { readonly [service: string]: 'BatchParameters' | 'EcsParameters' | undefined } = {
  batch: 'BatchParameters',
  ecs: 'EcsParameters',
};

/** All others are called by a role. Of AppSync and Image Builder AWS's answer is not known. Source of API Gateway: EventBridge User Guide, "Using resource-based policies". */
const ROLELESS = new Set(['appsync', 'execute-api', 'imagebuilder', 'lambda', 'logs', 'sns', 'sqs']);

const serviceOf = (arn: string) => arn.split(':')[2] ?? '';
const regionOf = (arn: string) => arn.split(':')[3] ?? '';

/** @throws {ServiceError} ValidationException */
export function checkTargets(all: readonly Target[], rule: RuleRow, caller: string): void {
  // Source of this, and of what logs may not have: radkawar/stackd, measured in 2026.
  if (rule.arn.split(':')[4] !== caller && !all.every(({ Arn }) => BUS_ARN.test(Arn)))
    throw validation('Only EventBus targets are allowed on cross-account PutTargets calls.');
  const ids = all.map(({ Id }) => Id);
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
  if (twice !== undefined)
    throw validation(`Parameter targets is not valid. Reason: More than one target with Id '${twice}' is provided.`);
  for (const target of all) {
    checkInput(target);
    checkArn(target, rule);
    checkDeadLetters(target.DeadLetterConfig?.Arn, regionOf(rule.arn));
  }
}

function checkInput({ Id: id, Arn, Input, InputPath, InputTransformer }: Target): void {
  const ways = [Input, InputPath, InputTransformer].filter((one) => one !== undefined).length;
  if (ways > 1)
    throw validation(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  // Source: serverless/serverless, issue 12614; ministryofjustice/modernisation-platform-environments, pull request 17743.
  if (ways > 0 && BUS_ARN.test(Arn)) throw validation(`Modifying the input for target ${id} is not supported`);
  if (serviceOf(Arn) === 'logs' && (Input ?? InputPath) !== undefined)
    throw validation(
      `Input and InputPath are not valid forms of input for target ${id}. The only valid form of input is InputTransformer.`,
    );
  if (Input !== undefined) checkJson(Input, id);
  for (const path of [InputPath ?? '$', ...Object.values(InputTransformer?.InputPathsMap ?? {})])
    if (!path.startsWith('$') || /\[\s*['"]/.test(path)) throw validation(`InputPath for target ${id} is invalid.`);
  if (InputTransformer === undefined) return;
  const unknown = unknownPlaceholder(InputTransformer);
  if (unknown !== undefined)
    throw validation(`InputTemplate for target ${id} contains invalid placeholder ${unknown}.`);
  const { InputTemplate: template } = InputTransformer;
  if (template.includes(`<${WHOLE_EVENT}>`) && !template.trimStart().startsWith('{'))
    throw validation(
      `InputTemplate for target ${id} contains placeholder ${WHOLE_EVENT} valid only for JSON template.`,
    );
}

function checkJson(text: string, id: string): void {
  try {
    readJsonText(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const place = placeIn(text, error.offset).replace('\n at ', '');
    throw validation(`JSON syntax error in input for target ${id}: ${place}`);
  }
}

function checkArn(target: Target, rule: RuleRow): void {
  const { Id: id, Arn: arn } = target;
  if (!arn.startsWith('arn:'))
    throw validation(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  const service = serviceOf(arn);
  // Source: github.com/aws-cloudformation/cfn-lint/issues/4505.
  if (!SERVICES.has(service)) throw validation(`${service} is not a supported service for a target.`);
  for (const [name, services] of Object.entries(PARAMETERS))
    if (target[name as keyof typeof PARAMETERS] !== undefined && !services.some((one) => one === service))
      throw validation(`Parameter(s) ${name} not supported for target: ${id}.`);
  const wanted = service === 'sqs' && arn.endsWith('.fifo') ? 'SqsParameters' : REQUIRED[service];
  if (wanted !== undefined && target[wanted] === undefined)
    throw validation(`Parameter(s) ${wanted} must be specified for target: ${id}.`);
  checkJob(target);
  checkTask(target);
  if (target.RoleArn !== undefined && service === 'logs')
    throw validation(`RoleArn is not supported for target ${arn}.`);
  if (target.RoleArn !== undefined || ROLELESS.has(service)) return;
  throw validation(
    service === 'kinesis'
      ? `Rule ${rule.name} does not have RoleArn assigned to invoke target ${arn}.`
      : `RoleArn is required for target ${arn}.`,
  );
}

/** The words before "Attempts" follow those about sizes. @throws {ServiceError} ValidationException */
function checkJob({ BatchParameters: batch }: Target): void {
  if (isOutside(batch?.ArrayProperties?.Size, 2, 10_000))
    throw validation('Parameter ArrayProperties is not valid. Reason: Size must be in between 2 and 10000.');
  if (isOutside(batch?.RetryStrategy?.Attempts, 1, 10))
    throw validation('Parameter RetryStrategy is not valid. Reason: Attempts must be in between 1 and 10.');
}

/** @throws {ServiceError} ValidationException */
function checkTask({ Id: id, Arn: arn, EcsParameters: ecs }: Target): void {
  if (ecs === undefined) return;
  const { LaunchType: type, NetworkConfiguration: network, PlatformVersion: version, TaskDefinitionArn: task } = ecs;
  const { Subnets: subnets, SecurityGroups: groups, AssignPublicIp: ip } = network?.awsvpcConfiguration ?? {};
  if (isOutside(ecs.TaskCount, 1, 10)) throw validation(`Parameter(s) TaskCount not valid for target: ${id}.`);
  if (type === 'FARGATE' && network === undefined)
    throw validation(`Parameter NetworkConfiguration must be specified for target ${id} when launch type is FARGATE.`);
  for (const [name, value] of Object.entries({ PlatformVersion: version, AssignPublicIp: ip }))
    if (type === 'EC2' && value !== undefined)
      throw validation(`Parameter ${name} for target ${id} is not supported when launch type is EC2.`);
  if (isOutside(subnets?.length, 1, 16))
    throw validation('Parameter Subnets is not valid. Reason: size must be in between 1 and 16.');
  if (isOutside(groups?.length, 0, 5))
    throw validation('Parameter SecurityGroups is not valid. Reason: size must be in between 0 and 5.');
  if (regionOf(task) !== regionOf(arn)) throw validation(`Region of ${arn} does not match region of ${task}.`);
}

const isOutside = (value: number | undefined, min: number, max: number) =>
  value !== undefined && (value < min || value > max);

/**
 * Of a target or of a bus: a standard queue, a target's in the Region of its rule. Deviation: how AWS words the latter is not known.
 *
 * @throws {ServiceError} ValidationException
 */
export function checkDeadLetters(arn: string | undefined, region?: string): void {
  if (arn === undefined) return;
  const service = serviceOf(arn);
  if (service !== 'sqs') throw validation(`${service} is not supported as a dead letter resource.`);
  if (arn.endsWith('.fifo')) throw validation('SQS FIFO is not supported by Dead Letter Queues.');
  if (region !== undefined && regionOf(arn) !== region)
    throw validation(`Dead letter resource ${arn} is not in the Region of the rule.`);
}
