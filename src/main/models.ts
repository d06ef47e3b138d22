/** Where the models of AWS's APIs are. */
import { join } from 'node:path';

export const MODELS = join(import.meta.dirname, '../../models');
