import { Token } from 'aws-cdk-lib';
import { ANY, EXACT, ORDERED } from './aggregation-rules';
import { declaredColumn } from './declared-column';
import { MAX_PREDICATE_NESTING } from './limits';
import { documentLiteral, LITERAL_RULES } from './predicate-literal';
import { Combination, Comparison, EQUALITIES, isCombination, Literal, ORDERINGS } from './predicate-term';
import { Problems, quoted } from '../../private/errors';
import { Column } from '../column';
import { ColumnType } from '../column-type';
import { EventSchema } from '../event-schema';
import { Predicate } from '../predicate';

/** Notes everything that is wrong with a predicate, given the events. */
export function checkPredicate(problems: Problems, where: string, events: EventSchema, { _term: term }: Predicate, nesting = 0): void {
  if (!isCombination(term)) {
    checkComparison(problems, where, events, term);
  } else if (nesting === MAX_PREDICATE_NESTING) {
    problems.add(
      where, `the combination ${term.combination} inside of ${nesting} others`, `at most ${MAX_PREDICATE_NESTING} inside one another`,
      'put the predicates of equal combinations into one',
    );
  } else {
    checkCombination(problems, where, events, term, nesting);
  }
}

function checkCombination(problems: Problems, where: string, events: EventSchema, { combination, predicates }: Combination, nesting: number): void {
  if (predicates.length === 0) {
    problems.add(where, `${combination} of nothing`, 'at least one predicate', 'list the predicates, or leave the combination out');
  }
  predicates.forEach((predicate, index) => {
    const path = combination === 'not' ? `${where}.not` : `${where}.${combination}[${index}]`;
    checkPredicate(problems, path, events, predicate, nesting + 1);
  });
}

function checkComparison(problems: Problems, where: string, events: EventSchema, { comparison, column: name, values }: Comparison): void {
  const column = declaredColumn(problems, `${where}.column`, events, name);
  if (column === undefined) return;
  const accepts = comparableTypes(comparison);
  if (!accepts.includes(column.type)) {
    problems.add(
      `${where}.column`, `the ${column.type} column ${quoted(name)}`, `a column of type ${accepts.join(', ')} for ${comparison}`,
      column.type === ColumnType.DOUBLE ? 'compare it by order, for example with greaterThan' : 'choose another column or comparison',
    );
    return;
  }
  if (comparison === 'oneOf') {
    checkList(problems, `${where}.values`, column, values);
  } else {
    for (const value of values) checkLiteral(problems, `${where}.value`, column, value);
  }
}

function comparableTypes(comparison: Comparison['comparison']): ColumnType[] {
  if ((EQUALITIES as readonly string[]).includes(comparison)) return EXACT;
  return (ORDERINGS as readonly string[]).includes(comparison) ? ORDERED : ANY;
}

function checkList(problems: Problems, where: string, column: Column, values: Literal[]): void {
  if (Token.isUnresolved(values)) {
    problems.add(where, 'a token', 'literal values', 'give values that are known at synthesis');
    return;
  }
  if (values.length === 0) problems.add(where, 'none', 'at least one value', 'list the values that take part');
  const seen = new Set<string | boolean>();
  values.forEach((value, index) => {
    const written = checkLiteral(problems, `${where}[${index}]`, column, value);
    if (written === undefined) return;
    if (seen.has(written)) problems.add(`${where}[${index}]`, `${shown(value)} again`, 'different values', 'remove the second one');
    seen.add(written);
  });
}

/** The literal as the document has it, unless it cannot be compared with the column. */
function checkLiteral(problems: Problems, where: string, column: Column, literal: Literal): string | boolean | undefined {
  if (column.type === ColumnType.DECIMAL && !hasDigits(column)) return undefined;
  const { expected, fix } = LITERAL_RULES[column.type];
  const written = Token.isUnresolved(literal) ? undefined : documentLiteral(literal, column);
  if (written === undefined) problems.add(where, `${shown(literal)} for the ${column.type} column ${quoted(column.name)}`, expected(column), fix);
  return written;
}

/** Whether digits are stated at all; if not, that is a problem of the column. */
function hasDigits({ precision, scale }: Column): boolean {
  return Number.isSafeInteger(precision) && Number.isSafeInteger(scale);
}

function shown(literal: Literal): string {
  return typeof literal === 'boolean' ? `${literal}` : quoted(literal);
}
