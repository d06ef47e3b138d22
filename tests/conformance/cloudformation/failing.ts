/** Calls that a stack makes of other services, one of which fails. */
import type { TestCloud } from '../../support/cloud.ts';

const READS = /^(Describe|Get|Head|List)/;
const FAULT = { kind: 'error', code: 'BrokenOnPurpose', message: 'broken on purpose', status: 400 } as const;

/** How many calls that change something the work makes on its way there: those on the way back, after a queue was refused, don't count. */
export async function counting(cloud: TestCloud, work: () => Promise<void>): Promise<number> {
  let [seen, isBack] = [0, false];
  await watching(
    cloud,
    (service, operation) => {
      if (!isBack) seen += 1;
      isBack ||= service === 'sqs' && operation === 'CreateQueue';
      return false;
    },
    work,
  );
  return seen;
}

/** Has one of the calls of the work fail, by its number. */
export async function failing(cloud: TestCloud, number: number, work: () => Promise<void>): Promise<void> {
  let seen = 0;
  await watching(cloud, () => ++seen === number, work);
}

async function watching(
  cloud: TestCloud,
  fails: (service: string, operation: string) => boolean,
  work: () => Promise<void>,
): Promise<void> {
  const { faults } = cloud.server.cloud.kernel;
  faults.strike = ({ service, operation }) =>
    service !== 'cloudformation' && !READS.test(operation) && fails(service, operation) ? [FAULT] : [];
  try {
    await work();
  } finally {
    Reflect.deleteProperty(faults, 'strike');
  }
}
