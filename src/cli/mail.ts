/** `cloudyard mail`: what services sent to people. */
import type { MailRow } from '#kernel/mail';
import { ask, CONNECTION, findEndpoint } from './admin-client.ts';
import { command, EXIT, type Flag, noOperands, print, UsageError } from './usage.ts';

const FLAGS: { [name: string]: Flag } = {
  account: { type: 'string', value: 'ID', text: 'only of this account' },
  to: { type: 'string', value: 'ADDRESS', text: 'only to this address, number or device' },
  channel: { type: 'string', value: 'email|sms|push', text: 'only by this channel' },
  limit: { type: 'string', value: 'N', text: 'how many of the last (20; 1,000 of each account are kept)' },
};

export const mail = command(
  {
    name: 'mail',
    summary: 'Read the mail, texts and notices that services sent',
    operands: '',
    flags: { ...FLAGS, ...CONNECTION },
  },
  async ({ values, operands }) => {
    noOperands('mail', operands);
    const limit = String(values.limit ?? 20);
    if (!/^\d+$/.test(limit)) throw new UsageError(`--limit ${limit}: expected a number`);
    const query = new URLSearchParams({ limit });
    for (const name of ['account', 'to', 'channel'])
      if (typeof values[name] === 'string') query.set(name, values[name]);
    const answer = await ask<{ mail: MailRow[] }>(findEndpoint(values), 'GET', `mail?${query}`);
    const letters = answer.mail.toReversed().map(textOf);
    print(values, answer, letters.length === 0 ? 'No mail.' : letters.join('\n\n'));
    return EXIT.done;
  },
);

/** A letter as a person reads it. What others wrote in it moves no cursor. */
function textOf(row: MailRow): string {
  const head = [
    `${new Date(row.at).toISOString()}  ${row.channel}  ${row.service}  ${row.account}/${row.region}`,
    `  From:    ${oneLine(row.from)}`,
    `  To:      ${oneLine(row.to)}`,
    ...(row.subject === undefined ? [] : [`  Subject: ${oneLine(row.subject)}`]),
    ...Object.entries(row.details ?? {}).map(([name, value]) => `  ${name}: ${oneLine(value)}`),
  ];
  return [...head, '', ...row.text.split(/\r?\n/).map((line) => `  ${visible(line)}`)].join('\n');
}

const visible = (text: string) => text.replace(/[\p{Cc}--\t]/gv, '�');
const oneLine = (text: string) => visible(text.replace(/\s+/g, ' '));
