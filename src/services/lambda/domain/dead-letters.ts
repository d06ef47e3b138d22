/** Where events go that a function could not deal with, where it has no destination for what became of them. */
import { type Aws, type Ctx, persistently, ServiceError } from '#kernel/contract';

export type DeadLetter = {
  /** The event itself. */
  text: string;
  requestId: string;
  /** Of HTTP; none where the function was never tried. */
  code?: string;
  message: string;
};

/** What an error says, up to so many bytes; half a character is told as U+FFFD. Source: radkawar/stackd, measured in 2026. */
const MESSAGE_BYTES_MAX = 1_024;
const start = (message: string) => Buffer.from(message).subarray(0, MESSAGE_BYTES_MAX).toString('utf8');

/**
 * Sends an event, with what went wrong as attributes. Source: Lambda Developer Guide, "Adding a dead-letter queue".
 *
 * @param arn of a queue or topic
 * @param aws as the function's role
 * @returns false where it is not there, or the role may not
 */
export async function sendToDeadLetters(arn: string, letter: DeadLetter, aws: Aws, ctx: Ctx): Promise<boolean> {
  const { text, requestId, code, message } = letter;
  const attribute = (DataType: string, StringValue: string) => ({ DataType, StringValue });
  const MessageAttributes = {
    RequestID: attribute('String', requestId),
    ...(code !== undefined && { ErrorCode: attribute('Number', code) }),
    ErrorMessage: attribute('String', start(message) || 'unknown'),
  };
  const [, , , region, account, name] = arn.split(':');
  const QueueUrl = `https://sqs.${region}.amazonaws.com/${account}/${name}`;
  const send = (): Promise<unknown> =>
    arn.includes(':sns:')
      ? aws.sns.Publish({ TopicArn: arn, Message: text, MessageAttributes })
      : aws.sqs.SendMessage({ QueueUrl, MessageBody: text, MessageAttributes });
  try {
    await persistently(send, ctx);
    return true;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}
