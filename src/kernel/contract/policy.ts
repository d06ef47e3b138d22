/** Checking the text of a resource's policy when a service is given one. */
import { awsPolicyNamed, PolicyError, parsePolicy } from '#kernel/identity';

/** What is wrong with a policy text, in AWS's words; undefined when nothing is. */
export function policyFault(text: string, kind: 'identity' | 'managed' | 'resource' | 'trust'): string | undefined {
  try {
    parsePolicy(text, kind);
    return undefined;
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
}

/** The ARN of the policy of AWS that has a name; undefined where there is none. */
export function awsPolicyArn(name: string, partition: string): string | undefined {
  return awsPolicyNamed(name)?.arn.replace('arn:aws:', `arn:${partition}:`);
}
