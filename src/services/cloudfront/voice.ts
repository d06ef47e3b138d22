/** CloudFront's own words for a denial. Source: answers recorded from CloudFront. */
import { commonError, type Voice } from '#kernel/contract';

export const voice: Voice = {
  invalid: (failures, usual) => usual(failures),
  denied: (message) => commonError('AccessDenied', message),
};
