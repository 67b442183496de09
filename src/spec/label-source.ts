import { Duration } from 'aws-cdk-lib';

/** The file formats that a label source may have. */
export enum LabelFormat {
  /** Apache Parquet files. */
  PARQUET = 'parquet',
  /** CSV files with a header line. */
  CSV = 'csv',
  /** Files of one JSON object a line. */
  JSON_LINES = 'jsonl',
}

/** Options of a label source. */
export interface LabelSourceOptions {
  /** The column of the label files that holds the event id. */
  readonly eventId: string;
  /** The column that holds the label. */
  readonly label: string;
  /** The column that holds the instant at which the label became known. */
  readonly labelTime: string;
  /**
   * The folder of the label files in the lake, at or under `labels/`.
   *
   * @default 'labels/'
   */
  readonly prefix?: string;
  /**
   * How long a label must have been known before it is used.
   *
   * @default Duration.seconds(0)
   */
  readonly maturity?: Duration;
}

/** Where the labels of training rows come from; they are joined to events by event id. */
export class LabelSource {
  /** Labels in Parquet files. */
  public static parquet(options: LabelSourceOptions): LabelSource {
    return new LabelSource(LabelFormat.PARQUET, options);
  }

  /** Labels in CSV files with a header line. */
  public static csv(options: LabelSourceOptions): LabelSource {
    return new LabelSource(LabelFormat.CSV, options);
  }

  /** Labels in files of one JSON object a line. */
  public static jsonLines(options: LabelSourceOptions): LabelSource {
    return new LabelSource(LabelFormat.JSON_LINES, options);
  }

  /** The folder of the label files in the lake. */
  public readonly prefix: string;
  /** The column that holds the event id. */
  public readonly eventId: string;
  /** The column that holds the label. */
  public readonly label: string;
  /** The column that holds the instant at which the label became known. */
  public readonly labelTime: string;
  /** How long a label must have been known before it is used. */
  public readonly maturity: Duration;

  private constructor(
    /** The format of the label files. */
    public readonly format: LabelFormat,
    options: LabelSourceOptions,
  ) {
    this.prefix = options.prefix ?? 'labels/';
    this.eventId = options.eventId;
    this.label = options.label;
    this.labelTime = options.labelTime;
    this.maturity = options.maturity ?? Duration.seconds(0);
  }
}
