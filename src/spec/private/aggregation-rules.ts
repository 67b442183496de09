import { Aggregation } from '../aggregation';
import { Column } from '../column';
import { ColumnType } from '../column-type';
import { ValueType } from '../document';

/** What one aggregation accepts and yields. */
export interface AggregationRule {
  /** The column types that it accepts; none if it takes no column. */
  readonly accepts: ColumnType[];
  /** The value of an empty window; undefined if there is none. */
  readonly emptyValue?: string;
}

/** Digits of a sum or difference of decimals: those of a 64-bit integer of minor units. */
export const SUM_PRECISION = 19;

/** Every type. */
export const ANY = Object.values(ColumnType);

/** The types that can be calculated with. */
export const NUMBERS = [ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.DOUBLE];

/** The types whose values are smaller or larger than one another. */
export const ORDERED = [...NUMBERS, ColumnType.TIMESTAMP];

/** The types whose values are told apart exactly. */
export const EXACT = ANY.filter((type) => type !== ColumnType.DOUBLE);

export const AGGREGATION_RULES: Record<Aggregation, AggregationRule> = {
  [Aggregation.COUNT]: { accepts: [], emptyValue: '0' },
  [Aggregation.SUM]: { accepts: NUMBERS, emptyValue: '0' },
  [Aggregation.COUNT_DISTINCT]: { accepts: EXACT, emptyValue: '0' },
  [Aggregation.MEAN]: { accepts: NUMBERS },
  [Aggregation.VARIANCE]: { accepts: NUMBERS },
  [Aggregation.STDDEV]: { accepts: NUMBERS },
  [Aggregation.MIN]: { accepts: ORDERED },
  [Aggregation.MAX]: { accepts: ORDERED },
  [Aggregation.FIRST]: { accepts: ANY },
  [Aggregation.LAST]: { accepts: ANY },
  [Aggregation.TIME_SINCE_LAST]: { accepts: [] },
};

/** The type of a column's values, with the digits of a decimal. */
export function valueType({ type, precision, scale }: Column): ValueType {
  return type === ColumnType.DECIMAL ? { type, precision, scale } : { type };
}

/** The type of an aggregation's result; the column is undefined where it takes none. */
export function resultType(aggregation: Aggregation, column?: Column): ValueType {
  switch (aggregation) {
    case Aggregation.COUNT:
    case Aggregation.COUNT_DISTINCT:
      return { type: ColumnType.INTEGER };
    case Aggregation.MEAN:
    case Aggregation.VARIANCE:
    case Aggregation.STDDEV:
    case Aggregation.TIME_SINCE_LAST:
      return { type: ColumnType.DOUBLE };
    case Aggregation.SUM:
      return column!.type === ColumnType.DECIMAL
        ? { type: ColumnType.DECIMAL, precision: SUM_PRECISION, scale: column!.scale }
        : { type: column!.type };
    case Aggregation.MIN:
    case Aggregation.MAX:
    case Aggregation.FIRST:
    case Aggregation.LAST:
      return valueType(column!);
  }
}
