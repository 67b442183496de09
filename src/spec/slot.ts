import { Duration } from 'aws-cdk-lib';

/** Options of a slot. */
export interface SlotOptions {
  /**
   * How long after the end of a slot its run starts, so that the slot's last events have been delivered.
   *
   * @default Duration.minutes(2), and no delay for slots of 2 minutes or less
   */
  readonly watermarkDelay?: Duration;
}

/**
 * The rhythm of the pipeline: one run for each slot, and online features as of each slot's end.
 *
 * Windows do not depend on it: a shorter slot serves fresher features and costs more runs.
 */
export class Slot {
  /** Slots of whole minutes that divide a day, counted from midnight UTC. */
  public static every(length: Duration, options: SlotOptions = {}): Slot {
    return new Slot(length, options.watermarkDelay ?? defaultDelay(length));
  }

  private constructor(
    /** How long a slot is. */
    public readonly length: Duration,
    /** How long after the end of a slot its run starts. */
    public readonly watermarkDelay: Duration,
  ) {}
}

function defaultDelay(length: Duration): Duration {
  const delay = Duration.minutes(2);
  const tooShort = !length.isUnresolved() && length.toMilliseconds({ integral: false }) <= delay.toMilliseconds();
  return tooShort ? Duration.minutes(0) : delay;
}
