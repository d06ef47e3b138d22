export { freshSeed, Random, RandomStream } from './random.ts';
