/**
 * Splits a stream of UTF-8 bytes at line feeds only; blank lines are left out.
 *
 * `node:readline` also splits at U+2028 and U+2029, which JSON allows inside strings, and loses errors of the stream.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines.filter(isNotBlank);
  }
  yield* [rest + decoder.decode()].filter(isNotBlank);
}

function isNotBlank(line: string): boolean {
  return line.trim() !== '';
}
