import { isDeepStrictEqual } from 'node:util';
import { addLockAdditions } from './additions';
import { lockOf, nextLock } from './content';
import { LockFile } from './file';
import { addLockViolations } from './violations';
import { Problems } from '../../../private/errors';
import { SpecDocument } from '../../document';

const VARIABLE = 'MEDALLION_SPEC_LOCK';
const UPDATE = 'update';
const FIX = `run synth once with ${VARIABLE}=${UPDATE} in the environment and commit the file`;

/**
 * Holds a declaration against its lock file, and brings the file up to date if the environment asks for it.
 *
 * @throws MedallionError with every change that is not allowed, or else with everything that is not locked yet
 */
export function checkLock(lockFile: string, document: SpecDocument): void {
  const file = new LockFile(lockFile);
  const locked = file.read();
  const declared = lockOf(document);
  const problems = new Problems();
  if (locked !== undefined) {
    addLockViolations(problems, locked, declared, document.events);
    problems.throwIfAny('SpecLockViolated');
  }

  const next = locked === undefined ? declared : nextLock(locked, declared);
  if (isDeepStrictEqual(locked, next)) return;
  if (process.env[VARIABLE] === UPDATE) {
    file.write(next);
    return;
  }
  if (locked === undefined) {
    problems.add('lockFile', `no file at '${file.path}'`, 'the committed lock of this declaration', FIX);
  } else {
    addLockAdditions(problems, locked, declared, FIX);
  }
  problems.throwIfAny('SpecLockOutdated');
}
