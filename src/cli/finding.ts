/** What doctor finds. */

/** What was looked at, how it is, and, unless that is well, what to do. */
export type Finding = { check: string; outcome: 'ok' | 'warn' | 'fail'; text: string; todo?: string };
