export { type AlarmHandler, Clock, type ClockState, type Disarm } from './clock.ts';
