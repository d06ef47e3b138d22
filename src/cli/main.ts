/** Entry of the command line: finds the command and runs it. */
import { COMMANDS } from './commands.ts';
import { CommandError, EXIT, printHelp, UsageError } from './usage.ts';

async function main(argv: string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    printHelp(COMMANDS);
    return EXIT.done;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) throw new UsageError(`There is no command '${name}'. 'cloudyard --help' lists them.`);
  return command.run(rest);
}

/** What a person can put right is said in a sentence; anything else is a bug, and shown whole. */
function fail(error: unknown, asJson: boolean): number {
  const message = error instanceof Error ? error.message : String(error);
  const expected = error instanceof CommandError;
  const exit = expected
    ? error.exit
    : error instanceof Error && error.name === 'ConfigError'
      ? EXIT.usage
      : EXIT.failed;
  const code = expected ? error.code : exit === EXIT.usage ? 'usage' : 'failed';
  if (asJson) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  process.stderr.write(`${exit === EXIT.failed && !expected && error instanceof Error ? error.stack : message}\n`);
  return exit;
}

// Whoever reads may stop reading (`cloudyard logs | head`).
process.stdout.on('error', () => process.exit(EXIT.done));
const argv = process.argv.slice(2);
try {
  process.exitCode = await main(argv);
} catch (error) {
  process.exitCode = fail(error, argv.includes('--json'));
}
