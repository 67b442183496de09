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

describe('SparkCode', () => {
  test('stages the document that the declaration writes', () => {
    const { folder, code } = staged();
    expect(fs.readFileSync(path.join(folder, `asset.${code.specDocument.assetHash}.json`), 'utf8')).toBe(goldenText('card'));
  });

  test('stages the package that jobs import, without caches and without the jobs', () => {
    const { folder, code } = staged();
    const files = fs.readdirSync(path.join(folder, `asset.${code.pyFiles.assetHash}`), { recursive: true }).map(String);
    expect(files).toContain(path.join('medallion', 'spec', 'declaration.py'));
    expect(files.filter((file) => /__pycache__|\.pyc$|^jobs/.test(file))).toEqual([]);
  });

  test('gives the same declaration the same document', () => {
    expect(staged().code.specDocument.assetHash).toBe(staged().code.specDocument.assetHash);
  });
});
