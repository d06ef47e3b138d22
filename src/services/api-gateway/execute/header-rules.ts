/**
 * Which headers REST APIs hand on, and by which name.
 * Source: API Gateway Developer Guide, "Important notes", its table of headers; that lengths, hosts, ids and addresses of
 * an answer are renamed, too: answers of AWS's as users have published them.
 */

const RENAMED =
  /^(authorization|connection|content-length|content-md5|date|host|max-forwards|server|user-agent|www-authenticate|x-amzn-requestid|x-forwarded-for)$/;
const DROPPED = /^(expect|keep-alive|proxy-authenticate|te|trailer|transfer-encoding|upgrade)$/;
/** What no backend is sent. */
const UNSENT = /^(content-md5|expect|max-forwards|proxy-authenticate|server|te|trailer|upgrade|www-authenticate)$/;
const UNSENT_TO_FUNCTIONS = /^(connection|content-length|keep-alive|transfer-encoding)$/;
const UNSENT_TO_ADDRESSES = /^(content-encoding|via)$/;

/** The name by which a header of an integration's answer leaves; undefined for one that does not. */
export function answeredName(name: string): string | undefined {
  const key = name.toLowerCase();
  if (DROPPED.test(key)) return undefined;
  return RENAMED.test(key) ? `x-amzn-Remapped-${name}` : key;
}

/** Whether the event of a function shows a header of the request. @param name in lower case */
export function isForFunctions(name: string, value: string, isSigned: boolean): boolean {
  return !UNSENT.test(name) && !UNSENT_TO_FUNCTIONS.test(name) && !isCredential(name, value, isSigned);
}

/** Headers of a request that a proxy hands on to an address. @param isSigned of methods that ask for signatures */
export function proxiedHeaders(headers: Readonly<Record<string, string>>, isSigned: boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => !UNSENT.test(name) && !UNSENT_TO_ADDRESSES.test(name) && !isCredential(name, value, isSigned),
    ),
  );
}

/** Signatures are for API Gateway alone. */
function isCredential(name: string, value: string, isSigned: boolean): boolean {
  return name === 'authorization' && (isSigned || value.startsWith('AWS4-'));
}
