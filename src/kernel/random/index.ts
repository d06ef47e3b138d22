export { freshSeed, Random, RandomStream } from './random.ts';
export { decipher, encipher, seal, secretBytes, unseal } from './secrets.ts';
