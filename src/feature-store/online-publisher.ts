import { Duration, aws_cloudwatch as cloudwatch, aws_lambda as lambda, aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { IFeatureGroup } from './feature-group';
import { partFunction } from './private/part-function';
import { publisherStatements } from './private/publisher-permissions';
import { DataLake } from '../lake/data-lake';
import { FeatureSpec } from '../spec/feature-spec';

/** Properties for `OnlinePublisher`. */
export interface OnlinePublisherProps {
  /** The declaration whose records are published. */
  readonly spec: FeatureSpec;

  /** The lake that keeps the publish sets and the dead letters. */
  readonly lake: DataLake;

  /** The groups that the records are written to. */
  readonly featureGroups: IFeatureGroup[];

  /**
   * Name of the platform, which the publisher's own metrics carry as a dimension.
   *
   * @default - the path of the construct
   */
  readonly platformName?: string;

  /**
   * How many parts may be published at once in the whole account.
   *
   * @default - as many as the account allows
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * How long one part may take. What is not written by then makes the call fail, and the run repeats it.
   *
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;

  /**
   * How long the logs are kept.
   *
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * Writes the parts of a publish set to Feature Store.
 *
 * Each record of a part ends up either written or, with the reason, in a dead-letter file beside the part.
 */
export class OnlinePublisher extends Construct {
  /** The function that writes one part; the pipeline invokes it once for each. */
  public readonly function: lambda.IFunction;

  public constructor(scope: Construct, id: string, props: OnlinePublisherProps) {
    super(scope, id);
    this.function = partFunction(this, {
      ...props,
      handler: 'handler',
      service: 'publisher',
      description: 'Writes one part of a publish set to Feature Store',
      roleDescription: 'Writes feature records to Feature Store',
      statements: (document, logGroup) => publisherStatements({ ...props, document, logGroup }),
    });
  }

  /** Parts that could not be published at all. */
  public metricErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.function.metricErrors(options);
  }

  /** Invocations that Lambda refused because too many were running. */
  public metricThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.function.metricThrottles(options);
  }
}
