import { MedallionError, quoted } from '../private/errors';

const RELEASE_LABEL = /^emr-(?:\d+\.\d+\.\d+|spark-\d+\.\d+\.\d+)$/;

/** A release of EMR Serverless: the versions of Spark, Iceberg and Python that the jobs run on. */
export class EmrRelease {
  /** EMR 7.14.0: Spark 3.5.8, Iceberg 1.10.1, Python 3.9. */
  public static readonly EMR_7_14_0 = new EmrRelease('emr-7.14.0');

  /** EMR 7.13.0: Spark 3.5.6, Iceberg 1.10.0, Python 3.9. */
  public static readonly EMR_7_13_0 = new EmrRelease('emr-7.13.0');

  /**
   * A release that this class does not list.
   *
   * The jobs are written for Spark 3.5 and Python 3.9 and use Iceberg from the image: a release with other versions
   * has to be tried out first.
   *
   * @param label the label as EMR Serverless writes it, for example `emr-7.14.0`
   */
  public static of(label: string): EmrRelease {
    if (!RELEASE_LABEL.test(label)) {
      throw new MedallionError('InvalidProperty', [{
        where: 'EmrRelease.label',
        got: quoted(label),
        expected: "a label such as 'emr-7.14.0'",
        fix: 'use one of the labels that EMR Serverless lists',
      }]);
    }
    return new EmrRelease(label);
  }

  private constructor(
    /** The label as EMR Serverless writes it. */
    public readonly label: string,
  ) {}
}
