/**
 * The tag of a JSONata expression that is written over several lines: on one line, and within its delimiters.
 *
 * Backslashes reach JSONata as they are written.
 */
export function jsonata(parts: TemplateStringsArray, ...values: Array<string | number>): string {
  const expression = String.raw(parts, ...values).trim()
    .replace(/([([])\s*\n\s*/g, '$1')
    .replace(/\s*\n\s*([)\]])/g, '$1')
    .replace(/\s*\n\s*/g, ' ');
  return `{% ${expression} %}`;
}
