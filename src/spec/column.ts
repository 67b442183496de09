import { ColumnType } from './column-type';
import { DecimalRounding } from './decimal-rounding';

/** Options of a column of any type. */
export interface ColumnOptions {
  /**
   * Whether an event without a value is refused.
   *
   * A column that identifies an entity must be required.
   *
   * @default false
   */
  readonly required?: boolean;
  /**
   * Where an event has the value: the name of a key of its object, or a path into the objects and arrays in it.
   *
   * A path begins with `$`: `$.payment.card.id` leads into nested objects, `$.items[0].id` into an array, and
   * `$['card.id']` to a key with dots, blanks or other signs. It is a JSONPath that names one value (RFC 9535), without
   * negative indexes. A key is found exactly as it is written, capitals included. What is missing or null there, or lies
   * beyond something that is no object or no array, is not there.
   *
   * @default - the key of the column's own name
   */
  readonly source?: string;
  /**
   * Where else an event may have the value: of all places, the first that has one other than null is read.
   *
   * For producers that write the value in different places, or that are about to move it.
   *
   * @default - nowhere else
   */
  readonly fallbackSources?: string[];
}

/** Options of a text column. */
export interface StringColumnOptions extends ColumnOptions {
  /**
   * A regular expression that a value must contain; anchor it with `^` and `$` to match the whole value.
   *
   * It means what it means in JavaScript with the flag `u`: `.` is any character but a line end, `\s` knows the white
   * space of ECMAScript, `\d`, `\w` and `\b` know ASCII, `$` is the very end, and a character beyond U+FFFF is one
   * character. Named groups, look-behind, back-references, `\p` and flags are refused.
   *
   * @default - any text
   */
  readonly pattern?: string;
  /**
   * The most characters that a value may have.
   *
   * @default - any length
   */
  readonly maxLength?: number;
  /**
   * The only values that are accepted.
   *
   * @default - any text
   */
  readonly allowedValues?: string[];
}

/**
 * Options of a numeric column.
 *
 * A bound holds for the value as it is kept: rounded, if the column rounds, and in a double column as the nearest double.
 */
export interface NumberColumnOptions extends ColumnOptions {
  /**
   * The value must be greater than this.
   *
   * @default - no lower bound
   */
  readonly greaterThan?: number;
  /**
   * The value must be this or greater.
   *
   * @default - no lower bound
   */
  readonly greaterThanOrEqualTo?: number;
  /**
   * The value must be less than this.
   *
   * @default - no upper bound
   */
  readonly lessThan?: number;
  /**
   * The value must be this or less.
   *
   * @default - no upper bound
   */
  readonly lessThanOrEqualTo?: number;
}

/** Options of an exact decimal column. */
export interface DecimalColumnOptions extends NumberColumnOptions {
  /** How many digits a value has at most, decimals included: 1 to 18. */
  readonly precision: number;
  /** How many of the digits are decimals: 0 to the precision. */
  readonly scale: number;
  /**
   * What becomes of a number with more decimals than that; zeros at its end are none.
   *
   * @default DecimalRounding.REFUSE
   */
  readonly rounding?: DecimalRounding;
}

/** The rules of a column that depend on its type; those of other types stay undefined. */
interface ColumnRules extends StringColumnOptions, NumberColumnOptions {
  readonly precision?: number;
  readonly scale?: number;
  readonly rounding?: DecimalRounding;
}

/**
 * One named value of an event, with its type and the values that are accepted.
 *
 * An event that breaks a rule of its column is kept in the quarantine with the reason.
 */
export class Column {
  /** A column of text. */
  public static string(name: string, options: StringColumnOptions = {}): Column {
    return new Column(name, ColumnType.STRING, options);
  }

  /** A column of whole 64-bit numbers, written as JSON numbers or the same in quotes. */
  public static integer(name: string, options: NumberColumnOptions = {}): Column {
    return new Column(name, ColumnType.INTEGER, options);
  }

  /** A column of exact decimals, such as amounts of money, written as JSON numbers or the same in quotes. */
  public static decimal(name: string, options: DecimalColumnOptions): Column {
    return new Column(name, ColumnType.DECIMAL, { ...options, rounding: options.rounding ?? DecimalRounding.REFUSE });
  }

  /** A column of 64-bit floating-point numbers, written as JSON numbers or the same in quotes; infinities and NaN are refused. */
  public static double(name: string, options: NumberColumnOptions = {}): Column {
    return new Column(name, ColumnType.DOUBLE, options);
  }

  /** A column of true or false. */
  public static boolean(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, ColumnType.BOOLEAN, options);
  }

  /** A column of instants, written as ISO 8601 text with an offset from UTC, as `EventTime.iso8601` reads it. */
  public static timestamp(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, ColumnType.TIMESTAMP, options);
  }

  /** Whether an event without a value is refused. */
  public readonly required: boolean;
  /** Where an event has the value; undefined for the key of the column's name. */
  public readonly source?: string;
  /** Where else an event may have the value, the best place first. */
  public readonly fallbackSources: string[];
  /** The most digits of a decimal; undefined for other types. */
  public readonly precision?: number;
  /** The decimals of a decimal; undefined for other types. */
  public readonly scale?: number;
  /** What becomes of more decimals than a decimal has; undefined for other types. */
  public readonly rounding?: DecimalRounding;
  /** The regular expression that text must contain. */
  public readonly pattern?: string;
  /** The most characters that text may have. */
  public readonly maxLength?: number;
  /** The only text that is accepted. */
  public readonly allowedValues?: string[];
  /** The exclusive lower bound of a number. */
  public readonly greaterThan?: number;
  /** The inclusive lower bound of a number. */
  public readonly greaterThanOrEqualTo?: number;
  /** The exclusive upper bound of a number. */
  public readonly lessThan?: number;
  /** The inclusive upper bound of a number. */
  public readonly lessThanOrEqualTo?: number;

  private constructor(
    /** The column's name in every table, and the key of the value in the event's object unless there is a source. */
    public readonly name: string,
    /** The type of the value. */
    public readonly type: ColumnType,
    rules: ColumnRules,
  ) {
    this.required = rules.required ?? false;
    this.source = rules.source;
    this.fallbackSources = [...rules.fallbackSources ?? []];
    this.precision = rules.precision;
    this.scale = rules.scale;
    this.rounding = rules.rounding;
    this.pattern = rules.pattern;
    this.maxLength = rules.maxLength;
    this.allowedValues = rules.allowedValues && [...rules.allowedValues];
    this.greaterThan = rules.greaterThan;
    this.greaterThanOrEqualTo = rules.greaterThanOrEqualTo;
    this.lessThan = rules.lessThan;
    this.lessThanOrEqualTo = rules.lessThanOrEqualTo;
  }
}
