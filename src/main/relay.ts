/** Carries the mail that services send on to an SMTP server, one after the other. Each is kept here whatever becomes of it there. */
import { BoundedQueue, SECOND } from '#kernel/base';
import type { Log } from '#kernel/gateway';
import type { MailRow, Relay } from '#kernel/mail';

/** Letters that may wait for the server; what comes beyond is not carried on. */
const WAITING_MAX = 1_000;
/** The server's time to answer, on the machine's clock; and no letter reads a file or an address. */
const TRANSPORT = {
  connectionTimeout: 20 * SECOND,
  greetingTimeout: 20 * SECOND,
  socketTimeout: 20 * SECOND,
  disableFileAccess: true,
  disableUrlAccess: true,
};

/**
 * A relay to the server of a URL.
 *
 * @param url `smtp://user:password@host:port`, or `smtps:`
 */
export function smtpRelay(url: string, log: Log): Relay {
  const waiting = new BoundedQueue<MailRow>(WAITING_MAX);
  let running = false;
  const warnOf =
    ({ to, account, sequence }: MailRow) =>
    (why: unknown) =>
      log('warn', 'a mail was not carried on to the relay; it is kept here', {
        account,
        to,
        sequence,
        why: String(why),
      });
  const run = async () => {
    try {
      // Loaded by the first mail: most clouds never send one.
      const { createTransport } = await import('nodemailer');
      const transport = createTransport({ url, ...TRANSPORT });
      for (let letter = waiting.shift(); letter !== undefined; letter = waiting.shift()) {
        const { to, from, subject, text, at } = letter;
        const message = { to: { name: '', address: to }, from, subject, text, date: new Date(at) };
        await transport.sendMail(message).catch(warnOf(letter));
      }
      transport.close();
    } finally {
      running = false;
    }
  };
  return (letter) => {
    if (!waiting.push(letter)) warnOf(letter)(`${WAITING_MAX} letters wait already`);
    if (running) return;
    running = true;
    void run().catch((error) => log('warn', 'the relay of mail failed', { why: String(error) }));
  };
}
