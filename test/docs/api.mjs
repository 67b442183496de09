// Writes API.md from the doc comments of the compiled library: node test/docs/api.mjs [file]
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Writes the document. jsii-docgen opens every assembly below its folder, and follows links: here the library is among
 * its own packages, once in each of forty depths. So it gets a folder with nothing but what the library depends on.
 */
export function writeApi(file) {
  const folder = join(ROOT, '.local', 'docs', 'assemblies');
  rmSync(folder, { recursive: true, force: true });
  const packages = Object.keys(JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')).dependencyClosure);
  for (const path of ['.jsii', 'package.json', ...packages.map((name) => join('node_modules', name))]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(folder, path), path.startsWith('node_modules') ? 'junction' : 'file');
  }
  execFileSync(join(ROOT, 'node_modules', '.bin', 'jsii-docgen'), ['--output', file], { cwd: folder, stdio: 'inherit' });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeApi(resolve(process.argv[2] ?? join(ROOT, 'API.md')));
