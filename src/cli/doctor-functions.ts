/** What Lambda functions can be on this machine: which runtimes it has, and what holds a function that goes wrong. */
import { Runtimes } from '#engines/function/runtimes';
import { machineLimits } from '#engines/function/sandbox';
import type { Finding } from './finding.ts';

/** The runtime that stands for each language. */
const LANGUAGES = {
  'Node.js': 'nodejs24.x',
  Python: 'python3.13',
  Java: 'java17',
  Ruby: 'ruby3.3',
  '.NET': 'dotnet8',
  'programs of their own': 'provided.al2023',
} as const;

/** Which functions run, and how apart they are from the rest of the machine. */
export async function checkFunctions(): Promise<Finding[]> {
  const runtimes = new Runtimes();
  const check = 'Functions';
  const faults = await Promise.all(
    Object.entries(LANGUAGES).map(async ([language, runtime]) => ({ language, fault: await runtimes.fault(runtime) })),
  );
  const here = faults.filter(({ fault }) => fault === undefined).map(({ language }) => language);
  const missing = faults.flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
  const { namespaces, cgroups, prlimit, tied } = await machineLimits();
  const held = [
    ...(namespaces ? ['file systems and processes of their own'] : []),
    ...(cgroups ? ['limits of memory, CPU and processes'] : []),
    ...(prlimit ? ['limits of descriptors'] : []),
    ...(tied ? ['an end with the cloud'] : []),
  ];
  return [
    { check, outcome: 'ok', text: `can be in ${here.join(', ')}` },
    ...missing.map((fault): Finding => {
      const [text = '', todo = ''] = fault.split(/(?<=\.) (?=Install)/);
      return { check, outcome: 'warn', text, todo };
    }),
    held.length > 0
      ? { check, outcome: 'ok', text: `have ${held.join(', ')}` }
      : {
          check,
          outcome: 'warn',
          text: 'are ordinary processes: nothing but a watch over their memory holds one that goes wrong',
          todo: 'On Linux, util-linux (unshare, prlimit, setpriv) and user name spaces give each its own.',
        },
  ];
}
