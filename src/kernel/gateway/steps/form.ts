/** A browser's form that uploads a file: the service says which call it stands for, and the request becomes that call. */
import type { Exchange } from '../exchange.ts';

export function readForm(x: Exchange): void | Promise<void> {
  const rule = x.loaded?.service?.form;
  if (rule === undefined || x.request.method !== 'POST') return;
  const { request, path, query } = x;
  const { method, headers, body, secure } = request;
  return rule({ method, path, query, headers, body, secure })?.then((form) => {
    const { target, sourceIp } = request;
    const readBody = () => Promise.reject(new Error('the body of a form flows'));
    x.form = form;
    x.request = { method, target, sourceIp, secure, headers: form.headers, body: form.body, readBody };
    x.region = form.signed?.scope?.region ?? x.region;
  });
}
