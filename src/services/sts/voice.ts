/** What STS calls a request that is not signed. Source: recorded answers. */
import type { Voice } from '#kernel/contract';

export const voice: Voice = {
  missingToken: 'Request is missing Authentication Token',
  invalid: (failures, usual) => usual(failures),
};
