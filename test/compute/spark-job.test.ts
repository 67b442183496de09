import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { FeatureCatalog } from '../../src/catalog/feature-catalog';
import { SparkCode } from '../../src/compute/spark-code';
import { SparkJob, SparkJobProps } from '../../src/compute/spark-job';
import { SparkRuntime } from '../../src/compute/spark-runtime';
import { WorkerSize } from '../../src/compute/worker-size';
import { DataLake } from '../../src/lake/data-lake';
import { cardSpec } from '../fixtures/specs';
import { TemplateStatement, emptyStack, managedStatements } from '../fixtures/stages';

function job(props: Partial<SparkJobProps> = {}): { stack: Stack; job: SparkJob } {
  const stack = emptyStack();
  const spec = cardSpec();
  const lake = new DataLake(stack, 'Lake');
  const code = new SparkCode(stack, 'Code', { spec });
  return {
    stack,
    job: new SparkJob(stack, 'Job', {
      runtime: new SparkRuntime(stack, 'Runtime', { lake }),
      code,
      entryPoint: code.silverAndGold,
      lake,
      catalog: new FeatureCatalog(stack, 'Catalog', { spec, lake }),
      ...props,
    }),
  };
}

/** What the resource names end in, after the ARN of the bucket. */
function keys({ Resource }: TemplateStatement): string[] {
  return (Resource as { 'Fn::Join': [string, string[]] }[]).map((resource) => resource['Fn::Join'][1][1]);
}

describe('SparkJob', () => {
  const byDefault = job();
  const template = Template.fromStack(byDefault.stack);
  const statements = Object.values(managedStatements(template)).flat();
  const statement = (sid: string) => statements.find(({ Sid }) => Sid === sid)!;

  test('is trusted by EMR Serverless for its own application only', () => {
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'emr-serverless.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^Runtime'), 'Arn'] } },
          },
        }],
        Version: '2012-10-17',
      },
    });
  });

  test('reads bronze and labels, and cannot write them', () => {
    expect(statement('ReadLayers').Action).toBe('s3:GetObject');
    expect(keys(statement('ReadLayers'))).toEqual(['/bronze', '/bronze/*', '/labels', '/labels/*']);
  });

  test('writes what it makes, and nothing else', () => {
    expect(keys(statement('WriteLayers')).filter((key) => key.endsWith('/*'))).toEqual(
      ['/silver/*', '/gold/*', '/quarantine/*', '/publish/*', '/control/*', '/logs/emr-serverless/*'],
    );
  });

  test('lists its layers only', () => {
    const layers = ['bronze', 'labels', 'silver', 'gold', 'quarantine', 'publish', 'control', 'logs/emr-serverless'];
    expect(statement('ListLayers').Condition).toEqual({ StringLike: { 's3:prefix': layers.flatMap((layer) => [layer, `${layer}/*`]) } });
  });

  test('keeps exactly the tables of the declaration', () => {
    const resources = JSON.stringify(statement('KeepTables').Resource);
    expect(statement('KeepTables').Action).toEqual(['glue:GetDatabase', 'glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable']);
    expect(resources).toContain('/card_transactions"');
    expect(resources).toContain('/card_features"');
    expect(resources).not.toContain('*');
  });

  test('reads its own three files of code, each by its key', () => {
    const resources = statement('ReadCode').Resource as unknown[];
    expect(resources).toHaveLength(3);
    expect(JSON.stringify(resources)).not.toContain('*');
  });

  test('writes out every size, so that a run starts with one executor', () => {
    const { stack, job: { sparkSubmitParameters } } = job({ driver: WorkerSize.MEDIUM, executor: WorkerSize.LARGE, maxExecutors: 7 });
    const parameters: string = JSON.stringify(stack.resolve(sparkSubmitParameters));
    for (const setting of [
      // 8192 MiB * 0.6 = 4915.2 and 16384 MiB * 0.6 = 9830.4
      'spark.driver.cores=2', 'spark.driver.memory=4915m', 'spark.driver.memoryOverhead=3277m',
      'spark.executor.cores=4', 'spark.executor.memory=9830m', 'spark.executor.memoryOverhead=6554m',
      'spark.dynamicAllocation.initialExecutors=1', 'spark.dynamicAllocation.maxExecutors=7',
      'spark.sql.session.timeZone=UTC', 'spark.jars=/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar',
      'spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog',
    ]) {
      expect(parameters).toContain(`--conf ${setting} `);
    }
  });

  test('tells every run where the spec document, the lake and the tables are', () => {
    const { stack, job: { baseArguments } } = byDefault;
    expect(stack.resolve(baseArguments)).toEqual([
      '--spec', { 'Fn::Sub': expect.stringMatching(/^s3:\/\/.*\.json$/) },
      '--lake', { Ref: expect.stringMatching(/^LakeBucket/) },
      '--database', expect.stringMatching(/^[a-z0-9_]+$/),
    ]);
  });

  test('is cancelled after an hour unless told otherwise', () => {
    expect(byDefault.job.timeout.toMinutes()).toBe(60);
    expect(job({ timeout: Duration.minutes(20) }).job.timeout.toMinutes()).toBe(20);
  });

  test.each([0, 1.5])('fails when there may be %d executors', (maxExecutors) => {
    expect(() => job({ maxExecutors })).toThrow(`S/Job.maxExecutors: got ${maxExecutors}, expected a whole number of at least 1`);
  });
});
