/** ECR's own words for a request that breaks a constraint. Source: ECR's answers as users show them: boto3, issue 3191; aws-dotnet-deploy, issue 549. */
import type { Voice } from '#kernel/contract';
import { invalid } from './errors.ts';

const USUAL = /^1 validation error detected: Value .*?at '([^']*)' failed to satisfy constraint: (.*)$/s;

export const voice: Voice = {
  invalid: (failures, usual) => {
    const { message } = usual(failures.slice(0, 1));
    const [, at = '', demand = ''] = USUAL.exec(message) ?? [];
    const told = demand
      .replace(/^Member /, '')
      .replace(/^must satisfy regular expression pattern: (.*)$/s, "must satisfy regular expression '$1'");
    return invalid(`Invalid parameter at '${at}' failed to satisfy constraint: '${told}'`);
  },
};
