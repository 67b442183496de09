import { readFileSync } from 'fs';
import { join } from 'path';
import { RESERVED_COLUMNS } from '../../src/spec/private/reserved-names';

/** The names in a Python tuple of strings that is assigned to `name`. */
function pythonNames(file: string, name: string): string[] {
  const source = readFileSync(join(__dirname, '../../assets/spark/medallion', file), 'utf8');
  const tuple = source.match(new RegExp(`^${name}[^=]*= \\(([^)]*)\\)`, 'm'));
  return [...tuple![1].matchAll(/"([a-z_]+)"/g)].map(([, found]) => found);
}

test('synth refuses every name that the Spark jobs refuse', () => {
  const refusedBySpark = pythonNames('spec/declaration.py', 'RESERVED_NAMES');

  expect(refusedBySpark).toContain('event_id');
  expect(RESERVED_COLUMNS).toEqual(expect.arrayContaining(refusedBySpark));
});
