import { readFileSync } from 'fs';
import { join } from 'path';
import { RESERVED_COLUMNS } from '../../src/spec/private/reserved-names';

const NAMES = readFileSync(join(__dirname, '../../assets/spark/medallion/spec/names.py'), 'utf8');

/** What the constants of a Python module that are text have as their values. */
function constants(source: string): Map<string, string> {
  return new Map([...source.matchAll(/^(\w+)(?:: [^=]+)? = "(\w+)"/gm)].map(([, name, value]): [string, string] => [name, value]));
}

/** The values of the constants that a Python tuple lists. */
function listed(source: string, tuple: string): string[] {
  const [, items] = new RegExp(`^${tuple}(?:: [^=]+)? = \\(([^)]*)\\)`, 'm').exec(source)!;
  const values = constants(source);
  return items.replace(/#.*/g, '').split(',').map((item) => item.trim()).filter((item) => item !== '').map((name) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`${tuple}: got ${name}, expected a constant of the module that is text`);
    return value;
  });
}

test('synth refuses every name that the Spark jobs reserve', () => {
  const reserved = listed(NAMES, 'RESERVED_NAMES');

  expect(reserved).toContain('event_id');
  expect(RESERVED_COLUMNS).toEqual(expect.arrayContaining(reserved));
});
