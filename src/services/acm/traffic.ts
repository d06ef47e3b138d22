/** The page to which the letters lead that ask for consent. */
import type { TrafficReply, TrafficRule } from '#kernel/contract';
import { pendingOf } from './domain/issue.ts';
import { approve } from './operations/request.ts';
import { certificates } from './state.ts';

/** Shows what is asked, and takes the answer. */
export const traffic: TrafficRule = async ({ id, method, query }, ctx) => {
  const code = new URLSearchParams(query).get('code') ?? '';
  const row = ctx.store.get(certificates, { id });
  const asked = row && pendingOf(row).find((one) => one.code === code);
  if (row === undefined || asked === undefined) return page(404, 'There is no such request.');
  if (method === 'POST') {
    const isTaken = ctx.transact((store) => {
      const now = store.get(certificates, { id });
      return now !== undefined && approve(now, code, ctx);
    });
    return isTaken ? page(200, 'Thank you. The request is approved.') : page(404, 'There is no such request.');
  }
  if (method !== 'GET') return page(405, 'That can not be done here.');
  const facts = `${asked.domain}, account ${ctx.account}, ${ctx.region}, certificate ${row.id}`;
  return page(200, `A certificate was requested: ${facts}.`, '<form method="post"><button>I approve</button></form>');
};

/** @param text holds names of hosts and ids only */
function page(status: number, text: string, form = ''): TrafficReply {
  const body = `<!doctype html><title>Certificate approval</title><p>${text}</p>${form}`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}
