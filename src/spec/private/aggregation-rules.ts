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

/** Digits of a sum of decimals: those of a 64-bit integer of minor units. */
const SUM_PRECISION = 19;

const NUMBERS = [ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.DOUBLE];
const ORDERED = [...NUMBERS, ColumnType.TIMESTAMP];
const COUNTABLE = Object.values(ColumnType).filter((type) => type !== ColumnType.DOUBLE);

export const AGGREGATION_RULES: Record<Aggregation, AggregationRule> = {
  [Aggregation.COUNT]: { accepts: [], emptyValue: '0' },
  [Aggregation.SUM]: { accepts: NUMBERS, emptyValue: '0' },
  [Aggregation.COUNT_DISTINCT]: { accepts: COUNTABLE, emptyValue: '0' },
  [Aggregation.MEAN]: { accepts: NUMBERS },
  [Aggregation.MIN]: { accepts: ORDERED },
  [Aggregation.MAX]: { accepts: ORDERED },
  [Aggregation.LAST]: { accepts: Object.values(ColumnType) },
};

/** The type of a column's values, with the digits of a decimal. */
export function valueType({ type, precision, scale }: Column): ValueType {
  return type === ColumnType.DECIMAL ? { type, precision, scale } : { type };
}

/** The type of an aggregation's result; the column is undefined for a count of events. */
export function resultType(aggregation: Aggregation, column?: Column): ValueType {
  switch (aggregation) {
    case Aggregation.COUNT:
    case Aggregation.COUNT_DISTINCT:
      return { type: ColumnType.INTEGER };
    case Aggregation.MEAN:
      return { type: ColumnType.DOUBLE };
    case Aggregation.SUM:
      return column!.type === ColumnType.DECIMAL
        ? { type: ColumnType.DECIMAL, precision: SUM_PRECISION, scale: column!.scale }
        : { type: column!.type };
    case Aggregation.MIN:
    case Aggregation.MAX:
    case Aggregation.LAST:
      return valueType(column!);
  }
}
