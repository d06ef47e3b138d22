export { freshSeed, Random, RandomStream } from './random.ts';
export { secretBytes } from './secrets.ts';
