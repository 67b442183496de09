import { Duration } from 'aws-cdk-lib';
import { ColumnType } from './column-type';
import { EventTimeFormat } from './event-time';

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
  /**
   * The column of the label files that holds the event id.
   *
   * An id is text, exactly as it is written; a whole number in JSON or Parquet is the text of its digits.
   */
  readonly eventId: string;
  /** The column that holds the label. A row without a value there says nothing about its event. */
  readonly label: string;
  /** The column that holds the instant at which the label became known. */
  readonly labelTime: string;
  /**
   * The type of the label: `DOUBLE`, `INTEGER`, `BOOLEAN` or `STRING`.
   *
   * True and false are 1 and 0 as a number. Classes that are text have to be declared as `STRING`: a label that is not
   * of its type is not used, and its row is kept in the quarantine of the labels with the reason.
   *
   * @default ColumnType.DOUBLE
   */
  readonly labelType?: ColumnType;
  /**
   * How the label time is written. Numbers have to have their unit declared.
   *
   * A timestamp column of a Parquet file is an instant whatever is declared here; without a time zone it is in UTC.
   *
   * @default EventTimeFormat.ISO8601
   */
  readonly labelTimeFormat?: EventTimeFormat;
  /**
   * The folder of the label files in the lake, at or under `labels/`.
   *
   * @default 'labels/'
   */
  readonly prefix?: string;
  /**
   * How long a label must have been known before it is used.
   *
   * A training set uses the newest label of each event that was known this long at the end of its last day: labels whose
   * time is at most that end less the maturity. Younger ones are used by later training sets.
   *
   * @default Duration.seconds(0)
   */
  readonly maturity?: Duration;
}

/**
 * Where the labels of training rows come from; they are joined to events by event id.
 *
 * Every file is read by its own column names, and never by guessing types. Rows and files that cannot be read are counted
 * in the manifest of the training set, and do not stop it.
 */
export class LabelSource {
  /** Labels in Parquet files. */
  public static parquet(options: LabelSourceOptions): LabelSource {
    return new LabelSource(LabelFormat.PARQUET, options);
  }

  /** Labels in CSV files with a header line: UTF-8 with commas, plain or gzip. */
  public static csv(options: LabelSourceOptions): LabelSource {
    return new LabelSource(LabelFormat.CSV, options);
  }

  /** Labels in files of one JSON object a line, plain or gzip. */
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
  /** The type of the label. */
  public readonly labelType: ColumnType;
  /** How the label time is written. */
  public readonly labelTimeFormat: EventTimeFormat;
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
    this.labelType = options.labelType ?? ColumnType.DOUBLE;
    this.labelTimeFormat = options.labelTimeFormat ?? EventTimeFormat.ISO8601;
    this.maturity = options.maturity ?? Duration.seconds(0);
  }
}
