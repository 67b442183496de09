import { App, Duration, RemovalPolicy, Stack, aws_iam as iam, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { DataLake } from '../../src/lake/data-lake';
import { Layer } from '../../src/lake/layer';
import { audit } from '../fixtures/audit';

function lakeTemplate(props: ConstructorParameters<typeof DataLake>[2] = {}): Template {
  const stack = new Stack();
  new DataLake(stack, 'Lake', props);
  return Template.fromStack(stack);
}

function lakeRules(template: Template): any[] {
  const [lake] = Object.values(template.findResources('AWS::S3::Bucket', { Properties: { LoggingConfiguration: Match.anyValue() } }));
  return lake.Properties.LifecycleConfiguration.Rules;
}

describe('DataLake', () => {
  const byDefault = lakeTemplate();

  test('encrypts its bucket with one key that rotates', () => {
    byDefault.resourceCountIs('AWS::KMS::Key', 1);
    byDefault.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    byDefault.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LakeKey'), 'Arn'] } },
        }],
      },
    });
  });

  test('closes both buckets to the public and to ACLs, and keeps versions', () => {
    byDefault.allResourcesProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      VersioningConfiguration: { Status: 'Enabled' },
    });
  });

  test('refuses requests without TLS 1.2', () => {
    byDefault.resourceCountIs('AWS::S3::BucketPolicy', 2);
    byDefault.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({ Effect: 'Deny', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
        ]),
      },
    });
  });

  test('lets only S3, for its own bucket, deliver access logs', () => {
    byDefault.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: Match.stringLikeRegexp('^LakeAccessLogs') },
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({
          Effect: 'Allow',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^LakeBucket'), 'Arn'] } },
          },
        })]),
      },
    });
  });

  test('has the same access log settings whatever the feature flag says', () => {
    const templates = [true, false].map((flag) => {
      const stack = new Stack(new App({ context: { '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': flag } }));
      new DataLake(stack, 'Lake');
      return Template.fromStack(stack).toJSON();
    });

    expect(templates[0]).toEqual(templates[1]);
  });

  test('lets CloudWatch Logs use the key for log groups of the account only', () => {
    byDefault.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([Match.objectLike({
          Sid: 'CloudWatchLogs',
          Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': Match.anyValue() } },
        })]),
      },
    });
  });

  test('keeps bronze for ever by default, in a cheaper class after 30 days', () => {
    const [bronze] = lakeRules(byDefault);

    expect(bronze).toEqual({
      Id: 'Bronze', Prefix: 'bronze/', Status: 'Enabled', Transitions: [{ StorageClass: 'INTELLIGENT_TIERING', TransitionInDays: 30 }],
    });
  });

  test('expires bronze after its retention', () => {
    const [bronze] = lakeRules(lakeTemplate({ bronzeRetention: Duration.days(31) }));

    expect(bronze).toMatchObject({ ExpirationInDays: 31, Transitions: [{ TransitionInDays: 30 }] });
  });

  test('does not move bronze to another class when it expires first', () => {
    const [bronze] = lakeRules(lakeTemplate({ bronzeRetention: Duration.days(30) }));

    expect(bronze).toEqual({ Id: 'Bronze', Prefix: 'bronze/', Status: 'Enabled', ExpirationInDays: 30 });
  });

  test('never expires silver, gold or the offline store by age', () => {
    const expiring = lakeRules(lakeTemplate({ bronzeRetention: Duration.days(90) })).filter((rule) => rule.ExpirationInDays !== undefined);

    expect(expiring.map((rule) => rule.Prefix).sort()).toEqual(['bronze/', 'logs/emr-serverless/']);
  });

  test('cleans up replaced versions and unfinished uploads', () => {
    expect(lakeRules(byDefault)).toEqual(expect.arrayContaining([
      { Id: 'NonCurrentVersions', Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 7 }, ExpiredObjectDeleteMarker: true },
      { Id: 'UnfinishedUploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    ]));
  });

  test('stays when the stack goes, unless told otherwise', () => {
    for (const type of ['AWS::S3::Bucket', 'AWS::KMS::Key']) {
      byDefault.allResources(type, { DeletionPolicy: 'Retain' });
      lakeTemplate({ removalPolicy: RemovalPolicy.DESTROY }).allResources(type, { DeletionPolicy: 'Delete' });
    }
  });

  test('uses the key that it is given', () => {
    const stack = new Stack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Given', 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000');

    expect(new DataLake(stack, 'Lake', { encryptionKey }).encryptionKey).toBe(encryptionKey);
    Template.fromStack(stack).resourceCountIs('AWS::KMS::Key', 0);
  });

  test('uses the bucket that it is given, with its key, and creates nothing', () => {
    const stack = new Stack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'GivenKey', 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000');
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Given', { bucketName: 'given', encryptionKey });

    const lake = new DataLake(stack, 'Lake', { bucket });

    expect(lake.bucket).toBe(bucket);
    expect(lake.encryptionKey).toBe(encryptionKey);
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });

  test('sends access logs to the bucket that it is given', () => {
    const stack = new Stack();
    const accessLogsBucket = s3.Bucket.fromBucketName(stack, 'Logs', 'my-logs');

    new DataLake(stack, 'Lake', { accessLogsBucket });

    Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', {
      LoggingConfiguration: { DestinationBucketName: 'my-logs', LogFilePrefix: 'lake/' },
    });
    Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 1);
  });

  test('fails when settings of a new bucket stand beside a given one, all in one message', () => {
    const stack = new Stack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Given', 'given');

    expect(() => new DataLake(stack, 'Lake', { bucket, bronzeRetention: Duration.days(1), removalPolicy: RemovalPolicy.DESTROY })).toThrow([
      'Default/Lake.bronzeRetention: got a setting for a new bucket, expected none beside bucket; remove it, or let the lake create its bucket',
      'Default/Lake.removalPolicy: got a setting for a new bucket, expected none beside bucket; remove it, or let the lake create its bucket',
    ].join('\n'));
  });

  test('fails when the given bucket is encrypted with another key than the given one', () => {
    const stack = new Stack();
    const bucket = new s3.Bucket(stack, 'Given', { encryptionKey: new kms.Key(stack, 'One') });

    expect(() => new DataLake(stack, 'Lake', { bucket, encryptionKey: new kms.Key(stack, 'Other') })).toThrow(/encryptionKey: got another key/);
  });

  test.each([[Duration.hours(25)], [Duration.days(0)], [Duration.days(36_501)]])('fails when bronze is kept for %s', (bronzeRetention) => {
    expect(() => lakeTemplate({ bronzeRetention })).toThrow(/bronzeRetention: got .*, expected whole days from 1 to 36500/);
  });

  test.each([[1], [36_500]])('keeps bronze for %d days', (days) => {
    expect(lakeRules(lakeTemplate({ bronzeRetention: Duration.days(days) }))[0].ExpirationInDays).toBe(days);
  });

  test('leaves no compliance finding open', () => {
    const { open, acknowledged } = audit((stack) => new DataLake(stack, 'Lake'));

    expect(open).toEqual([]);
    expect(acknowledged).toEqual([]);
  });

  test('can stand twice in one stack', () => {
    const stack = new Stack();
    new DataLake(stack, 'One');
    new DataLake(stack, 'Two');

    Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 4);
  });
});

