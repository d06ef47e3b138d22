/**
 * Runtimes with which Lambda makes no functions any more. Source: Lambda Developer Guide, "Lambda runtimes", "Deprecated runtimes".
 * Deviation: which runtime is recommended in place of one has changed with the years; here it is always the newest.
 */
import { runtimeRetired } from '../errors.ts';

const RETIRED: readonly (readonly [runtimes: RegExp, newest: string])[] = [
  [/^nodejs(4\.3(-edge)?|6\.10|8\.10|10\.x|12\.x|14\.x)?$/, 'nodejs24.x'],
  [/^python(2\.7|3\.6|3\.7)$/, 'python3.14'],
  [/^ruby2\.[57]$/, 'ruby3.4'],
  [/^dotnetcore/, 'dotnet10'],
  [/^java8$/, 'java25'],
  [/^(go1\.x|provided)$/, 'provided.al2023'],
];

/** Whether functions are made with a runtime no more. */
export function isRetired(runtime: string): boolean {
  return RETIRED.some(([runtimes]) => runtimes.test(runtime));
}

/** @throws {ServiceError} InvalidParameterValueException */
export function checkNotRetired(runtime: string): void {
  for (const [runtimes, newest] of RETIRED) if (runtimes.test(runtime)) throw runtimeRetired(runtime, newest);
}
