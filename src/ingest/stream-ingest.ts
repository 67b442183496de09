import {
  Duration, RemovalPolicy, Size, Validations,
  aws_cloudwatch as cloudwatch, aws_kinesis as kinesis, aws_kinesisfirehose as firehose, aws_logs as logs,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { checkIngest } from './private/check-ingest';
import { deliveryPrefixes, FILE_EXTENSION } from './private/delivery-layout';
import { deliveryRole } from './private/delivery-role';
import { StreamIngestGrants } from './stream-ingest-grants';
import { StreamIngestProps } from './stream-ingest-props';

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
