export {
  CHANNELS,
  type Channel,
  KEPT_MAX,
  type Letter,
  Mail,
  type MailQuery,
  type MailRow,
  type Relay,
} from './mail.ts';
