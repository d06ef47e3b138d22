export {
  FAULT_RULES_MAX,
  type FaultEffect,
  type FaultRule,
  type FaultSettings,
  Faults,
  type OneOrMore,
  type Target,
} from './faults.ts';
