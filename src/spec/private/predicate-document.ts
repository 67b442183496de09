import { documentLiteral } from './predicate-literal';
import { isCombination } from './predicate-term';
import { PredicateDocument } from '../document';
import { EventSchema } from '../event-schema';
import { Predicate } from '../predicate';

/** Writes a predicate as the document has it; a literal that its column cannot have is left out. */
export function predicateDocument(events: EventSchema, { _term: term }: Predicate): PredicateDocument {
  if (isCombination(term)) {
    return { combination: term.combination, predicates: term.predicates.map((predicate) => predicateDocument(events, predicate)) };
  }
  const { comparison, column: name } = term;
  const column = events.columns.find((candidate) => candidate.name === name);
  const values = term.values.flatMap((literal) => (column && documentLiteral(literal, column)) ?? []);
  if (comparison === 'oneOf') return { comparison, column: name, values };
  return values.length === 0 ? { comparison, column: name } : { comparison, column: name, value: values[0] };
}
