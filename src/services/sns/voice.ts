/** SNS's own word for a denial. Source: SNS API Reference, "Common Errors"; answers recorded from AWS. */
import type { Voice } from '#kernel/contract';
import { notPermitted } from './errors.ts';

export const voice: Voice = {
  invalid: (failures, usual) => usual(failures),
  denied: notPermitted,
};
