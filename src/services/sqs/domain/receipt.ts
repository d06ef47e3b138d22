/** Receipt handles: they name a message and the one receive that gave them out. */

export type Receipt = { pile: string; sequence: number; nonce: string };

/** The text a client gets; opaque to it. */
export function writeReceipt(receipt: Receipt): string {
  return Buffer.from(`${receipt.pile}/${receipt.sequence}/${receipt.nonce}`).toString('base64');
}

/** Undefined for a text that never was a handle. */
export function readReceipt(text: string): Receipt | undefined {
  const [pile, sequence, nonce, more] = Buffer.from(text, 'base64').toString('utf8').split('/');
  if (pile === undefined || nonce === undefined || more !== undefined || !/^\d{1,15}$/.test(sequence ?? ''))
    return undefined;
  return { pile, sequence: Number(sequence), nonce };
}
