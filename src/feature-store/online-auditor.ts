import { Duration, Token, aws_lambda as lambda, aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { IFeatureGroup } from './feature-group';
import { partFunction } from './private/part-function';
import { auditorStatements } from './private/publisher-permissions';
import { DataLake } from '../lake/data-lake';
import { MedallionError } from '../private/errors';
import { FeatureSpec } from '../spec/feature-spec';

/** Properties for `OnlineAuditor`. */
export interface OnlineAuditorProps {
  /** The declaration whose records are audited. */
  readonly spec: FeatureSpec;

  /** The lake that says which records there have to be, and keeps the differences. */
  readonly lake: DataLake;

  /** The groups that the records are read from. */
  readonly featureGroups: IFeatureGroup[];

  /**
   * The share of the entities that is looked at each day, above 0 and up to 1; other entities every day.
   *
   * A record of up to 4 KB that is read costs one read unit: $0.25 a million in us-east-1, so about $7.50 a month for each
   * million of entities at a share of 1.
   *
   * @default 1
   */
  readonly sample?: number;

  /**
   * Name of the platform, which the auditor's own metrics carry as a dimension.
   *
   * @default - the path of the construct
   */
  readonly platformName?: string;

  /**
   * How long one part of 5,000 records may take. A part that is not read by then makes the call fail, and the run repeats it.
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
 * Compares the records of Feature Store with what they have to be.
 *
 * It writes no record: those that differ are kept, and named to be published again by the next slot.
 */
export class OnlineAuditor extends Construct {
  /** The function that compares one part; the pipeline invokes it once for each. */
  public readonly function: lambda.IFunction;

  /** The share of the entities that is looked at each day. */
  public readonly sample: number;

  public constructor(scope: Construct, id: string, props: OnlineAuditorProps) {
    super(scope, id);
    this.sample = checkedSample(this, props.sample ?? 1);
    this.function = partFunction(this, {
      ...props,
      handler: 'auditHandler',
      service: 'auditor',
      description: 'Compares one part of the records of Feature Store with what they have to be',
      roleDescription: 'Reads feature records from Feature Store',
      statements: (document, logGroup) => auditorStatements({ ...props, document, logGroup }),
    });
  }
}

function checkedSample(scope: Construct, sample: number): number {
  if (Token.isUnresolved(sample) || !(sample > 0 && sample <= 1)) {
    throw new MedallionError('InvalidProperty', [{
      where: `${scope.node.path}.sample`,
      got: Token.isUnresolved(sample) ? 'a token' : `${sample}`,
      expected: 'a share above 0, up to 1',
      fix: 'leave the auditor out to audit nothing',
    }]);
  }
  return sample;
}
