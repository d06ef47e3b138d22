/** Text messages: how they are split, what they cost, and the outbox they go to. */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { SMS_CHARACTERS_MAX, SMS_SPEND_DEFAULT } from '../limits.ts';
import { smsSettings } from '../state.ts';
import { logTime, noteDelivery } from './delivery-log.ts';
import type { StoredAttributes } from './message.ts';

/** The GSM 03.38 alphabet, and what takes two of its places. Source: SNS Developer Guide, "Publishing to a mobile phone". */
const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
const GSM_DOUBLE = /[\^{}\\[~\]|€]/g;
/** A part is 140 bytes; of a message in several parts each gives some to say which it is. */
const GSM_SIZES = { one: 160, many: 153 };
const UCS_SIZES = { one: 70, many: 67 };
/** US dollars of a part. Deviation: the price of a message to the United States, wherever it goes. */
const PART_PRICE = 0.00645;
const DEFAULT_SENDER = 'NOTICE';
const NO_QUOTA = 'No quota left for account';

/** The parts of a text, broken between words where that is possible. */
function splitText(given: string): string[] {
  const text = given.slice(0, SMS_CHARACTERS_MAX);
  const gsm = GSM.test(text);
  const sizes = gsm ? GSM_SIZES : UCS_SIZES;
  const sizeOf = (part: string) => part.length + (gsm ? (part.match(GSM_DOUBLE)?.length ?? 0) : 0);
  if (sizeOf(text) <= sizes.one) return [text];
  const parts: string[] = [];
  for (let rest = text; rest !== ''; ) {
    let end = 0;
    let size = 0;
    for (const char of rest) {
      size += sizeOf(char);
      if (size > sizes.many) break;
      end += char.length;
    }
    const space = end < rest.length ? rest.lastIndexOf(' ', end) : -1;
    const cut = space > 0 ? space : end;
    parts.push(rest.slice(0, cut));
    rest = rest.slice(space > 0 ? cut + 1 : cut);
  }
  return parts;
}

/** The message that a text is of; `topic` where it goes by one. */
export type Sent = { id: string; at: Millis; topic?: string };

/**
 * In a transaction: sends a text in its parts; why it could not be sent, if so.
 *
 * @see SNS Developer Guide, "Viewing CloudWatch metrics and logs for SMS deliveries". Deviation: nothing is told by country, nor of carriers; daily usage
 * reports are not written.
 */
export function sendTexts(
  to: string,
  text: string,
  attributes: StoredAttributes,
  sent: Sent,
  ctx: Ctx,
): string | undefined {
  const parts = splitText(text);
  const month = new Date(ctx.now).toISOString().slice(0, 7);
  const row = ctx.store.get(smsSettings, { id: 'sms' });
  const settings = row?.attributes ?? {};
  const spent = row?.month === month ? row.spent : 0;
  const limit = Number(settings.MonthlySpendLimit ?? SMS_SPEND_DEFAULT);
  const price = parts.length * PART_PRICE;
  const highest = Number(attributes['AWS.SNS.SMS.MaxPrice']?.text ?? Number.POSITIVE_INFINITY);
  const type = attributes['AWS.SNS.SMS.SMSType']?.text ?? settings.DefaultSMSType ?? 'Promotional';
  const fault =
    PART_PRICE > highest ? 'This delivery would exceed max price' : spent + price > limit ? NO_QUOTA : undefined;
  const line = {
    notification: { messageId: sent.id, timestamp: logTime(sent.at) },
    delivery: {
      mnc: 0,
      numberOfMessageParts: parts.length,
      destination: to,
      priceInUSD: price,
      smsType: type,
      mcc: 0,
      providerResponse: fault ?? 'Message has been accepted by phone carrier',
      dwellTimeMs: ctx.clock() - sent.at,
      dwellTimeMsUntilDeviceAck: ctx.clock() - sent.at,
    },
  };
  const rate = Number(settings.DeliveryStatusSuccessSamplingRate ?? 100);
  const group = sent.topic ?? 'DirectPublishToPhoneNumber';
  noteDelivery({ role: settings.DeliveryStatusIAMRole, rate, group }, fault === undefined, line, ctx);
  ctx.count('SMSSuccessRate', {}, fault === undefined ? 1 : 0);
  if (sent.topic === undefined) countDirect(fault === undefined, ctx);
  if (fault !== undefined) return fault;
  ctx.store.put(smsSettings, { id: 'sms', attributes: settings, month, spent: spent + price });
  ctx.count('SMSMonthToDateSpentUSD', {}, spent + price, 'None');
  ctx.use('SmsParts', parts.length);
  const from = attributes['AWS.SNS.SMS.SenderID']?.text ?? settings.DefaultSenderID ?? DEFAULT_SENDER;
  parts.forEach((part, index) => {
    const details = { type, ...(parts.length > 1 && { part: `${index + 1}/${parts.length}` }) };
    ctx.mail({ channel: 'sms', to, from, text: part, details });
  });
  return undefined;
}

function countDirect(isDone: boolean, ctx: Ctx): void {
  const dimensions = { PhoneNumber: 'PhoneNumberDirect' };
  ctx.count('NumberOfMessagesPublished', dimensions, 1);
  ctx.count(isDone ? 'NumberOfNotificationsDelivered' : 'NumberOfNotificationsFailed', dimensions, 1);
  ctx.count('SMSSuccessRate', dimensions, isDone ? 1 : 0);
}
