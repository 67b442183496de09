import * as fs from 'node:fs';
import * as path from 'node:path';

const ASSEMBLY = path.join(__dirname, '..', '..', '.jsii');

/** What the compiler wrote down of the public types. */
function readAssembly(): any {
  if (!fs.existsSync(ASSEMBLY)) throw new Error(".jsii: got no file, expected what the compiler writes; run 'npx projen compile'");
  return JSON.parse(fs.readFileSync(ASSEMBLY, 'utf8'));
}

/** Every type reference of our own members, with the path that leads to it. */
function references(node: unknown, trail: string): { trail: string; type: any }[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, child]) => {
    const here = `${trail}.${(child as { name?: string })?.name ?? name}`;
    const own = ['type', 'returns'].includes(name) && typeof child === 'object' ? [{ trail, type: child }] : [];
    return [...own, ...references(child, here)];
  });
}

describe('public API', () => {
  const assembly = readAssembly();
  const all = Object.entries(assembly.types).flatMap(([name, type]) => references(type, name));

  test('has members', () => {
    expect(all.length).toBeGreaterThan(100);
  });

  test('has no type that another language would see as anything or as one of several, literals of predicates aside', () => {
    const loose = all.filter(({ type }) => /"primitive":"(any|json)"|"union"/.test(JSON.stringify(type)));
    expect(loose.map(({ trail }) => trail).filter((trail) => !/\.Predicate\.methods\.\w+\.parameters\.values?$/.test(trail))).toEqual([]);
  });

  test('documents every type and member', () => {
    const undocumented = Object.values<any>(assembly.types).flatMap((type) => [
      ...(type.docs?.summary ? [] : [type.name]),
      ...[...(type.properties ?? []), ...(type.methods ?? [])]
        .filter(({ docs, overrides }) => !docs?.summary && !overrides)
        .map(({ name }) => `${type.name}.${name}`),
    ]);
    expect(undocumented).toEqual([]);
  });

  test('states what an optional property is when it is left out', () => {
    const silent = Object.values<any>(assembly.types).filter(({ datatype }) => datatype).flatMap(({ name, properties = [] }) =>
      properties.filter(({ optional, docs }: any) => optional && !docs?.default).map((property: any) => `${name}.${property.name}`));
    expect(silent).toEqual([]);
  });
});
