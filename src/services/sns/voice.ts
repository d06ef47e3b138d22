/** SNS's own words for a denial, and for what is in a map. Source: SNS API Reference, "Common Errors"; answers recorded from AWS. */
import type { Voice } from '#kernel/contract';
import { notPermitted } from './errors.ts';

/** What an attribute of a message holds is told as `messageAttributes.k.member.dataType`. */
function inMap(failure: Parameters<Voice['invalid']>[0][number]): typeof failure {
  const at = failure.path.indexOf('MessageAttributes') + 1;
  if (at === 0 || at >= failure.path.length) return failure;
  return { ...failure, path: failure.path.with(at, `${failure.path[at]}.member`) };
}

export const voice: Voice = {
  invalid: (failures, usual) => usual(failures.map(inMap)),
  denied: notPermitted,
};
