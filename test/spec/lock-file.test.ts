import * as fs from 'node:fs';
import * as path from 'node:path';
import { Aws } from 'aws-cdk-lib';
import { Column } from '../../src/spec/column';
import { CommittedLock } from '../fixtures/locks';
import { cardEvents } from '../fixtures/specs';

const withDevice = { events: cardEvents({ columns: [...cardEvents().columns, Column.string('device')] }) };

let lock: CommittedLock;

beforeEach(() => {
  lock = new CommittedLock();
});

afterEach(() => {
  lock.remove();
});

describe('a lock file that is missing', () => {
  test('is refused by synthesis, with what to run', () => {
    expect(lock.refusalOf()).toEqual({
      code: 'SpecLockOutdated',
      lines: [
        `lockFile: got no file at '${lock.file}', expected the committed lock of this declaration; `
        + 'run synth once with MEDALLION_SPEC_LOCK=update in the environment and commit the file',
      ],
    });
    expect(fs.readdirSync(lock.folder)).toEqual([]);
  });

  test('is written when the environment asks for it', () => {
    lock.commit();
    expect(lock.text).toMatch(/^{\n {2}"lockVersion": 1,\n {2}"events": {\n {4}"name": "card_authorization",\n[^]*\n}\n$/);
    expect(fs.readdirSync(lock.folder)).toEqual(['feature-spec.lock.json']);
  });

  test.each(['', '1', 'true', 'UPDATE', 'check'])('is not written for the value %p of the variable', (value) => {
    process.env.MEDALLION_SPEC_LOCK = value;
    expect(lock.refusalOf()?.code).toBe('SpecLockOutdated');
    delete process.env.MEDALLION_SPEC_LOCK;
    expect(fs.existsSync(lock.file)).toBe(false);
  });

  test('is looked for from the working directory', () => {
    const lockFile = path.relative(process.cwd(), lock.file);
    expect(path.isAbsolute(lockFile)).toBe(false);
    lock.commit({ lockFile });
    expect(fs.existsSync(lock.file)).toBe(true);
    expect(lock.refusalOf({ lockFile: `.${path.sep}${lockFile}` })).toBeUndefined();
  });

  test('is not written into a folder that does not exist', () => {
    const lockFile = path.join(lock.folder, 'misspelt', 'feature-spec.lock.json');
    expect(lock.refusalOfUpdate({ lockFile })).toEqual({
      code: 'SpecLockOutdated',
      lines: [
        `lockFile: got '${lockFile}', which cannot be written (ENOENT), expected a file in a folder that exists; `
        + 'correct the path, create the folder, or allow this user to write there',
      ],
    });
  });

  test.each([['', 'no path'], [Aws.REGION, 'a token']])('fails when its path is %p', (lockFile, got) => {
    expect(lock.refusalOfUpdate({ lockFile })).toEqual({
      code: 'InvalidFeatureSpec',
      lines: [`lockFile: got ${got}, expected the path of a file; give a path such as 'feature-spec.lock.json', in literal text`],
    });
  });
});

describe('a lock file that is up to date', () => {
  test.each<[string, (text: string) => string]>([
    ['with the line endings of Windows', (text) => text.replace(/\n/g, '\r\n')],
    ['with a byte order mark', (text) => `\uFEFF${text}`],
    ['on one line', (text) => JSON.stringify(JSON.parse(text))],
    ['with keys in another order', (text) => JSON.stringify(reversed(JSON.parse(text)))],
    ['with a note that the library does not know', (text) => text.replace('"lockVersion": 1,', '"lockVersion": 1, "note": "see the wiki",')],
  ])('is read %s, and not written again', (_, saved) => {
    const text = saved(lock.commit().text);
    lock.text = text;
    expect(lock.refusalOf()).toBeUndefined();
    expect(lock.refusalOfUpdate()).toBeUndefined();
    expect(lock.text).toBe(text);
  });

  test('is not touched by an update', () => {
    const longAgo = new Date('2025-01-01T00:00:00Z');
    lock.commit();
    fs.utimesSync(lock.file, longAgo, longAgo);
    lock.commit();
    expect(fs.statSync(lock.file).mtime).toEqual(longAgo);
  });

  test('is replaced as a whole by an update, under the eyes of a reader', () => {
    const text = lock.commit().text;
    const reader = fs.openSync(lock.file, 'r');
    lock.commit(withDevice);
    expect(fs.readFileSync(reader, 'utf8')).toBe(text);
    fs.closeSync(reader);
    expect(lock.text).not.toBe(text);
    expect(fs.readdirSync(lock.folder)).toEqual(['feature-spec.lock.json']);
  });
});

describe('a lock file that was edited by hand', () => {
  test('says what is locked, so that an entry that is deleted there is given up', () => {
    lock.commit();
    lock.edit(({ featureGroups }) => featureGroups.push({ ...featureGroups[0], name: 'retired', table: 'retired', featureGroupName: 'retired_v1' }));
    expect(lock.refusalOf()?.code).toBe('SpecLockViolated');
    lock.edit(({ featureGroups }) => featureGroups.pop());
    expect(lock.refusalOf()).toBeUndefined();
  });

  test('does not let a feature be redefined by deleting it from the middle', () => {
    lock.commit();
    lock.edit(({ featureGroups }) => featureGroups[0].features.splice(3, 1));
    expect(lock.refusalOf()?.lines[0]).toMatch(/^features\.last_merchant_id: got a place behind 'avg_amount_7d'/);
  });

  test('is refused part by part where it is no lock', () => {
    lock.commit();
    lock.edit((content) => {
      delete content.events.table;
      content.events.eventTime = 'ts';
      content.events.columns[0].type = 7;
      content.events.columns[2].scale = '2';
      content.events.columns[3] = null;
      content.featureGroups[0].version = '1';
      content.featureGroups[0].entity = 'card_id';
      content.featureGroups[0].features[1].name = 'txn_count_1h';
    });
    const restore = `restore '${lock.file}' from version control`;
    const lines = [
      `lockFile.events.table: got nothing, expected text; ${restore}`,
      `lockFile.events.eventTime.column: got nothing, expected text; ${restore}`,
      `lockFile.events.eventTime.format: got nothing, expected text; ${restore}`,
      `lockFile.events.columns[0].type: got 7, expected text; ${restore}`,
      `lockFile.events.columns[2].scale: got "2", expected a number; ${restore}`,
      `lockFile.events.columns[3].name: got nothing, expected text; ${restore}`,
      `lockFile.events.columns[3].type: got nothing, expected text; ${restore}`,
      `lockFile.featureGroups[0].version: got "1", expected a number; ${restore}`,
      `lockFile.featureGroups[0].entity: got "card_id", expected a list; ${restore}`,
      `lockFile.featureGroups[0].features[1].name: got "txn_count_1h", expected a name that no item before it has; ${restore}`,
    ];
    expect(lock.refusalOf()).toEqual({ code: 'SpecLockViolated', lines });
    expect(lock.refusalOfUpdate()).toEqual({ code: 'SpecLockViolated', lines });
  });

  test.each([
    ['{"lockVersion": 2}', '2'], ['{"lockVersion": "1"}', '"1"'], ['{}', 'nothing'], ['[]', 'nothing'], ['null', 'nothing'], ['7', 'nothing'],
  ])('is refused as %s, and never overwritten', (text, version) => {
    lock.text = text;
    expect(lock.refusalOfUpdate()).toEqual({
      code: 'SpecLockViolated',
      lines: [
        `lockFile: got the lock version ${version}, expected 1, the one that this version of the library reads; `
        + `use the version of the library that wrote '${lock.file}', or restore the file from version control`,
      ],
    });
    expect(lock.text).toBe(text);
  });

  test.each(['', '{"lockVersion": 1,', '{\n<<<<<<< HEAD\n"lockVersion": 1\n=======\n}'])('is refused as the text %j, in one line', (text) => {
    lock.text = text;
    const refusal = lock.refusalOfUpdate();
    expect(refusal?.code).toBe('SpecLockViolated');
    expect(refusal?.lines).toHaveLength(1);
    expect(refusal?.lines[0]).toMatch(/^lockFile: got text that is not JSON \(.+\), expected the JSON of a lock; finish a merge that is under way, or restore '/);
    expect(lock.text).toBe(text);
  });

  test('is refused where it is a folder', () => {
    expect(lock.refusalOfUpdate({ lockFile: lock.folder })).toEqual({
      code: 'SpecLockViolated',
      lines: [
        `lockFile: got '${lock.folder}', which cannot be read (EISDIR), expected a file that can be read; correct the path, or allow this user to read the file`,
      ],
    });
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, item]) => [key, reversed(item)]));
}
