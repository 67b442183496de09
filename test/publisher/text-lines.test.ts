import * as fc from 'fast-check';
import { chunksOf } from './card-part';
import { textLines } from '../../assets/publisher/text-lines';

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}

describe('textLines', () => {
  test('splits at line feeds only, wherever chunks end', async () => {
    const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', '') + '.');
    await fc.assert(fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 7 }), async (lines, size) => {
      expect(await all(textLines(chunksOf(lines.map((text) => `${text}\n`).join(''), size)))).toEqual(lines);
    }));
  });

  test('keeps a last line without a line feed and leaves out blank ones', async () => {
    expect(await all(textLines(chunksOf('\na\u2028b\n \n\nc', 3)))).toEqual(['a\u2028b', 'c']);
  });

  test('fails when the stream fails', async () => {
    async function* broken() {
      yield Buffer.from('a\n');
      throw new Error('aborted');
    }
    await expect(all(textLines(broken()))).rejects.toThrow('aborted');
  });
});
