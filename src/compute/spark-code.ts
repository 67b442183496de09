import * as fs from 'node:fs';
import * as path from 'node:path';
import { IgnoreMode, aws_s3_assets as s3_assets } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { MedallionError } from '../private/errors';
import { jsonAsset } from '../private/json-asset';
import { FeatureSpec } from '../spec/feature-spec';

const SPARK_FOLDER = path.join(__dirname, '..', '..', 'assets', 'spark');

/** What is no part of the package that jobs import, as patterns of a `.gitignore`: everything but its sources. */
const NOT_THE_PACKAGE = ['*', '!*/', '!/medallion/**/*.py', '/jobs/', '__pycache__/', '.*'];

/** Properties for `SparkCode`. */
export interface SparkCodeProps {
  /** The declaration that the jobs read. */
  readonly spec: FeatureSpec;
}

/**
 * The code of the Spark jobs and the spec document, as plain files in the bootstrap bucket.
 *
 * Nothing is installed or built: the jobs use only what the image of EMR Serverless has.
 */
export class SparkCode extends Construct {
  /** The declaration that the jobs read. */
  public readonly spec: FeatureSpec;

  /** The job that cleans events, computes features and writes the publish set. */
  public readonly silverAndGold: s3_assets.Asset;

  /** The job that builds the training and inference datasets of a day. */
  public readonly buildDatasets: s3_assets.Asset;

  /** The job that recomputes silver and gold for a range of time. */
  public readonly backfill: s3_assets.Asset;

  /** The package that the jobs import, as an archive for `--py-files`. */
  public readonly pyFiles: s3_assets.Asset;

  /** The spec document. */
  public readonly specDocument: s3_assets.Asset;

  public constructor(scope: Construct, id: string, props: SparkCodeProps) {
    super(scope, id);
    this.spec = props.spec;
    this.pyFiles = new s3_assets.Asset(this, 'PyFiles', {
      path: SPARK_FOLDER,
      exclude: NOT_THE_PACKAGE,
      ignoreMode: IgnoreMode.GIT,
    });
    this.silverAndGold = this.entryPoint('SilverAndGold', 'silver_and_gold.py');
    this.buildDatasets = this.entryPoint('BuildDatasets', 'build_datasets.py');
    this.backfill = this.entryPoint('Backfill', 'backfill.py');
    this.specDocument = jsonAsset(this, 'SpecDocument', props.spec._documentText());
  }

  private entryPoint(id: string, file: string): s3_assets.Asset {
    const entryPoint = path.join(SPARK_FOLDER, 'jobs', file);
    if (!fs.existsSync(entryPoint)) {
      throw new MedallionError('MissingAsset', [{
        where: this.node.path,
        got: `no file 'assets/spark/jobs/${file}'`,
        expected: 'the Spark code of the package',
        fix: 'install the package again',
      }]);
    }
    return new s3_assets.Asset(this, id, { path: entryPoint });
  }
}
