import * as fs from 'node:fs';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..');

/** Which folders of `src` a folder may import, besides itself and `private`. */
const MAY_IMPORT: Record<string, string[]> = {
  'private': [],
  'spec': [],
  'lake': ['spec'],
  'catalog': ['spec', 'lake'],
  'ingest': ['spec', 'lake', 'catalog'],
  'compute': ['spec', 'lake', 'catalog'],
  'feature-store': ['spec', 'lake', 'catalog'],
  'orchestration': ['spec', 'lake', 'catalog', 'compute', 'feature-store'],
  'observability': ['spec', 'lake', 'catalog', 'ingest', 'compute', 'feature-store', 'orchestration'],
  'platform': ['spec', 'lake', 'catalog', 'ingest', 'compute', 'feature-store', 'orchestration', 'observability', 'platform'],
};

function files(folder: string, ending: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending) && !entry.name.endsWith('.d.ts'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !/node_modules|__pycache__|publisher[\\/]bundle/.test(file));
}

function importsOf(file: string): string[] {
  return [...fs.readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)].map(([, target]) => path.resolve(path.dirname(file), target));
}

/** The first folder below `src`, or `platform` for the files beside the folders. */
function layer(file: string): string {
  const [first, ...rest] = path.relative(path.join(ROOT, 'src'), file).split(path.sep);
  return rest.length === 0 ? 'platform' : first;
}

function lines(file: string): number {
  return fs.readFileSync(file, 'utf8').split('\n').length - 1;
}

function named(found: string[]): string[] {
  return found.map((file) => path.relative(ROOT, file));
}

const sources = files(path.join(ROOT, 'src'), '.ts').filter((file) => path.basename(file) !== 'index.ts');

describe('src', () => {
  test('has only folders whose imports are ruled', () => {
    expect(sources.map(layer).filter((name) => !(name in MAY_IMPORT))).toEqual([]);
  });

  test.each(Object.keys(MAY_IMPORT))('%s imports only what comes before it', (folder) => {
    const allowed = [folder, 'private', ...MAY_IMPORT[folder]];
    const edges = sources.filter((file) => layer(file) === folder).flatMap((file) =>
      importsOf(file).filter((target) => !allowed.includes(layer(target))).map((target) => named([file, target]).join(' -> ')));
    expect(edges).toEqual([]);
  });

  test('keeps the private files of a folder to that folder', () => {
    const edges = sources.flatMap((file) => importsOf(file)
      .filter((target) => /[\\/]src[\\/][^\\/]+[\\/]private[\\/]/.test(target) && layer(target) !== layer(file))
      .map((target) => named([file, target]).join(' -> ')));
    expect(edges).toEqual([]);
  });

  test('imports no program, and no program imports it', () => {
    const programs = files(path.join(ROOT, 'assets'), '.ts');
    const crossing = [...sources, ...programs].flatMap((file) => importsOf(file)
      .filter((target) => target.startsWith(path.join(ROOT, 'assets')) !== file.startsWith(path.join(ROOT, 'assets')))
      .map((target) => named([file, target]).join(' -> ')));
    expect(crossing).toEqual([]);
  });

  test('has no file that imports itself by way of others, types aside', () => {
    const graph = new Map(sources.map((file) => [file, valueImports(file)]));
    expect(cycles(graph)).toEqual([]);
  });

  test('is imported by the examples by the name of the package', () => {
    const relative = files(path.join(ROOT, 'examples'), '.ts').filter((file) => importsOf(file).some((target) => target.startsWith(path.join(ROOT, 'src'))));
    expect(named(relative)).toEqual([]);
  });

  test('exports every public file from the index', () => {
    const index = importsOf(path.join(ROOT, 'src', 'index.ts')).map((target) => `${target}.ts`);
    const exported = sources.filter((file) => index.includes(file));
    expect(named(index.filter((file) => !exported.includes(file)))).toEqual([]);
  });
});

describe('sizes', () => {
  const python = [...files(path.join(ROOT, 'assets', 'spark'), '.py'), ...files(path.join(ROOT, 'assets', 'local'), '.py')];

  test('no TypeScript file has more than 400 lines', () => {
    const programs = files(path.join(ROOT, 'assets', 'publisher'), '.ts');
    expect(named([...sources, ...programs].filter((file) => lines(file) > 400))).toEqual([]);
  });

  test('half of the TypeScript files have at most 120 lines', () => {
    const sorted = sources.map(lines).sort((left, right) => left - right);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(120);
  });

  test('no Python file has more than 300 lines', () => {
    expect(named(python.filter((file) => lines(file) > 300))).toEqual([]);
  });

  test('no job has more than 40 lines', () => {
    expect(named(files(path.join(ROOT, 'assets', 'spark', 'jobs'), '.py').filter((file) => lines(file) > 40))).toEqual([]);
  });
});

function valueImports(file: string): string[] {
  const text = fs.readFileSync(file, 'utf8').replace(/import type [^;]+;/g, '');
  return [...text.matchAll(/from '(\.[^']+)'/g)].map(([, target]) => `${path.resolve(path.dirname(file), target)}.ts`);
}

function cycles(graph: Map<string, string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: string[]) => {
    if (trail.includes(file)) {
      found.push(named([...trail.slice(trail.indexOf(file)), file]).join(' -> '));
    } else if (!done.has(file)) {
      (graph.get(file) ?? []).forEach((target) => visit(target, [...trail, file]));
      done.add(file);
    }
  };
  [...graph.keys()].forEach((file) => visit(file, []));
  return found;
}
