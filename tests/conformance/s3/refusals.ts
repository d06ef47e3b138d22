/** What the tests of S3's refusals share: a table of requests, and the errors they are answered with. */
import assert from 'node:assert/strict';
import { type S3Cloud, type Sent, send } from './setup.ts';

export type Case = [
  method: string,
  path: string,
  headers: { [name: string]: string },
  status: number,
  members: { [name: string]: string },
  body?: string,
];

/** Sends each, `$` standing for the bucket's path, and compares the whole document of the error. */
export async function refuses(cloud: S3Cloud, cases: readonly Case[]): Promise<Sent[]> {
  const answers: Sent[] = [];
  for (const [method, path, headers, status, members, body] of cases) {
    const answer = await send(cloud, method, path.replace('$', `/${cloud.Bucket}`), {
      headers,
      ...(body !== undefined && { body }),
    });
    assert.deepEqual(
      [answer.status, answer.members],
      [status, members],
      `${method} ${path} ${JSON.stringify(headers)}`,
    );
    answers.push(answer);
  }
  return answers;
}

export const argument = (Message: string, ArgumentName: string, ArgumentValue?: string) => ({
  Code: 'InvalidArgument',
  Message,
  ArgumentName,
  ...(ArgumentValue !== undefined && { ArgumentValue }),
});
export const request = (Message: string) => ({ Code: 'InvalidRequest', Message });
