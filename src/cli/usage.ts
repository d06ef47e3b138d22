/** Commands as data: what they are called, take and print. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

export type Flag = { type: 'string' | 'boolean'; value?: string; text: string };

export type Command = {
  name: string;
  summary: string;
  /** What stands after the name, for the help: `<duration>`. */
  operands: string;
  flags: { [name: string]: Flag };
  run(argv: string[]): Promise<number>;
};

/** A command line that can't be; its text is for a person. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export type Arguments = { values: { [name: string]: string | boolean | undefined }; operands: string[] };

/** Declares a command; `--help` and unknown flags are handled here. */
export function command(declared: Omit<Command, 'run'>, run: (args: Arguments) => Promise<number>): Command {
  return {
    ...declared,
    async run(argv) {
      const options: ParseArgsConfig['options'] = { help: { type: 'boolean', short: 'h' } };
      for (const [name, flag] of Object.entries(declared.flags)) options[name] = { type: flag.type };
      let parsed: ReturnType<typeof parseArgs>;
      try {
        parsed = parseArgs({ args: argv, options, allowPositionals: true });
      } catch (error) {
        throw new UsageError(
          `${(error as Error).message.split('.')[0]}. 'cloudyard ${declared.name} --help' lists what there is.`,
        );
      }
      if (parsed.values.help === true) {
        process.stdout.write(helpOf(declared));
        return 0;
      }
      return run({ values: parsed.values as Arguments['values'], operands: parsed.positionals });
    },
  };
}

function helpOf({ name, summary, operands, flags }: Omit<Command, 'run'>): string {
  const rows = Object.entries(flags).map(([flag, { value, text }]): [string, string] => [
    `--${flag}${value === undefined ? '' : ` ${value}`}`,
    text,
  ]);
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  const lines = rows.map(([left, text]) => `  ${left.padEnd(width)}  ${text}`);
  return `${summary}\n\nUsage: cloudyard ${[name, operands, rows.length > 0 ? '[options]' : ''].filter((part) => part !== '').join(' ')}\n${lines.length > 0 ? `\n${lines.join('\n')}\n` : ''}`;
}

/** Prints the list of commands. */
export function printHelp(commands: readonly Command[]): void {
  const width = Math.max(...commands.map((one) => one.name.length));
  process.stdout.write(
    `Cloudyard: an AWS cloud in your own yard.\n\nUsage: cloudyard <command> [options]\n\n${commands.map((one) => `  ${one.name.padEnd(width)}  ${one.summary}`).join('\n')}\n\n'cloudyard <command> --help' tells more.\n`,
  );
}
