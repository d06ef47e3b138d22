/** Says on standard error that long work goes on. */

const EVERY = 1_000;

/** Waits for `work`; from its second second on a person sees for how long. */
export async function withProgress<T>(what: string, work: Promise<T>): Promise<T> {
  const { stderr } = process;
  const started = Date.now();
  let shown = false;
  const timer = setInterval(() => {
    const text = `${what}: ${Math.round((Date.now() - started) / 1_000)} s`;
    if (stderr.isTTY) stderr.write(`\r${text}`);
    else if (!shown) stderr.write(`${what} …\n`);
    shown = true;
  }, EVERY);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (shown && stderr.isTTY) stderr.write('\n');
  }
}
