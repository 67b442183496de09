import { Token } from 'aws-cdk-lib';
import { isName } from './names';
import { Problems, quoted } from '../../private/errors';
import { Column } from '../column';
import { EventSchema } from '../event-schema';

/** The declared column of a name; if there is none, the problem is noted. */
export function declaredColumn(problems: Problems, where: string, events: EventSchema, name: string): Column | undefined {
  const column = Token.isUnresolved(name) ? undefined : events.columns.find((candidate) => candidate.name === name);
  if (column === undefined) {
    const known = events.columns.filter((candidate) => isName(candidate.name)).map((candidate) => quoted(candidate.name));
    problems.add(where, quoted(name), `a declared column: ${known.join(', ') || 'there are none'}`, 'correct the name or declare the column');
  }
  return column;
}
