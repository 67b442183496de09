/** The types that an event's column may have; every store and program maps each of them. */
export enum ColumnType {
  /** Text. */
  STRING = 'string',
  /** A whole number of 64 bits. */
  INTEGER = 'integer',
  /** An exact number with a fixed count of decimals: the type for money. */
  DECIMAL = 'decimal',
  /** A floating-point number of 64 bits. */
  DOUBLE = 'double',
  /** True or false. */
  BOOLEAN = 'boolean',
  /** An instant in UTC, to the microsecond. */
  TIMESTAMP = 'timestamp',
}
