/** Forms with stars: `*` is any characters, `?` is one; letters count as they are. */

/** Whether a text is of a form. Costs no more than length times length. */
export function isLike(form: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let mark = 0;
  while (from < text.length) {
    if (at < form.length && form[at] === '*') {
      star = at;
      mark = from;
      at += 1;
    } else if (at < form.length && (form[at] === '?' || form[at] === text[from])) {
      at += 1;
      from += 1;
    } else if (star !== -1) {
      at = star + 1;
      mark += 1;
      from = mark;
    } else return false;
  }
  while (form[at] === '*') at += 1;
  return at === form.length;
}
