import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { filesBelow, SourceTree } from './fixtures/source-tree';

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
  'platform': ['spec', 'lake', 'catalog', 'ingest', 'compute', 'feature-store', 'orchestration', 'observability'],
};

/** What several folders share and users do not need. */
const INTERNAL = ['spec/document', 'spec/lake-folders', 'spec/layout', 'spec/overflow-risks', 'spec/table-names'];

const src = new SourceTree(path.join(ROOT, 'src'));

describe('src', () => {
  test('has exactly the folders whose imports are ruled', () => {
    expect([...new Set(src.modules.map((module) => src.folderOf(module)))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  test.each(Object.keys(MAY_IMPORT))('%s imports only what comes before it', (folder) => {
    expect(src.forbiddenImports(folder, MAY_IMPORT[folder])).toEqual([]);
  });

  test('keeps the private files of a folder to that folder', () => {
    expect(src.importsOfPrivate()).toEqual([]);
  });

  test('has no file that imports itself by way of others, types aside', () => {
    expect(src.cycles()).toEqual([]);
  });

  test('exports every public file from the index, but for what its folders share', () => {
    expect(src.unexported()).toEqual(INTERNAL);
  });

  test.each(['src', 'assets/publisher', 'examples'])('neither imports a program nor is imported by one or by an example: %s', (folder) => {
    expect(new SourceTree(path.join(ROOT, folder)).importsFromOutside()).toEqual([]);
  });
});

describe('the rules of this test', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'architecture-'));
  const planted = {
    'index.ts': "export * from './spec/column';",
    'spec/column.ts': "import type { Lake } from '../lake/lake';",
    'spec/feature.ts': "import { Lake } from '../lake/lake';\nimport { rule } from './private/rule';",
    'spec/private/rule.ts': "import { program } from '../../../assets/program';",
    'lake/lake.ts': "import { Feature } from '../spec/feature';\nimport { rule } from '../spec/private/rule';",
    'platform.ts': "import { Lake } from './lake/lake';",
  };
  for (const [name, text] of Object.entries(planted)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  const tree = new SourceTree(folder);

  afterAll(() => fs.rmSync(folder, { recursive: true }));

  test('find what a folder may not import', () => {
    expect(tree.forbiddenImports('spec', [])).toEqual(['spec/column -> lake/lake', 'spec/feature -> lake/lake', 'spec/private/rule -> ../assets/program']);
    expect(tree.forbiddenImports('platform', [])).toEqual(['platform -> lake/lake']);
    expect(tree.forbiddenImports('lake', ['spec'])).toEqual([]);
  });

  test('find what a folder keeps private', () => {
    expect(tree.importsOfPrivate()).toEqual(['lake/lake -> spec/private/rule']);
  });

  test('find a cycle, once', () => {
    expect(tree.cycles()).toEqual(['lake/lake -> spec/feature -> lake/lake']);
  });

  test('find a public file that the index leaves out', () => {
    expect(tree.unexported()).toEqual(['lake/lake', 'platform', 'spec/feature']);
  });

  test('find an import from outside', () => {
    expect(tree.importsFromOutside()).toEqual(['spec/private/rule -> ../assets/program']);
  });
});

describe('sizes', () => {
  const typescript = [...filesBelow(path.join(ROOT, 'src'), '.ts'), ...filesBelow(path.join(ROOT, 'assets', 'publisher'), '.ts')];
  const python = [...filesBelow(path.join(ROOT, 'assets', 'spark'), '.py'), ...filesBelow(path.join(ROOT, 'assets', 'local'), '.py')];
  const jobs = filesBelow(path.join(ROOT, 'assets', 'spark', 'jobs'), '.py');

  test('no TypeScript file has more than 400 lines', () => {
    expect(longerThan(400, typescript)).toEqual([]);
  });

  test('half of the TypeScript files have at most 120 lines', () => {
    expect(longerThan(120, typescript).length).toBeLessThanOrEqual(typescript.length / 2);
  });

  test('no Python file has more than 300 lines', () => {
    expect(longerThan(300, python)).toEqual([]);
  });

  test('no job has more than 40 lines', () => {
    expect(longerThan(40, jobs)).toEqual([]);
  });
});

function longerThan(limit: number, files: string[]): string[] {
  return files.filter((file) => fs.readFileSync(file, 'utf8').split('\n').length - 1 > limit).map((file) => path.relative(ROOT, file));
}
