/** Says on standard error that long work goes on. */

const EVERY = 1_000;

/**
 * Waits for `work`; from its second second on a person sees for how long, and how far it is.
 *
 * @param reached asked while it goes on, where somebody looks
 */
export async function withProgress<T>(what: string, work: Promise<T>, reached?: () => Promise<string>): Promise<T> {
  const { stderr } = process;
  const started = Date.now();
  let shown = false;
  let place = '';
  const look = () =>
    reached?.().then(
      (text) => {
        place = `, ${text}`;
      },
      // Whoever is that busy says it the next time.
      () => {},
    );
  const timer = setInterval(() => {
    const text = `${what}: ${Math.round((Date.now() - started) / 1_000)} s${place}`;
    if (stderr.isTTY) {
      stderr.write(`\r${text}`);
      void look();
    } else if (!shown) stderr.write(`${what} …\n`);
    shown = true;
  }, EVERY);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (shown && stderr.isTTY) stderr.write('\n');
  }
}
