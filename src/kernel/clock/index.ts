export { Activity } from './activity.ts';
export { type AlarmHandler, Clock, type ClockState, type Disarm, type Turn } from './clock.ts';
export { machineAlarm, machineNow, machineTick, machineWait } from './machine.ts';
