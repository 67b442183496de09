import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';

/** Options of the alarms of a platform. */
export interface AlarmOptions {
  /**
   * Where the runbooks are: the address of a folder that has one file for each alarm, such as `run-failed.md`.
   *
   * @default - the runbooks in the repository of this library
   */
  readonly runbookUrl?: string;

  /**
   * How many slots may pass without published features before the features count as stale.
   *
   * @default 3
   */
  readonly staleAfterSlots?: number;

  /**
   * How old, in slots, the oldest record that was not yet read from the stream may become.
   *
   * @default 1
   */
  readonly behindAfterSlots?: number;

  /**
   * What happens when an alarm goes off, besides the message to the topic.
   *
   * @default - nothing
   */
  readonly additionalActions?: cloudwatch.IAlarmAction[];
}
