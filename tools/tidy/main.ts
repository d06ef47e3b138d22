/** `npm run tidy`: prints what breaks a house rule, and what to do instead. */
import { projectSources, RULES } from './tidy.ts';

const sources = projectSources();
let count = 0;
for (const [name, rule] of Object.entries(RULES)) {
  for (const { file, line, text } of rule(sources)) {
    count += 1;
    process.stdout.write(`${file}:${line} (${name}) ${text}\n`);
  }
}
if (count > 0) process.exitCode = 1;
process.stdout.write(`${sources.length} files, ${count} findings\n`);
