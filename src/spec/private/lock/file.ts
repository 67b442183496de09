import * as fs from 'node:fs';
import * as path from 'node:path';
import { Token } from 'aws-cdk-lib';
import { LOCK_VERSION, LockedColumn, LockedFeature, LockedGroup, SpecLock } from './content';
import { LockPart } from './part';
import { MedallionError, Problem, Problems } from '../../../private/errors';

const BYTE_ORDER_MARK = /^\uFEFF/;

/** A lock file on disk. */
export class LockFile {
  /** Where the file is; the path is relative to the working directory. */
  public readonly path: string;

  /** @throws MedallionError if the path is a token or empty */
  constructor(lockFile: string) {
    if (Token.isUnresolved(lockFile) || lockFile === '') {
      throw refusal('InvalidFeatureSpec', {
        got: lockFile === '' ? 'no path' : 'a token',
        expected: 'the path of a file',
        fix: "give a path such as 'feature-spec.lock.json', in literal text",
      });
    }
    this.path = path.resolve(lockFile);
  }

  /**
   * What the file remembers, or undefined if there is none.
   *
   * @throws MedallionError if the file cannot be read or is not a lock of the version that this library knows
   */
  public read(): SpecLock | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const problems = new Problems();
    const lock = lockIn(this.contentOf(text, problems));
    problems.throwIfAny('SpecLockViolated');
    return lock;
  }

  /**
   * Replaces the file as a whole: whoever reads it meanwhile finds the old content or the new one.
   *
   * @throws MedallionError if the file cannot be written
   */
  public write(lock: SpecLock): void {
    const draft = `${this.path}.${process.pid}.tmp`;
    try {
      fs.writeFileSync(draft, `${JSON.stringify(lock, undefined, 2)}\n`);
      fs.renameSync(draft, this.path);
    } catch (error) {
      fs.rmSync(draft, { force: true });
      throw refusal('SpecLockOutdated', {
        got: `'${this.path}', which cannot be written (${codeOf(error)})`,
        expected: 'a file in a folder that exists',
        fix: 'correct the path, create the folder, or allow this user to write there',
      });
    }
  }

  private text(): string | undefined {
    try {
      return fs.readFileSync(this.path, 'utf8').replace(BYTE_ORDER_MARK, '');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw refusal('SpecLockViolated', {
        got: `'${this.path}', which cannot be read (${codeOf(error)})`,
        expected: 'a file that can be read',
        fix: 'correct the path, or allow this user to read the file',
      });
    }
  }

  private contentOf(text: string, problems: Problems): LockPart {
    const restore = `restore '${this.path}' from version control`;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      const reason = (error as Error).message.replace(/\s+/g, ' ');
      throw refusal('SpecLockViolated', {
        got: `text that is not JSON (${reason})`, expected: 'the JSON of a lock', fix: `finish a merge that is under way, or ${restore}`,
      });
    }
    const content = new LockPart(problems, restore, 'lockFile', value);
    const version = content.at('lockVersion').value;
    if (version === LOCK_VERSION) return content;
    throw refusal('SpecLockViolated', {
      got: `the lock version ${JSON.stringify(version) ?? 'nothing'}`,
      expected: `${LOCK_VERSION}, the one that this version of the library reads`,
      fix: `use the version of the library that wrote '${this.path}', or restore the file from version control`,
    });
  }
}

function refusal(code: MedallionError['code'], problem: Omit<Problem, 'where'>): MedallionError {
  return new MedallionError(code, [{ where: 'lockFile', ...problem }]);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** What the parts of a lock say; parts that this library does not know are left out. */
function lockIn(content: LockPart): SpecLock {
  const events = content.at('events');
  const eventTime = events.at('eventTime');
  return {
    lockVersion: LOCK_VERSION,
    events: {
      name: events.at('name').text(),
      table: events.at('table').text(),
      eventId: events.at('eventId').text(),
      eventTime: { column: eventTime.at('column').text(), format: eventTime.at('format').text() },
      columns: events.at('columns').namedItems(columnIn),
    },
    featureGroups: content.at('featureGroups').namedItems(groupIn),
  };
}

function columnIn(name: string, part: LockPart): LockedColumn {
  const [precision, scale] = ['precision', 'scale'].map((digits) => part.at(digits).optionalNumber());
  const type = part.at('type').text();
  return precision === undefined && scale === undefined ? { name, type } : { name, type, precision, scale };
}

function groupIn(name: string, part: LockPart): LockedGroup {
  const labelType = part.at('labelType').optionalText();
  return {
    name,
    version: part.at('version').number(),
    featureGroupName: part.at('featureGroupName').text(),
    table: part.at('table').text(),
    entity: part.at('entity').items().map((column) => column.text()),
    features: part.at('features').namedItems((_, feature) => feature.value as LockedFeature),
    ...(labelType === undefined ? {} : { labelType }),
  };
}
