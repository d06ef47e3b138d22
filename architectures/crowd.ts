/** Many visitors at the same time, and how they were answered. */

/** How often each status was answered. */
export type Counts = Record<number, number>;

/** Visitors at the same time: each is a connection. */
const AT_ONCE = 12;

/** So many requests, a bounded number of them at the same time. */
export async function send(count: number, request: (number: number) => Promise<{ status: number }>): Promise<Counts> {
  const counts: Counts = {};
  let next = 0;
  const visitor = async () => {
    while (next < count) {
      const { status } = await request(next++);
      counts[status] = (counts[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, visitor));
  return counts;
}

export function add(a: Counts, b: Counts): Counts {
  const sum = { ...a };
  for (const [status, count] of Object.entries(b)) sum[Number(status)] = (sum[Number(status)] ?? 0) + count;
  return sum;
}

/** As `3 × 200, 1 × 429`. */
export const text = (counts: Counts) =>
  Object.entries(counts)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ');

export const within = (counts: Counts, ...statuses: number[]) =>
  Object.keys(counts).every((status) => statuses.includes(Number(status)));

export const total = (counts: Counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);
