import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AlarmOptions } from '../alarm-options';

const RUNBOOKS = 'https://github.com/cdk-medallion-feature-platform/cdk-medallion-feature-platform/blob/main/docs/runbooks';

/** What one alarm watches. */
export interface WatchOptions {
  readonly metric: cloudwatch.IMetric;
  /** What has happened when the alarm goes off, as a sentence without a full stop. */
  readonly meaning: string;
  /** The file name of its runbook, without the ending. */
  readonly runbook: string;
  readonly threshold: number;
  /** @default GREATER_THAN_THRESHOLD */
  readonly comparisonOperator?: cloudwatch.ComparisonOperator;
  /** @default 1 */
  readonly evaluationPeriods?: number;
  /** @default NOT_BREACHING */
  readonly treatMissingData?: cloudwatch.TreatMissingData;
  /** @default true */
  readonly actionsEnabled?: boolean;
}

/** Creates alarms that are alike in all that a reader should be able to rely on. */
export class AlarmSet {
  public readonly alarms: cloudwatch.Alarm[] = [];

  public constructor(
    private readonly scope: Construct,
    private readonly action: cloudwatch.IAlarmAction,
    private readonly options: AlarmOptions,
  ) {}

  /** Adds an alarm that tells the topic, names its runbook and decides what missing data means. */
  public watch(id: string, options: WatchOptions): void {
    const url = `${this.options.runbookUrl ?? RUNBOOKS}/${options.runbook}.md`;
    const alarm = new cloudwatch.Alarm(this.scope, id, {
      alarmDescription: `${options.meaning}. Runbook: ${url}`,
      metric: options.metric,
      threshold: options.threshold,
      comparisonOperator: options.comparisonOperator ?? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: options.evaluationPeriods ?? 1,
      treatMissingData: options.treatMissingData ?? cloudwatch.TreatMissingData.NOT_BREACHING,
      actionsEnabled: options.actionsEnabled ?? true,
    });
    alarm.addAlarmAction(this.action, ...(this.options.additionalActions ?? []));
    alarm.addOkAction(this.action);
    this.alarms.push(alarm);
  }
}
