import { createHash } from 'node:crypto';
import { SpecDocument } from '../document';

/**
 * The text of a document. It begins with `specHash`, the hash of this text with nothing in the place of the hash.
 *
 * A reader takes the hash that is stated out of the text and hashes the rest, so that it need not write JSON alike.
 */
export function documentText(document: SpecDocument): string {
  const hash = createHash('sha256').update(textOf({ specHash: '', ...document })).digest('hex');
  return textOf({ specHash: `sha256:${hash}`, ...document });
}

function textOf(content: object): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
