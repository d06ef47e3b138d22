export { freshSeed, Random, RandomStream } from './random.ts';
export { seal, secretBytes, unseal } from './secrets.ts';
