/** Calls that a stack makes of other services, one of which fails. */
import type { TestCloud } from '../../support/cloud.ts';

const READS = /^(Describe|Get|Head|List)/;
const FAULT = { kind: 'error', code: 'BrokenOnPurpose', message: 'broken on purpose', status: 400 } as const;

/** How many calls that change something the work makes, up to the first of an operation: `sqs:CreateQueue`. */
export async function counting(cloud: TestCloud, last: string, work: () => Promise<void>): Promise<number> {
  let seen = 0;
  await watching(cloud, last, () => ++seen < 0, work);
  return seen;
}

/** Has one of these calls fail, by its number. */
export function failing<T>(
  cloud: TestCloud,
  number: number,
  work: () => Promise<T>,
  last: string | undefined = undefined,
): Promise<T> {
  let seen = 0;
  return watching(cloud, last, () => ++seen === number, work);
}

async function watching<T>(
  cloud: TestCloud,
  last: string | undefined,
  fails: () => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const { faults } = cloud.server.cloud.kernel;
  let isOver = false;
  faults.strike = ({ service, operation }) => {
    if (isOver || service === 'cloudformation' || READS.test(operation)) return [];
    isOver = `${service}:${operation}` === last;
    return fails() ? [FAULT] : [];
  };
  try {
    return await work();
  } finally {
    Reflect.deleteProperty(faults, 'strike');
  }
}
