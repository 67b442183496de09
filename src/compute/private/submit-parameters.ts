import { WorkerSize } from '../worker-size';

/** Where the image keeps the Iceberg runtime of Spark 3. */
const ICEBERG_JAR = '/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar';

const CATALOG = 'spark.sql.catalog.glue_catalog';

/** What decides how a job is submitted. */
export interface SubmitOptions {
  readonly bucketName: string;
  readonly pyFiles: string;
  readonly driver: WorkerSize;
  readonly executor: WorkerSize;
  readonly maxExecutors: number;
}

/**
 * The options of `spark-submit`, in one line.
 *
 * Every size is written out: what is left open starts three executors of 4 vCPU, which is all that a new account may use.
 */
export function submitParameters(options: SubmitOptions): string {
  const conf: Record<string, string> = {
    'spark.driver.cores': `${options.driver.vcpu}`,
    'spark.driver.memory': options.driver.heap,
    'spark.driver.memoryOverhead': options.driver.overhead,
    'spark.executor.cores': `${options.executor.vcpu}`,
    'spark.executor.memory': options.executor.heap,
    'spark.executor.memoryOverhead': options.executor.overhead,
    'spark.executor.instances': '1',
    'spark.dynamicAllocation.enabled': 'true',
    'spark.dynamicAllocation.initialExecutors': '1',
    'spark.dynamicAllocation.minExecutors': '1',
    'spark.dynamicAllocation.maxExecutors': `${options.maxExecutors}`,
    'spark.jars': ICEBERG_JAR,
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
    [CATALOG]: 'org.apache.iceberg.spark.SparkCatalog',
    [`${CATALOG}.catalog-impl`]: 'org.apache.iceberg.aws.glue.GlueCatalog',
    [`${CATALOG}.io-impl`]: 'org.apache.iceberg.aws.s3.S3FileIO',
    [`${CATALOG}.warehouse`]: `s3://${options.bucketName}/`,
  };
  const settings = Object.entries(conf).map(([name, value]) => `--conf ${name}=${value}`);
  return [`--py-files ${options.pyFiles}`, ...settings].join(' ');
}
