/** Who has sent a message, as those who receive it are told. */
import { hash } from 'node:crypto';
import type { Ctx } from '#kernel/contract';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ID_LETTERS = 17;
/** Of the Region us-east-1. Source: events of functions that users have published. */
const KNOWN: { readonly [service: string]: string } = {
  'events.amazonaws.com': 'AIDAJXNJGGKNS7OSV23OI',
  's3.amazonaws.com': 'AIDAJHIPRHEMV73VRJEBU',
  'sns.amazonaws.com': 'AIDAIT2UOQQY3AUEKVGXU',
};

/** The id of a user, a role's session or an account. A service sends as a user of AWS's own, another in each Region. Deviation: those that are not known are made up. */
export function senderOf({ caller: { principal }, region }: Pick<Ctx, 'caller' | 'region'>): string {
  if (principal.kind !== 'service') return principal.id;
  const known = region === 'us-east-1' ? KNOWN[principal.service] : undefined;
  return known ?? madeUp(`${principal.service} ${region}`);
}

function madeUp(text: string): string {
  const bytes = hash('sha256', text, 'buffer').subarray(0, ID_LETTERS);
  return `AIDA${[...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}
