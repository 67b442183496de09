import { Duration } from 'aws-cdk-lib';
import { Problems } from '../../private/errors';

export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
export const HOUR_US = 60 * MINUTE_US;
export const DAY_US = 24 * HOUR_US;

const UNITS: Array<{ readonly name: string; readonly us: number }> = [
  { name: 'day', us: DAY_US },
  { name: 'hour', us: HOUR_US },
  { name: 'minute', us: MINUTE_US },
  { name: 'second', us: SECOND_US },
  { name: 'millisecond', us: 1_000 },
  { name: 'microsecond', us: 1 },
];

/** What a duration must be: a whole number of steps, within bounds that are both allowed. */
export interface DurationRule {
  readonly stepUs: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly fix: string;
}

/** A duration in microseconds; the rules see to it that it is a whole number. */
export function microseconds(duration: Duration): number {
  const us = duration.toMilliseconds({ integral: false }) * 1_000;
  return Number.isSafeInteger(Math.round(us)) && Math.abs(us - Math.round(us)) < 1e-3 ? Math.round(us) : us;
}

/** Microseconds in the largest unit that keeps them whole, such as `95 minutes`. */
export function durationText(us: number): string {
  const unit = UNITS.find((candidate) => us !== 0 && us % candidate.us === 0);
  if (unit === undefined) return `${us / SECOND_US} seconds`;
  const count = us / unit.us;
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`;
}

/** The microseconds of a duration that obeys the rule; otherwise undefined, and the problem is noted. */
export function checkedMicroseconds(problems: Problems, where: string, duration: Duration, rule: DurationRule): number | undefined {
  const step = UNITS.find(({ us }) => us === rule.stepUs)!.name;
  const expected = `whole ${step}s from ${durationText(rule.minUs)} to ${durationText(rule.maxUs)}`;
  if (duration.isUnresolved()) {
    problems.add(where, 'a token', expected, 'give a duration that is known at synthesis');
    return undefined;
  }
  const us = microseconds(duration);
  if (us >= rule.minUs && us <= rule.maxUs && us % rule.stepUs === 0) return us;
  problems.add(where, durationText(us), expected, rule.fix);
  return undefined;
}
