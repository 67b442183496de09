import { Slot } from '../../spec/slot';

/** The milliseconds of a day. */
export const DAY_MS = 86_400_000;

/** Text of an instant without separators, such as `20251023T224000Z`, as JSONata pictures it. */
export const BASIC_ISO = "'[Y0001][M01][D01]T[H01][m01][s01]Z'";

/** JSONata for the scheduled time, from which everything of a slot or a day derives: nothing reads the clock. */
const SCHEDULED = '$toMillis($states.input.scheduledTime)';

/** The variables of a slot's run: the end of the newest slot that ended the watermark delay ago, and its key. */
export function slotVariables(slot: Slot): Record<string, string> {
  const length = slot.length.toMilliseconds();
  const slotEnd = `$floor((${SCHEDULED} - ${slot.watermarkDelay.toMilliseconds()}) / ${length}) * ${length}`;
  return {
    slotEnd: `{% $fromMillis(${slotEnd}) %}`,
    slotKey: `{% $fromMillis(${slotEnd}, ${BASIC_ISO}) %}`,
  };
}

/** The variable of a day's run: the day before the scheduled time. */
export function dayVariables(): Record<string, string> {
  const dayBefore = `($floor(${SCHEDULED} / ${DAY_MS}) - 1) * ${DAY_MS}`;
  return { day: `{% $fromMillis(${dayBefore}, '[Y0001]-[M01]-[D01]') %}` };
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
