import { Duration, RemovalPolicy, Size, aws_kinesis as kinesis } from 'aws-cdk-lib';
import { DataLake } from '../lake/data-lake';
import { FeatureSpec } from '../spec/feature-spec';

/** Properties for `StreamIngest`. */
export interface StreamIngestProps {
  /** The declaration whose events come in. */
  readonly spec: FeatureSpec;
  /** The lake whose bronze layer keeps every event exactly as it arrived. */
  readonly lake: DataLake;
  /**
   * A stream that exists already, in the same account and Region.
   *
   * Import it with its encryption key, if it has one of its own, so that delivery may decrypt events.
   *
   * @default - a new stream, encrypted with the key of the lake
   */
  readonly stream?: kinesis.IStream;
  /**
   * Whether a new stream grows by itself or has a fixed number of shards.
   *
   * @default StreamMode.ON_DEMAND
   */
  readonly streamMode?: kinesis.StreamMode;
  /**
   * The shards of a new provisioned stream, each for 1 MB or 1,000 events a second.
   *
   * @default - 1 for a provisioned stream, none on demand
   */
  readonly shardCount?: number;
  /**
   * How long a new stream keeps events: the time in which a failed delivery can be repaired without loss.
   *
   * @default Duration.hours(72)
   */
  readonly retention?: Duration;
  /**
   * How long events may wait before they are written to the bronze layer, in whole seconds.
   *
   * Shorter means fresher features and more, smaller files. It cannot be longer than the declaration says.
   *
   * @default - the buffer interval of the declaration
   */
  readonly bufferInterval?: Duration;
  /**
   * How many bytes of events may wait before they are written earlier than that, in whole mebibytes up to 128.
   *
   * @default Size.mebibytes(32)
   */
  readonly bufferSize?: Size;
  /**
   * What happens to a new stream when it is removed from the stack; a stream that stays goes on costing money.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
