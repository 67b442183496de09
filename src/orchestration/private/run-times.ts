import { Slot } from '../../spec/slot';

const DAY_MS = 86_400_000;

/** JSONata for the ISO 8601 text of the scheduled time. */
const SCHEDULED = '$toMillis($states.input.scheduledTime)';

/** Text of an instant without separators, such as `20251023T224000Z`, as JSONata pictures it. */
const BASIC_ISO = "'[Y0001][M01][D01]T[H01][m01][s01]Z'";

/** The variables of a run, all computed from the scheduled time: nothing reads the clock. */
export function runVariables(slot: Slot): Record<string, string> {
  const length = slot.length.toMilliseconds();
  const slotEnd = `$floor((${SCHEDULED} - ${slot.watermarkDelay.toMilliseconds()}) / ${length}) * ${length}`;
  const dayBefore = `($floor(${SCHEDULED} / ${DAY_MS}) - 1) * ${DAY_MS}`;
  return {
    slotEnd: `{% $fromMillis(${slotEnd}) %}`,
    slotKey: `{% $fromMillis(${slotEnd}, ${BASIC_ISO}) %}`,
    day: `{% $fromMillis(${dayBefore}, '[Y0001]-[M01]-[D01]') %}`,
  };
}

/** The cron expression that fires once after the end of each slot, in UTC. A slot divides an hour or is whole hours. */
export function slotCron(slot: Slot): string {
  const length = slot.length.toMinutes();
  const delay = Math.ceil(slot.watermarkDelay.toSeconds({ integral: false }) / 60);
  if (length < 60) {
    return `cron(${delay % length}/${length} * * * ? *)`;
  }
  const hours = length / 60;
  return `cron(${delay % 60} ${Math.floor(delay / 60) % hours}/${hours} * * ? *)`;
}
