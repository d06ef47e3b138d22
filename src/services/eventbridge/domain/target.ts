/** What of a target is wrong before any event is brought to it. Source: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight). */
import { JsonTextError, placeIn, readJsonText } from '#kernel/base';
import { validation } from '../errors.ts';
import type { Target } from '../state.ts';
import { BUS_ARN } from './find.ts';
import { needsRole } from './send.ts';
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

const serviceOf = (arn: string) => arn.split(':')[2] ?? '';

/** @throws {ServiceError} ValidationException */
export function checkTargets(all: readonly Target[]): void {
  const ids = all.map(({ Id }) => Id);
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
  if (twice !== undefined)
    throw validation(`Parameter targets is not valid. Reason: More than one target with Id '${twice}' is provided.`);
  for (const target of all) {
    checkInput(target);
    checkArn(target);
    checkDeadLetters(target.DeadLetterConfig?.Arn);
  }
}

function checkInput({ Id: id, Arn, Input, InputPath, InputTransformer }: Target): void {
  const ways = [Input, InputPath, InputTransformer].filter((one) => one !== undefined).length;
  if (ways > 1)
    throw validation(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  // Source: serverless/serverless, issue 12614; ministryofjustice/modernisation-platform-environments, pull request 17743.
  if (ways > 0 && BUS_ARN.test(Arn)) throw validation(`Modifying the input for target ${id} is not supported`);
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

function checkArn(target: Target): void {
  const { Id: id, Arn: arn } = target;
  if (!arn.startsWith('arn:'))
    throw validation(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  const service = serviceOf(arn);
  // Source: github.com/aws-cloudformation/cfn-lint/issues/4505.
  if (!SERVICES.has(service)) throw validation(`${service} is not a supported service for a target.`);
  for (const [name, services] of Object.entries(PARAMETERS))
    if (target[name as keyof typeof PARAMETERS] !== undefined && !services.some((one) => one === service))
      throw validation(`Parameter(s) ${name} not supported for target: ${id}.`);
  if (service === 'sqs' && arn.endsWith('.fifo') && target.SqsParameters === undefined)
    throw validation(`Parameter(s) SqsParameters must be specified for target: ${id}.`);
  if (needsRole(arn) && target.RoleArn === undefined) throw validation(`RoleArn is required for target ${arn}.`);
}

/** Of a target or of a bus: a standard queue. @throws {ServiceError} ValidationException */
export function checkDeadLetters(arn: string | undefined): void {
  if (arn === undefined) return;
  const service = serviceOf(arn);
  if (service !== 'sqs') throw validation(`${service} is not supported as a dead letter resource.`);
  if (arn.endsWith('.fifo')) throw validation('SQS FIFO is not supported by Dead Letter Queues.');
}
