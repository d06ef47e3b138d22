export { type FaultEffect, type FaultRule, Faults, type Target } from './faults.ts';
