import type { Predicate } from '../predicate';

/** A value that a column is compared with, as it is declared. */
export type Literal = string | number | boolean;

export const EQUALITIES = ['equalTo', 'notEqualTo', 'oneOf'] as const;
export const ORDERINGS = ['greaterThan', 'greaterThanOrEqualTo', 'lessThan', 'lessThanOrEqualTo'] as const;
const PRESENCES = ['isNull', 'isNotNull'] as const;
export const COMPARISONS = [...EQUALITIES, ...ORDERINGS, ...PRESENCES] as const;
export const COMBINATIONS = ['allOf', 'anyOf', 'not'] as const;

/** A column against literals: several for `oneOf`, none for `isNull` and `isNotNull`, one for the others. */
export interface Comparison {
  readonly comparison: typeof COMPARISONS[number];
  readonly column: string;
  readonly values: Literal[];
}

/** Predicates under one logical word; `not` has one. */
export interface Combination {
  readonly combination: typeof COMBINATIONS[number];
  readonly predicates: Predicate[];
}

/** What a predicate says. */
export type PredicateTerm = Comparison | Combination;

/** Whether a term combines other predicates. */
export function isCombination(term: PredicateTerm): term is Combination {
  return 'combination' in term;
}
