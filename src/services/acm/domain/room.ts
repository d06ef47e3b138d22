/** How many certificates an account may have in a Region, and ask for or import within a year: each kind by itself. */
import { DAY } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { tooManyCertificates, tooManyInYear } from '../errors.ts';
import { CERTIFICATES_QUOTA, IMPORTED_QUOTA, IMPORTED_YEAR_QUOTA, YEAR_DAYS, YEAR_QUOTA } from '../limits.ts';
import { type CertificateRow, certificates, made } from '../state.ts';

/** What never came to be takes no place. Source: AWS General Reference, "AWS Certificate Manager endpoints and quotas". */
const NEVER_WAS: readonly CertificateRow['status'][] = ['FAILED', 'VALIDATION_TIMED_OUT'];

/** In a transaction: one more of a kind, which is counted. @throws {ServiceError} LimitExceededException */
export function takeRoom(type: CertificateRow['type'], ctx: Ctx): void {
  const isImported = type === 'IMPORTED';
  const most = ctx.quota(isImported ? IMPORTED_QUOTA : CERTIFICATES_QUOTA);
  const has = ctx.store.list(certificates).filter((row) => row.type === type && !NEVER_WAS.includes(row.status));
  if (has.length >= most) throw tooManyCertificates(most);
  const mostInYear = ctx.quota(isImported ? IMPORTED_YEAR_QUOTA : YEAR_QUOTA);
  const today = Math.floor(ctx.now / DAY);
  let inYear = 0;
  for (const row of ctx.store.list(made, { where: { type } })) {
    if (row.day > today - YEAR_DAYS) inYear += row.count;
    else ctx.store.delete(made, row);
  }
  if (inYear >= mostInYear) throw tooManyInYear(mostInYear);
  const { count = 0 } = ctx.store.get(made, { type, day: today }) ?? {};
  ctx.store.put(made, { type, day: today, count: count + 1 });
}
