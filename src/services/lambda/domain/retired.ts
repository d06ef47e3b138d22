/** Runtimes with which Lambda makes no functions any more. Source: Lambda Developer Guide, "Lambda runtimes", "Deprecated runtimes". */
import { runtimeRetired } from '../errors.ts';

const RETIRED =
  /^(nodejs(4\.3(-edge)?|6\.10|8\.10|10\.x|12\.x|14\.x)?|python(2\.7|3\.6|3\.7)|ruby2\.[57]|dotnetcore.*|java8|go1\.x|provided)$/;

/** Whether functions are made with a runtime no more. */
export function isRetired(runtime: string): boolean {
  return RETIRED.test(runtime);
}

/** @throws {ServiceError} InvalidParameterValueException */
export function checkNotRetired(runtime: string): void {
  if (isRetired(runtime)) throw runtimeRetired(runtime);
}
