/** Tasks that a function does. Source: S3 User Guide, "Invoke AWS Lambda function", "Response and result codes", "Examples: completion reports". */
import type { Aws } from '#kernel/contract';
import type { LambdaInvokeOperation } from '#models/s3-control';
import type { Outcome } from '../state.ts';
import type { Listed } from './manifest.ts';

/** A task is tried so often while its function calls its failure temporary. Deviation: how often AWS does is not told. */
const TRIES_MAX = 3;

/** What a task is known by: the job, and ids of the call and of the task. */
export type Ids = { job: string; invocation: string; task: string };
type Result = { taskId?: unknown; resultCode?: unknown; resultString?: unknown };

/** The message that the function gets; from version 2.0 on with the bucket's name and what the job's maker adds. */
export function messageOf(
  { InvocationSchemaVersion: version = '1.0', UserArguments: userArguments }: LambdaInvokeOperation,
  { bucket, key, versionId }: Listed,
  ids: Ids,
  partition: string,
): object {
  const isNew = version === '2.0';
  return {
    invocationSchemaVersion: version,
    invocationId: ids.invocation,
    job: { id: ids.job, ...(isNew && userArguments !== undefined && { userArguments }) },
    tasks: [
      {
        taskId: ids.task,
        // As in the manifest.
        s3Key: encodeURIComponent(key).replaceAll('%2F', '/'),
        s3VersionId: versionId ?? null,
        ...(isNew ? { s3Bucket: bucket } : { s3BucketArn: `arn:${partition}:s3:::${bucket}` }),
      },
    ],
  };
}

/** Asks the function, again while it says that its failure is temporary. Deviation: the texts of its failures were never compared with AWS's. @throws {ServiceError} Lambda's answer, when it refuses */
export async function invoke(lambda: Aws['lambda'], operation: LambdaInvokeOperation, message: object, task: string) {
  for (let tries = 1; ; tries += 1) {
    const { Payload, FunctionError } = await lambda.Invoke({
      FunctionName: operation.FunctionArn ?? '',
      Payload: Buffer.from(JSON.stringify(message)),
    });
    const text = Buffer.from(Payload ?? '').toString();
    const { code, outcome } =
      FunctionError === undefined
        ? resultOf(text, task)
        : failed('PermanentFailure', `Lambda returned function error: ${text}`);
    if (code !== 'TemporaryFailure' || tries === TRIES_MAX) return outcome;
  }
}

/** What the function says of the task; of one that it does not name, what it says of those. */
function resultOf(text: string, task: string): { code: string; outcome: Outcome } {
  let answer: { treatMissingKeysAs?: unknown; results?: unknown };
  try {
    answer = JSON.parse(text) ?? {};
  } catch {
    answer = {};
  }
  if (typeof answer !== 'object' || !Array.isArray(answer.results))
    return failed('PermanentFailure', 'The Lambda function returned a response that could not be parsed.');
  const own = (answer.results as Result[]).find((one) => one?.taskId === task);
  const code = String(own?.resultCode ?? answer.treatMissingKeysAs ?? 'TemporaryFailure');
  const message = typeof own?.resultString === 'string' ? own.resultString : '';
  if (code === 'Succeeded') return { code, outcome: { status: 'succeeded', code: '', http: 200, message } };
  return failed(code, message);
}

function failed(code: string, message: string): { code: string; outcome: Outcome } {
  return { code, outcome: { status: 'failed', code, http: 200, message } };
}
