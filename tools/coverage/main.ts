/** `npm run coverage`: writes docs/coverage.md and docs/deviations.md from the code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../tidy/source.ts';
import { pages } from './pages.ts';

for (const [file, text] of await pages()) writeFileSync(join(ROOT, file), text);
