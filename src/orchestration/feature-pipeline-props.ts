import { aws_logs as logs } from 'aws-cdk-lib';
import { SparkJob } from '../compute/spark-job';
import { OnlineAuditor } from '../feature-store/online-auditor';
import { OnlinePublisher } from '../feature-store/online-publisher';
import { DataLake } from '../lake/data-lake';
import { FeatureSpec } from '../spec/feature-spec';

/** Properties for `FeaturePipeline`. */
export interface FeaturePipelineProps {
  /** The declaration whose slots are run. */
  readonly spec: FeatureSpec;

  /** The lake that keeps the reports of the runs. Its bucket must be that of no other pipeline. */
  readonly lake: DataLake;

  /** The job that cleans events, computes features and writes the publish set. */
  readonly streamJob: SparkJob;

  /**
   * The job that builds the datasets of a day.
   *
   * It needs an application of its own: in that of the stream job it would hold up the slots.
   */
  readonly datasetJob: SparkJob;

  /**
   * The job that recomputes silver and gold for a range of time.
   *
   * It has to run on the application of the stream job, which runs one job at a time: both write the same tables.
   */
  readonly backfillJob: SparkJob;

  /** What writes the publish set to Feature Store. */
  readonly publisher: OnlinePublisher;

  /**
   * What compares the records of Feature Store, once a day, with what they have to be.
   *
   * @default - they are not compared
   */
  readonly auditor?: OnlineAuditor;

  /**
   * Name of the platform, which the metrics of the runs carry as a dimension.
   *
   * @default - a name made from the path of the construct
   */
  readonly platformName?: string;

  /**
   * Whether runs start by themselves. Without it they start by hand only.
   *
   * @default true
   */
  readonly scheduleEnabled?: boolean;

  /**
   * How many parts of a publish set are written at once, or compared; a part has 5,000 records at most.
   *
   * @default 4
   */
  readonly publishConcurrency?: number;

  /**
   * How long the logs of the runs are kept.
   *
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}
