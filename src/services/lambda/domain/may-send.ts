/** Whether a function's role may send to where its configuration says: asked when that is set, not only when there is something to send. */
import { parseArn } from '#kernel/base';
import { type Acting, ServiceError } from '#kernel/contract';
import { badDeadLetters, functionMayNotSend, roleMayNotSend } from '../errors.ts';

/** The action that sends to a service's resources. */
const ACTIONS: { readonly [service: string]: string } = {
  events: 'PutEvents',
  lambda: 'InvokeFunction',
  s3: 'PutObject',
  sns: 'Publish',
  sqs: 'SendMessage',
};

/** @param here the function's Region; @throws {ServiceError} InvalidParameterValueException */
export function checkDeadLetters(arn: string | undefined, acting: Acting, here: string): void {
  if (arn === undefined || arn === '') return;
  const { service = '', region, resource = '' } = parseArn(arn) ?? {};
  if (region !== here)
    throw badDeadLetters(
      "The resource specified by the TargetArn must be in the same region as the Lambda function it's associated with.",
    );
  if (service !== 'sqs' && service !== 'sns')
    throw badDeadLetters('The service specified by the TargetArn is not supported for dead letter configuration.');
  if (resource.endsWith('.fifo'))
    throw badDeadLetters(
      `FIFO ${service === 'sqs' ? 'SQS queue' : 'SNS topic'} is not supported for dead letter configuration`,
    );
  if (!maySend(arn, service, acting)) throw roleMayNotSend(ACTIONS[service] ?? '', service.toUpperCase());
}

/** @throws {ServiceError} InvalidParameterValueException */
export function checkDestination(arn: string, acting: Acting): void {
  const { service = '' } = parseArn(arn) ?? {};
  if (!maySend(arn, service, acting)) throw functionMayNotSend(ACTIONS[service] ?? '', arn);
}

function maySend(arn: string, service: string, acting: Acting): boolean {
  try {
    const resource = service === 's3' ? `${arn}/*` : arn;
    // By its own policies: what those of the destination say it hears when it sends. A bucket's ARN names no account.
    acting.authorize({ action: `${service}:${ACTIONS[service]}`, resource });
    return true;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}
