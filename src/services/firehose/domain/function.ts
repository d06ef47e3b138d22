/**
 * Records that a function changes, drops or refuses.
 *
 * @see Developer Guide, "Transform source data in Amazon Data Firehose"; "Required parameters for data transformation"
 */
import { type Ctx, ServiceError } from '#kernel/contract';
import { LAMBDA_BYTES_MAX, LAMBDA_RETRIES } from '../limits.ts';
import type { StreamRow } from '../state.ts';
import { countInvocation } from './metrics.ts';
import type { Entry } from './records.ts';
import { actAs, type Trouble, Undelivered } from './trouble.ts';

/** What became of a record. */
export type Verdict =
  | { result: 'Ok'; data: Buffer; keys: { [key: string]: string } }
  | { result: 'Dropped' }
  | { result: 'failed'; trouble: Trouble; attempts: number };

/** The function and how often it is asked again. */
export type Call = { arn: string; role: string; retries: number };

const STATUS_MODEL =
  'There was an error parsing returned records from the Lambda function. Ensure that the returned records follow the status model required by Amazon Data Firehose.';

/** Source: Developer Guide, "Monitor … using CloudWatch Logs": "Lambda invocation errors". */
const TROUBLES: { readonly [code: string]: Trouble | undefined } = {
  AccessDeniedException: {
    code: 'Lambda.InvokeAccessDenied',
    message: 'Access was denied. Ensure that the access policy allows access to the Lambda function.',
  },
  TooManyRequestsException: {
    code: 'Lambda.InvokeLimitExceeded',
    message: 'The Lambda invocation limit has been exceeded. Increase the Lambda invocation limit.',
  },
  ResourceNotFoundException: {
    code: 'Lambda.FunctionNotFound',
    message: 'The Lambda function could not be found.',
  },
};

/** Reads `Call` of a processor's parameters. */
export function callOf(parameters: { LambdaArn?: string; RoleArn?: string; NumberOfRetries?: string }): Call {
  const { LambdaArn: arn = '', RoleArn: role = '', NumberOfRetries = LAMBDA_RETRIES } = parameters;
  return { arn, role, retries: Number(NumberOfRetries) };
}

/** One verdict for each record. @param tell of each attempt that failed */
export async function judge(
  call: Call,
  entries: readonly Entry[],
  stream: StreamRow,
  tell: (trouble: Trouble) => Promise<void>,
  ctx: Ctx,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const part of parts(entries)) verdicts.push(...(await judgePart(call, part, stream, tell, ctx)));
  return verdicts;
}

function* parts(entries: readonly Entry[]): Generator<Entry[]> {
  let part: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (part.length > 0 && bytes + entry.data.length > LAMBDA_BYTES_MAX) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(entry);
    bytes += entry.data.length;
  }
  if (part.length > 0) yield part;
}

/** Deviation: attempts follow each other at once. */
async function judgePart(
  call: Call,
  entries: readonly Entry[],
  stream: StreamRow,
  tell: (trouble: Trouble) => Promise<void>,
  ctx: Ctx,
): Promise<Verdict[]> {
  const ids = entries.map(({ sequence, index }) => recordId(sequence, index));
  const payload = {
    invocationId: ctx.uuid(),
    deliveryStreamArn: stream.arn,
    region: ctx.region,
    records: entries.map(({ data, at }, index) => ({
      recordId: ids[index],
      approximateArrivalTimestamp: at,
      data: data.toString('base64'),
    })),
  };
  for (let attempts = 1; ; attempts += 1)
    try {
      return readAnswer(await invoke(call, payload, stream, ctx), ids, attempts);
    } catch (error) {
      if (!(error instanceof Undelivered)) throw error;
      const { trouble } = error;
      await tell(trouble);
      if (attempts > call.retries) return entries.map(() => ({ result: 'failed', trouble, attempts }));
    }
}

/** Names a record among those of its stream: 56 digits, as AWS's. */
export const recordId = (sequence: number, index: number) =>
  `49${String(sequence).padStart(40, '0')}${String(index).padStart(8, '0')}000000`;

async function invoke(call: Call, payload: object, stream: StreamRow, ctx: Ctx): Promise<string> {
  const began = ctx.clock();
  let isDone = false;
  try {
    const answer = await ask(call, payload, ctx);
    isDone = true;
    return answer;
  } finally {
    countInvocation(stream, began, isDone, ctx);
  }
}

async function ask({ arn, role }: Call, payload: object, ctx: Ctx): Promise<string> {
  const acting = await actAs(role, 'Lambda', ctx);
  try {
    const { FunctionError, Payload } = await acting.aws().lambda.Invoke({
      FunctionName: arn,
      InvocationType: 'RequestResponse',
      Payload: Buffer.from(JSON.stringify(payload)),
    });
    if (FunctionError === undefined) return await textOf(Payload);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code, message } = error;
    throw new Undelivered(TROUBLES[code] ?? { code: `Lambda.${code}`, message });
  }
  throw new Undelivered({
    code: 'Lambda.FunctionError',
    message: 'The Lambda function was successfully invoked but it returned an error result.',
  });
}

async function textOf(payload: Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<string> {
  if (payload === undefined) return '';
  if (payload instanceof Uint8Array) return Buffer.from(payload).toString('utf8');
  const pieces: Uint8Array[] = [];
  for await (const piece of payload) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

type Answered = { recordId?: unknown; result?: unknown; data?: unknown; metadata?: { partitionKeys?: unknown } };

/** What a function answered is final, however wrong. */
function readAnswer(text: string, ids: readonly string[], attempts: number): Verdict[] {
  const fail = (code: string, message: string): Verdict => ({
    result: 'failed',
    trouble: { code: `Lambda.${code}`, message },
    attempts,
  });
  const records = recordsOf(text);
  if (records === undefined) return ids.map(() => fail('JsonProcessingException', STATUS_MODEL));
  const byId = new Map<unknown, Answered[]>();
  for (const record of records) byId.set(record.recordId, [...(byId.get(record.recordId) ?? []), record]);
  return ids.map((id) => {
    const [found, ...more] = byId.get(id) ?? [];
    if (found === undefined)
      return fail(
        'MissingRecordId',
        'One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.',
      );
    if (more.length > 0)
      return fail(
        'DuplicatedRecordId',
        'Multiple records were returned with the same record Id. Ensure that the Lambda function returns unique record Ids for each record.',
      );
    if (found.result === 'Dropped') return { result: 'Dropped' };
    if (found.result === 'ProcessingFailed')
      return fail('ProcessingFailedStatus', 'ProcessingFailed status set for record');
    if (found.result !== 'Ok' || typeof found.data !== 'string') return fail('JsonProcessingException', STATUS_MODEL);
    const keys = Object.entries(found.metadata?.partitionKeys ?? {}).map(([key, value]) => [key, String(value)]);
    return { result: 'Ok', data: Buffer.from(found.data, 'base64'), keys: Object.fromEntries(keys) };
  });
}

function recordsOf(text: string): Answered[] | undefined {
  try {
    const { records } = JSON.parse(text) as { records?: unknown };
    const isList = Array.isArray(records) && records.every((record) => typeof record === 'object' && record !== null);
    return isList ? records : undefined;
  } catch {
    return undefined;
  }
}
