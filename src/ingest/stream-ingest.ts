import {
  Duration, RemovalPolicy, Size, Validations,
  aws_cloudwatch as cloudwatch, aws_kinesis as kinesis, aws_kinesisfirehose as firehose, aws_logs as logs,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { checkIngest } from './private/check-ingest';
import { deliveryPrefixes, FILE_EXTENSION } from './private/delivery-layout';
import { deliveryRole } from './private/delivery-role';
import { StreamIngestGrants } from './stream-ingest-grants';
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

/**
 * Accepts events on a Kinesis stream and keeps them unchanged in the bronze layer.
 *
 * Each delivered object holds one event a line, compressed, in a folder named after the minute of arrival.
 */
export class StreamIngest extends Construct {
  /** The stream that producers put events on. */
  public readonly stream: kinesis.IStream;
  /** The name of the Firehose stream that writes the bronze layer. */
  public readonly deliveryStreamName: string;
  /** Where the delivery stream reports what it cannot write. */
  public readonly deliveryLog: logs.ILogGroup;
  /** Permission to send events, the stream's key included. */
  public readonly grants: StreamIngestGrants;

  constructor(scope: Construct, id: string, props: StreamIngestProps) {
    super(scope, id);
    checkIngest(this, props);

    this.stream = props.stream ?? this.createStream(props);
    this.deliveryLog = new logs.LogGroup(this, 'DeliveryLog', {
      encryptionKey: props.lake.encryptionKey,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    this.deliveryStreamName = this.createDeliveryStream(props).ref;
    this.grants = StreamIngestGrants.fromStream(this.stream);
  }

  /** Events that producers put on the stream. */
  public metricIncomingRecords(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stream.metricIncomingRecords({ statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** How far behind the newest event the slowest reader of the stream is. */
  public metricIteratorAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stream.metricGetRecordsIteratorAgeMilliseconds({ statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** Puts that were refused because a shard had too many; their producers have to repeat them. */
  public metricThrottledWrites(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stream.metricWriteProvisionedThroughputExceeded({ statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** The age, in seconds, of the oldest event that is not in the bronze layer yet; absent without events. */
  public metricDeliveryFreshness(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.deliveryMetric('DeliveryToS3.DataFreshness', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** The share of writes to the bronze layer that worked, from 0 to 1; Firehose repeats the others. */
  public metricDeliverySuccess(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.deliveryMetric('DeliveryToS3.Success', { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /** Events that were written to the bronze layer. */
  public metricDeliveredRecords(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.deliveryMetric('DeliveryToS3.Records', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  private deliveryMetric(metricName: string, options: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Firehose',
      metricName,
      dimensionsMap: { DeliveryStreamName: this.deliveryStreamName },
      ...options,
    }).attachTo(this);
  }

  private createStream({ lake, streamMode, shardCount, retention, removalPolicy }: StreamIngestProps): kinesis.Stream {
    const stream = new kinesis.Stream(this, 'Stream', {
      streamMode: streamMode ?? kinesis.StreamMode.ON_DEMAND,
      shardCount,
      retentionPeriod: retention ?? Duration.hours(72),
      encryption: kinesis.StreamEncryption.KMS,
      encryptionKey: lake.encryptionKey,
      removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN,
    });
    Validations.of(stream).acknowledge({
      id: 'AwsSolutions::AwsSolutions-KDS3',
      reason: 'a customer-managed key is stricter than the default key that the rule asks for',
    });
    return stream;
  }

  private createDeliveryStream(props: StreamIngestProps): firehose.CfnDeliveryStream {
    const { lake, spec } = props;
    const logStream = this.deliveryLog.addStream('S3Delivery', {});
    const { role, policy } = deliveryRole(this, {
      eventsName: spec.events.name,
      lake,
      stream: this.stream,
      logGroupName: this.deliveryLog.logGroupName,
      logStreamName: logStream.logStreamName,
    });
    const deliveryStream = new firehose.CfnDeliveryStream(this, 'DeliveryStream', {
      deliveryStreamType: 'KinesisStreamAsSource',
      kinesisStreamSourceConfiguration: { kinesisStreamArn: this.stream.streamArn, roleArn: role.roleArn },
      extendedS3DestinationConfiguration: {
        ...deliveryPrefixes(spec.events.name),
        bucketArn: lake.bucket.bucketArn,
        roleArn: role.roleArn,
        bufferingHints: {
          intervalInSeconds: (props.bufferInterval ?? spec.bufferInterval).toSeconds(),
          sizeInMBs: (props.bufferSize ?? Size.mebibytes(32)).toMebibytes(),
        },
        compressionFormat: 'GZIP',
        fileExtension: FILE_EXTENSION,
        encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: lake.encryptionKey.keyArn } },
        // without a delimiter the events of an object are glued together
        processingConfiguration: {
          enabled: true,
          processors: [{ type: 'AppendDelimiterToRecord', parameters: [{ parameterName: 'Delimiter', parameterValue: '\\n' }] }],
        },
        cloudWatchLoggingOptions: { enabled: true, logGroupName: this.deliveryLog.logGroupName, logStreamName: logStream.logStreamName },
      },
    });
    deliveryStream.node.addDependency(policy);
    Validations.of(deliveryStream).acknowledge({
      id: 'AwsSolutions::AwsSolutions-KDF1',
      reason: 'Firehose refuses encryption of its own for a Kinesis source; the source stream is encrypted, and so are the objects',
    });
    return deliveryStream;
  }
}
