/** Records that are several in one, taken apart. Source: Developer Guide, "Deaggregate data": JSON, or by a delimiter. */

/** The parts of a record, in their order. @param parameters Delimiter is in base64 */
export function splitRecord(record: Buffer, parameters: { SubRecordType?: string; Delimiter?: string }): Buffer[] {
  if (parameters.SubRecordType === 'JSON') return splitJson(record);
  const delimiter = Buffer.from(parameters.Delimiter ?? '', 'base64');
  if (delimiter.length === 0) return [record];
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = record.indexOf(delimiter); at >= 0; at = record.indexOf(delimiter, from)) {
    parts.push(record.subarray(from, at));
    from = at + delimiter.length;
  }
  parts.push(record.subarray(from));
  return parts.filter(({ length }) => length > 0);
}

const [OPEN, CLOSE, LIST, LIST_END, QUOTE, ESCAPE] = [...'{}[]"\\'].map((letter) => letter.charCodeAt(0));

/** JSON objects that follow each other, with or without anything between them; or the objects of one list. What is no object stays whole. */
function splitJson(record: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let [depth, start, isText] = [0, 0, false];
  for (let at = 0; at < record.length; at += 1) {
    const byte = record[at];
    if (isText) {
      if (byte === ESCAPE) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = depth > 0;
    else if (byte === OPEN || (byte === LIST && depth > 0)) {
      if (depth === 0) start = at;
      depth += 1;
    } else if ((byte === CLOSE || byte === LIST_END) && depth > 0) {
      depth -= 1;
      if (depth === 0) parts.push(record.subarray(start, at + 1));
    }
  }
  return parts.length === 0 || depth > 0 ? [record] : parts;
}
