/** `cloudyard architecture`: the reference architectures, deployed, loaded, broken and measured. */
import { listArchitectures, type Report, runArchitecture } from '#main/architecture';
import { command, EXIT, print, UsageError } from './usage.ts';

export const architecture = command(
  {
    name: 'architecture',
    summary: 'Run a reference architecture: deploy it, load it, break it, measure what it promises',
    operands: 'list | run ID...',
    flags: {
      short: { type: 'boolean', text: 'less load' },
    },
    notes: `Each runs in a cloud of its own, in memory and on a virtual clock. It ends with 0 where every promise was kept.
  cloudyard architecture run A17
The templates are in architectures/; AWS takes them unchanged.`,
  },
  async ({ values, operands }) => {
    const [what, ...ids] = operands;
    if (what === 'list') {
      const all = listArchitectures();
      print(
        values,
        all.map(({ id, title }) => ({ id, title })),
        all.map(({ id, title }) => `${id.padEnd(4)} ${title}`).join('\n'),
      );
      return EXIT.done;
    }
    if (what !== 'run' || ids.length === 0)
      throw new UsageError(`Expected 'list', or 'run' with an id: cloudyard architecture run A17`);
    const reports: Report[] = [];
    for (const id of ids)
      reports.push(
        await runArchitecture(id, values.short === true, (text) =>
          process.stderr.write(`${id.toUpperCase()}  ${text}\n`),
        ),
      );
    print(values, reports, reports.map(reportText).join('\n\n'));
    return reports.every(({ kept }) => kept) ? EXIT.done : EXIT.failed;
  },
);

function reportText({ id, title, deployed, measures, kept }: Report): string {
  const width = Math.max(...measures.map(({ promise }) => promise.length));
  const rows = measures.map(
    (one) => `  ${one.kept ? 'kept  ' : 'BROKEN'}  ${one.promise.padEnd(width)}  ${one.measured}`,
  );
  return [
    `${id}  ${title}  (deployed in ${deployed} ms)`,
    ...rows,
    `  ${kept ? 'Every promise was kept.' : 'Not every promise was kept.'}`,
  ].join('\n');
}
