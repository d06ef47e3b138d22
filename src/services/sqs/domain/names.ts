/** Queue names, ARNs and URLs. */
import { parseArn } from '#kernel/base';
import { invalidParameter } from '../errors.ts';

const NAME = /^[A-Za-z0-9_-]{1,80}$/;
const FIFO_NAME = /^[A-Za-z0-9_-]{1,75}\.fifo$/;

/** @throws {ServiceError} InvalidParameterValue */
export function checkQueueName(name: string, fifo: boolean): void {
  if (fifo && !FIFO_NAME.test(name))
    throw invalidParameter(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  if (!fifo && !NAME.test(name))
    throw invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
}

type Named = { account: string | undefined; name: string };

const KEPT_MAX = 1_000;
const URL_LENGTH_MAX = 512;
/** What URLs mean that were read: each call names one several times, and clients name few. */
const kept = new Map<string, Named | undefined>();

/** Account and name that a queue URL means; its host is not looked at. A bare name means the caller's own queue. */
export function queueOfUrl(url: string): Named | undefined {
  if (kept.has(url)) return kept.get(url);
  const named = readUrl(url);
  if (kept.size >= KEPT_MAX) kept.clear();
  if (url.length <= URL_LENGTH_MAX) kept.set(url, named);
  return named;
}

function readUrl(url: string): Named | undefined {
  const parts = url
    .replace(/^[a-z]+:\/\/[^/]*\//i, '')
    .split('/')
    .filter((part) => part !== '');
  const name = parts.at(-1);
  if (name === undefined) return undefined;
  const account = parts.at(-2);
  return { account: account !== undefined && /^\d{12}$/.test(account) ? account : undefined, name };
}

/** The name in a queue's ARN. */
export function queueOfArn(text: string): { account: string; region: string; name: string } | undefined {
  const arn = parseArn(text);
  return arn?.service === 'sqs' ? { account: arn.account, region: arn.region, name: arn.resource } : undefined;
}
