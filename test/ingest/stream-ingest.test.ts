import { App, Duration, RemovalPolicy, Size, Stack, aws_iam as iam, aws_kinesis as kinesis, aws_kms as kms } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { StreamIngest } from '../../src/ingest/stream-ingest';
import { StreamIngestProps } from '../../src/ingest/stream-ingest-props';
import { DataLake } from '../../src/lake/data-lake';
import { audit } from '../fixtures/audit';
import { cardSpec } from '../fixtures/specs';

function ingestIn(stack: Stack, props: Partial<StreamIngestProps> = {}): StreamIngest {
  return new StreamIngest(stack, 'Ingest', { spec: cardSpec(), lake: new DataLake(stack, 'Lake'), ...props });
}

function ingestTemplate(props: Partial<StreamIngestProps> = {}): Template {
  const stack = new Stack();
  ingestIn(stack, props);
  return Template.fromStack(stack);
}

const destination = (expected: object) => ({ ExtendedS3DestinationConfiguration: Match.objectLike(expected) });

describe('StreamIngest', () => {
  const byDefault = ingestTemplate();

  test('creates a stream on demand that keeps events for three days, encrypted with the key of the lake', () => {
    byDefault.hasResourceProperties('AWS::Kinesis::Stream', {
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      RetentionPeriodHours: 72,
      StreamEncryption: { EncryptionType: 'KMS', KeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LakeKey'), 'Arn'] } },
      ShardCount: Match.absent(),
      Name: Match.absent(),
    });
  });

  test('creates a provisioned stream with the shards that it is given', () => {
    ingestTemplate({ streamMode: kinesis.StreamMode.PROVISIONED, shardCount: 3 }).hasResourceProperties('AWS::Kinesis::Stream', { ShardCount: 3 });
  });

  test('keeps the stream when the stack goes, unless told otherwise', () => {
    byDefault.allResources('AWS::Kinesis::Stream', { DeletionPolicy: 'Retain' });
    ingestTemplate({ removalPolicy: RemovalPolicy.DESTROY }).allResources('AWS::Kinesis::Stream', { DeletionPolicy: 'Delete' });
  });

  test('puts objects into a folder a minute of arrival', () => {
    byDefault.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', destination({
      Prefix: 'bronze/streaming/card_authorization/ingest_dt=!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/!{timestamp:HH}/!{timestamp:mm}/',
      CompressionFormat: 'GZIP',
      FileExtension: '.json.gz',
      BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 32 },
      EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: Match.anyValue() } },
    }));
  });

  test('keeps failed records under their own prefix, outside of bronze', () => {
    byDefault.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', destination({
      ErrorOutputPrefix: Match.stringLikeRegexp('^errors/streaming/card_authorization/!{firehose:error-output-type}/'),
    }));
  });

  test('ends each event with a newline', () => {
    byDefault.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', destination({
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [{ Type: 'AppendDelimiterToRecord', Parameters: [{ ParameterName: 'Delimiter', ParameterValue: '\\n' }] }],
      },
    }));
  });

  test('reports failed deliveries to an encrypted log that is kept for three months', () => {
    byDefault.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue(), RetentionInDays: 90 });
    byDefault.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', destination({ CloudWatchLoggingOptions: Match.objectLike({ Enabled: true }) }));
  });

  test('creates the delivery stream after its policy', () => {
    byDefault.hasResource('AWS::KinesisFirehose::DeliveryStream', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^IngestDeliveryPolicy')]),
    });
  });

  test('is trusted by Firehose for delivery streams of this account only', () => {
    byDefault.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [Match.objectLike({
          Principal: { Service: 'firehose.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } }, ArnLike: { 'aws:SourceArn': Match.anyValue() } },
        })],
      },
    });
  });

  test('has one managed policy of exact actions, and no inline one', () => {
    const [policy] = Object.values(byDefault.findResources('AWS::IAM::ManagedPolicy'));
    const actions = policy.Properties.PolicyDocument.Statement.flatMap((statement: any) => statement.Action);

    byDefault.resourceCountIs('AWS::IAM::Policy', 0);
    expect(actions.filter((action: string) => action.includes('*'))).toEqual([]);
    expect(actions).toEqual(expect.arrayContaining(['kinesis:GetRecords', 's3:PutObject', 'logs:PutLogEvents']));
    expect(actions).not.toContain('s3:DeleteObject');
  });

  test('uses the stream that it is given, and decrypts with its key', () => {
    const stack = new Stack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000');
    const streamArn = 'arn:aws:kinesis:us-east-1:111122223333:stream/given';
    const stream = kinesis.Stream.fromStreamAttributes(stack, 'Given', { streamArn, encryptionKey });
    ingestIn(stack, { stream });
    const template = Template.fromStack(stack);

    template.resourceCountIs('AWS::Kinesis::Stream', 0);
    template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      KinesisStreamSourceConfiguration: Match.objectLike({ KinesisStreamARN: streamArn }),
    });
    template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Sid: 'DecryptRecords', Action: 'kms:Decrypt', Resource: encryptionKey.keyArn })]),
      },
    });
  });

  test('waits no longer than the declaration says', () => {
    ingestTemplate({ bufferInterval: Duration.seconds(0), bufferSize: Size.mebibytes(128) }).hasResourceProperties(
      'AWS::KinesisFirehose::DeliveryStream', destination({ BufferingHints: { IntervalInSeconds: 0, SizeInMBs: 128 } }),
    );
    expect(() => ingestTemplate({ bufferInterval: Duration.seconds(61) })).toThrow(
      "Default/Ingest.bufferInterval: got 1 minute 1 second, expected whole seconds up to the 60 of the spec's bufferInterval; "
      + 'set bufferInterval in FeatureSpec, because it bounds how late an event is seen to arrive',
    );
  });

  test.each([[0], [129]])('fails when the buffer holds %d MiB', (mebibytes) => {
    expect(() => ingestTemplate({ bufferSize: Size.mebibytes(mebibytes) })).toThrow(/bufferSize: got .*, expected whole mebibytes from 1 to 128/);
  });

  test.each([[23], [8_761], [24.5]])('fails when the stream keeps events for %d hours', (hours) => {
    expect(() => ingestTemplate({ retention: Duration.hours(hours) })).toThrow(/retention: got .*, expected whole hours from 24 to 8760/);
  });

  test.each([[24], [8_760]])('keeps events for %d hours', (hours) => {
    ingestTemplate({ retention: Duration.hours(hours) }).hasResourceProperties('AWS::Kinesis::Stream', { RetentionPeriodHours: hours });
  });

  test('fails when a stream on demand is given shards', () => {
    expect(() => ingestTemplate({ shardCount: 1 })).toThrow(/shardCount: got 1, expected none for a stream on demand/);
  });

  test('fails when there are no shards', () => {
    expect(() => ingestTemplate({ streamMode: kinesis.StreamMode.PROVISIONED, shardCount: 0 })).toThrow(/shardCount: got 0, expected a whole number/);
  });

  test('fails when settings of a new stream stand beside a given one', () => {
    const stack = new Stack();
    const stream = kinesis.Stream.fromStreamArn(stack, 'Given', 'arn:aws:kinesis:us-east-1:111122223333:stream/given');

    expect(() => ingestIn(stack, { stream, retention: Duration.hours(24), shardCount: 1 })).toThrow([
      'Default/Ingest.shardCount: got a setting for a new stream, expected none beside stream; remove it or stream',
      'Default/Ingest.retention: got a setting for a new stream, expected none beside stream; remove it or stream',
    ].join('\n'));
  });

  test('lets a producer put events, key included, and nothing else', () => {
    const stack = new Stack();
    const policy = new iam.ManagedPolicy(stack, 'Producer', { statements: [] });
    ingestIn(stack).grants.produce(policy);
    const [producer] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy', { Properties: { Roles: Match.absent() } }));

    expect(producer.Properties.PolicyDocument.Statement.map((statement: any) => statement.Action)).toEqual([
      ['kinesis:PutRecord', 'kinesis:PutRecords'], 'kms:GenerateDataKey',
    ]);
  });

  test('measures the stream and its delivery by their names', () => {
    const stack = new Stack();
    const ingest = ingestIn(stack);

    expect(stack.resolve(ingest.metricIteratorAge().dimensions)).toEqual({ StreamName: { Ref: expect.stringMatching(/^IngestStream/) } });
    expect(stack.resolve(ingest.metricDeliveryFreshness().dimensions)).toEqual({ DeliveryStreamName: { Ref: expect.stringMatching(/^IngestDeliveryStream/) } });
    expect([ingest.metricDeliveryFreshness(), ingest.metricDeliverySuccess(), ingest.metricDeliveredRecords()].map(({ metricName }) => metricName))
      .toEqual(['DeliveryToS3.DataFreshness', 'DeliveryToS3.Success', 'DeliveryToS3.Records']);
    expect([ingest.metricIncomingRecords(), ingest.metricThrottledWrites()].map(({ metricName }) => metricName))
      .toEqual(['IncomingRecords', 'WriteProvisionedThroughputExceeded']);
  });

  test('acknowledges exactly what cannot be otherwise', () => {
    const { open, acknowledged } = audit((stack) => ingestIn(stack));

    expect(open).toEqual([]);
    expect(acknowledged.map((finding) => finding.replace(/LakeBucket\w+/, 'LakeBucket'))).toEqual([
      'AwsSolutions::AwsSolutions-IAM5[Resource::<LakeBucket.Arn>/bronze/streaming/card_authorization/*] @ S/Ingest/DeliveryPolicy/Resource',
      'AwsSolutions::AwsSolutions-IAM5[Resource::<LakeBucket.Arn>/errors/streaming/card_authorization/*] @ S/Ingest/DeliveryPolicy/Resource',
      'AwsSolutions::AwsSolutions-KDF1 @ S/Ingest/DeliveryStream',
      'AwsSolutions::AwsSolutions-KDS3 @ S/Ingest/Stream/Resource',
    ]);
  });

  test.each(['cn-north-1', 'us-gov-west-1'])('names no partition or domain of its own in %s', (region) => {
    const stack = new Stack(new App(), 'S', { env: { account: '111122223333', region } });
    ingestIn(stack);
    const text = JSON.stringify(Template.fromStack(stack).toJSON());

    expect(text).not.toMatch(/arn:aws[:-]/);
    expect(text).toContain(`"kms:ViaService":{"Fn::Join":["",["kinesis.${region}.",{"Ref":"AWS::URLSuffix"}]]}`);
  });
});
