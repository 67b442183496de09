import { AGGREGATION_RULES, NUMBERS, resultType, SUM_PRECISION } from './aggregation-rules';
import { DerivedFeature, isDerived } from './feature-kinds';
import { ColumnType } from '../column-type';
import { Derivation } from '../derivation';
import { ValueType } from '../document';
import { EventSchema } from '../event-schema';
import { Feature } from '../feature';

/** The options that name the operands of a derivation, in the order of the document. */
export const OPERAND_OPTIONS: Record<Derivation, string[]> = {
  [Derivation.RATIO]: ['numerator', 'denominator'],
  [Derivation.DIFFERENCE]: ['minuend', 'subtrahend'],
  [Derivation.Z_SCORE]: ['value', 'mean', 'stddev'],
};

/** Whether a value can be calculated with. */
export function isNumeric({ type }: ValueType): boolean {
  return NUMBERS.includes(type as ColumnType);
}

/** The type of a derivation's result, given the types of its operands. */
function derivedType(derivation: Derivation, operands: ValueType[]): ValueType {
  const [minuend, subtrahend] = operands;
  const isExact = derivation === Derivation.DIFFERENCE && minuend.type === subtrahend.type && minuend.scale === subtrahend.scale;
  if (!isExact) return { type: ColumnType.DOUBLE };
  return minuend.type === ColumnType.DECIMAL ? { type: ColumnType.DECIMAL, precision: SUM_PRECISION, scale: minuend.scale } : { type: minuend.type };
}

/** The result types of a group's features by name; a feature is missing where a mistake leaves its type open. */
export function resultTypes(events: EventSchema, features: Feature[]): Map<string, ValueType> {
  const types = new Map<string, ValueType>();
  for (const feature of features) {
    const type = isDerived(feature) ? typeOfDerived(feature, types) : typeOfAggregated(events, feature);
    if (type !== undefined && !types.has(feature.name)) types.set(feature.name, type);
  }
  return types;
}

function typeOfAggregated(events: EventSchema, { aggregation, column: name }: Feature): ValueType | undefined {
  const { accepts } = AGGREGATION_RULES[aggregation!];
  if (accepts.length === 0) return resultType(aggregation!);
  const column = events.columns.find((candidate) => candidate.name === name);
  return column && accepts.includes(column.type) ? resultType(aggregation!, column) : undefined;
}

function typeOfDerived({ derivation, operands }: DerivedFeature, known: Map<string, ValueType>): ValueType | undefined {
  const types = operands.map((operand) => known.get(operand)).filter((type) => type !== undefined);
  return types.length === operands.length && types.every(isNumeric) ? derivedType(derivation, types) : undefined;
}
