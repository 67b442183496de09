import { PredicateTerm } from './private/predicate-term';

/**
 * Which events take part in a feature: those whose columns make the predicate true.
 *
 * The logic has three values, as in SQL. A comparison with a column that has no value is unknown, and so is the
 * negation of something unknown; `isNull` and `isNotNull` are never unknown. An unknown event does not take part.
 *
 * Numbers may be given as decimal text, such as `'0.1'` or `'9223372036854775807'`, where a JavaScript number is not
 * exact. Instants are ISO 8601 text with an offset from UTC, such as `'2025-10-23T22:40:00Z'`.
 */
export class Predicate {
  /** True where the column has this value. Doubles cannot be tested for equality, because they are rounded. */
  public static equalTo(column: string, value: string | number | boolean): Predicate {
    return new Predicate({ comparison: 'equalTo', column, values: [value] });
  }

  /** True where the column has another value; unknown where it has none. Not for doubles. */
  public static notEqualTo(column: string, value: string | number | boolean): Predicate {
    return new Predicate({ comparison: 'notEqualTo', column, values: [value] });
  }

  /** True where the column has one of these values. Not for doubles. */
  public static oneOf(column: string, values: Array<string | number | boolean>): Predicate {
    return new Predicate({ comparison: 'oneOf', column, values: [...values] });
  }

  /** True where a number is greater, or an instant later, than this. */
  public static greaterThan(column: string, value: string | number): Predicate {
    return new Predicate({ comparison: 'greaterThan', column, values: [value] });
  }

  /** True where a number is this or greater, or an instant this or later. */
  public static greaterThanOrEqualTo(column: string, value: string | number): Predicate {
    return new Predicate({ comparison: 'greaterThanOrEqualTo', column, values: [value] });
  }

  /** True where a number is less, or an instant earlier, than this. */
  public static lessThan(column: string, value: string | number): Predicate {
    return new Predicate({ comparison: 'lessThan', column, values: [value] });
  }

  /** True where a number is this or less, or an instant this or earlier. */
  public static lessThanOrEqualTo(column: string, value: string | number): Predicate {
    return new Predicate({ comparison: 'lessThanOrEqualTo', column, values: [value] });
  }

  /** True where the column has no value. */
  public static isNull(column: string): Predicate {
    return new Predicate({ comparison: 'isNull', column, values: [] });
  }

  /** True where the column has a value. */
  public static isNotNull(column: string): Predicate {
    return new Predicate({ comparison: 'isNotNull', column, values: [] });
  }

  /** True where every one of the predicates is true. */
  public static allOf(...predicates: Predicate[]): Predicate {
    return new Predicate({ combination: 'allOf', predicates: [...predicates] });
  }

  /** True where at least one of the predicates is true. */
  public static anyOf(...predicates: Predicate[]): Predicate {
    return new Predicate({ combination: 'anyOf', predicates: [...predicates] });
  }

  /** True where the predicate is false; unknown where it is unknown. */
  public static not(predicate: Predicate): Predicate {
    return new Predicate({ combination: 'not', predicates: [predicate] });
  }

  /**
   * What the predicate says.
   *
   * @internal
   */
  public readonly _term: PredicateTerm;

  private constructor(term: PredicateTerm) {
    this._term = term;
  }
}