describe('DataLakeGrants', () => {
  function grantStatements(grant: (lake: DataLake, grantee: iam.IGrantable) => void): any[] {
    const stack = new Stack();
    const policy = new iam.ManagedPolicy(stack, 'Policy', { statements: [] });
    grant(new DataLake(stack, 'Lake'), policy);
    const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'));
    return resource.Properties.PolicyDocument.Statement;
  }
  const actions = (statements: any[]) => statements.flatMap((statement) => statement.Action);

  test('reads exactly the given prefixes, key included', () => {
    const [list, read, decrypt] = grantStatements((lake, grantee) => lake.grants.read(grantee, Layer.GOLD));

    expect(list).toMatchObject({ Action: 's3:ListBucket', Condition: { StringLike: { 's3:prefix': ['gold', 'gold/*'] } } });
    expect(read).toMatchObject({ Action: 's3:GetObject', Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.any(String), 'Arn'] }, '/gold/*']] } });
    expect(decrypt).toMatchObject({ Action: 'kms:Decrypt', Condition: { StringEquals: { 'kms:ViaService': expect.anything() } } });
  });

  test('names exact actions only', () => {
    const granted = actions(grantStatements((lake, grantee) => lake.grants.readWrite(grantee, Layer.SILVER, Layer.GOLD)));

    expect(granted.filter((action) => action.includes('*'))).toEqual([]);
    expect([...new Set(granted)].sort()).toEqual([
      'kms:Decrypt', 'kms:GenerateDataKey', 's3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket',
      's3:ListMultipartUploadParts', 's3:PutObject',
    ]);
  });

  test('writes without reading or deleting', () => {
    const granted = actions(grantStatements((lake, grantee) => lake.grants.write(grantee, Layer.CONTROL)));

    expect(granted).toEqual(['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 'kms:Decrypt', 'kms:GenerateDataKey']);
  });

  test.each(['gold', '/gold/', '', 'gold//'])('fails when the prefix is %p', (prefix) => {
    expect(() => grantStatements((lake, grantee) => lake.grants.read(grantee, prefix))).toThrow(/expected a literal prefix that ends in a slash/);
  });

  test.each([
    ['a role', (stack: Stack) => new iam.Role(stack, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() })],
    ['a user', (stack: Stack) => new iam.User(stack, 'Grantee')],
    ['an imported role', (stack: Stack) => iam.Role.fromRoleArn(stack, 'Grantee', 'arn:aws:iam::111122223333:role/given')],
  ])('adds statements to the policy of %s', (_, create) => {
    const stack = new Stack(new App(), 'S', { env: { account: '111122223333', region: 'us-east-1' } });
    new DataLake(stack, 'Lake').grants.write(create(stack), Layer.GOLD);

    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
  });
});
