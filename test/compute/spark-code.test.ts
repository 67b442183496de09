import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { SparkCode } from '../../src/compute/spark-code';
import { goldenText } from '../fixtures/golden';
import { cardSpec } from '../fixtures/specs';

function staged(): { folder: string; code: SparkCode; stack: Stack } {
  const stack = new Stack(new App(), 'S');
  const code = new SparkCode(stack, 'Code', { spec: cardSpec() });
  return { stack, code, folder: (stack.node.root as App).assetOutdir };
}

/** The files below a folder, by their paths from it. */
function filesOf(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/')).sort();
}

describe('SparkCode', () => {
  test('stages the document that the declaration writes', () => {
    const { folder, code } = staged();
    expect(fs.readFileSync(path.join(folder, `asset.${code.specDocument.assetHash}.json`), 'utf8')).toBe(goldenText('card'));
  });

  test('stages every room of the package that jobs import, as a package of Python, and nothing else', () => {
    const { folder, code } = staged();
    const files = filesOf(path.join(folder, `asset.${code.pyFiles.assetHash}`));
    const rooms = ['arrays', 'bronze', 'evaluation', 'label_files', 'lake', 'layers', 'runs', 'spec'].map((room) => `medallion/${room}/__init__.py`);
    expect(files.filter((file) => file.endsWith('__init__.py'))).toEqual(['medallion/__init__.py', ...rooms]);
    expect(files).toEqual(filesOf(path.join(__dirname, '..', '..', 'assets', 'spark')).filter((file) => /^medallion\/.*\.py$/.test(file)));
    expect(files).toContain('medallion/runs/slot_run.py');
  });

  test('gives the same declaration the same document', () => {
    expect(staged().code.specDocument.assetHash).toBe(staged().code.specDocument.assetHash);
  });
});
