/**
 * What a service must not get past the compiler. Each `@ts-expect-error` stands before one mistake; `tsc` fails where the
 * line below it compiles. What is right stands beside each mistake without one.
 */
import { type Ctx, errorsOf, type Handler, type Handlers, notYet, type Service } from '#kernel/contract';

const later = notYet('this is a test');

// A map has every operation of the model, and no other.
export const total = {
  GetIceServerConfig: later,
  SendAlexaOfferToMaster: later,
} satisfies Handlers<'kinesis-video-signaling'>;

export const missingOperation = {
  GetIceServerConfig: later,
  // @ts-expect-error SendAlexaOfferToMaster is missing
} satisfies Handlers<'kinesis-video-signaling'>;

export const unknownOperation = {
  GetIceServerConfig: later,
  SendAlexaOfferToMaster: later,
  // @ts-expect-error the model has no such operation
  GetIceServerConfigs: later,
} satisfies Handlers<'kinesis-video-signaling'>;

export const noHandler = {
  GetIceServerConfig: later,
  // @ts-expect-error neither a handler nor a reason why there is none
  SendAlexaOfferToMaster: undefined,
} satisfies Handlers<'kinesis-video-signaling'>;

// @ts-expect-error the model has no such operation
export const handlerOfNothing: Handler<'sqs', 'SendMessages'> = () => ({});

// @ts-expect-error there is no such service
export const handlerOfNobody: Handler<'sqsx', 'SendMessage'> = () => ({});

// An output is what the model says.
export const output: Handler<'sqs', 'DeleteMessageBatch'> = () => ({ Successful: [], Failed: [] });
export const laterOutput: Handler<'sqs', 'DeleteMessageBatch'> = async () => ({ Successful: [], Failed: [] });

// @ts-expect-error Failed is required
export const missingOutput: Handler<'sqs', 'DeleteMessageBatch'> = () => ({ Successful: [] });

// @ts-expect-error Failed is required, also of what is awaited
export const missingLaterOutput: Handler<'sqs', 'DeleteMessageBatch'> = async () => ({ Successful: [] });

// @ts-expect-error Id is required in each entry
export const missingInside: Handler<'sqs', 'DeleteMessageBatch'> = () => ({ Successful: [{}], Failed: [] });

// @ts-expect-error the output has no such member
export const unknownOutput: Handler<'sqs', 'CreateQueue'> = () => ({ Url: 'https://…' });

// @ts-expect-error a text is wanted
export const wrongOutput: Handler<'sqs', 'CreateQueue'> = () => ({ QueueUrl: 1 });

// @ts-expect-error an instant is a number of milliseconds
export const dateOutput: Handler<'iam', 'GetAccountSummary'> = () => ({ SummaryMap: { Users: new Date(0) } });

// An input is read as the model says.
export const input: Handler<'sqs', 'ReceiveMessage'> = (given) => {
  const url: string = given.QueueUrl;
  const most: number | undefined = given.MaxNumberOfMessages;
  return { Messages: [{ Body: `${url} ${most}` }] };
};

export const unknownInput: Handler<'sqs', 'ReceiveMessage'> = (given) => {
  // @ts-expect-error the input has no such member
  return { Messages: [{ Body: given.QueueURL }] };
};

export const optionalInput: Handler<'sqs', 'ReceiveMessage'> = (given) => {
  // @ts-expect-error the client may have left it out
  const most: number = given.MaxNumberOfMessages;
  return { Messages: [{ Body: String(most) }] };
};

export const wrongEnum: Handler<'sqs', 'ReceiveMessage'> = (given) => {
  // @ts-expect-error the enum has no such value
  return given.MessageSystemAttributeNames?.includes('Sender') ? {} : { Messages: [] };
};

// An error's code is the model's or one that every service has.
const error = errorsOf('sqs');
export const own = error('QueueDoesNotExist', 'The specified queue does not exist.');
export const common = error('AccessDenied', 'No.');
// @ts-expect-error S3's error is none of SQS
export const foreignError = error('NoSuchBucket', 'No.');
// @ts-expect-error nobody has it
export const unknownError = error('QueueDoesntExist', 'No.');

// Other services are called as their models say.
export async function calls(ctx: Ctx): Promise<string | undefined> {
  const { QueueUrl } = await ctx.aws.sqs.CreateQueue({ QueueName: 'jobs' });
  // @ts-expect-error QueueName is required
  await ctx.aws.sqs.CreateQueue({});
  // @ts-expect-error the input has no such member
  await ctx.aws.sqs.CreateQueue({ QueueName: 'jobs', Name: 'jobs' });
  // @ts-expect-error the service has no such operation
  await ctx.aws.sqs.MakeQueue({});
  // @ts-expect-error there is no such service
  await ctx.aws.queues.CreateQueue({ QueueName: 'jobs' });
  return QueueUrl;
}

// A declaration names operations of its own service only.
export const declared = {
  name: 'kinesis-video-signaling',
  prefix: 'kinesisvideo',
  operations: total,
  dataEvents: ['GetIceServerConfig'],
} satisfies Service<'kinesis-video-signaling'>;

export const foreignDataEvent: Service<'kinesis-video-signaling'> = {
  name: 'kinesis-video-signaling',
  prefix: 'kinesisvideo',
  operations: total,
  // @ts-expect-error the service has no such operation
  dataEvents: ['GetMedia'],
};
