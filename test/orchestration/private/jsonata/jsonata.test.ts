import { jsonata } from '../../../../src/orchestration/private/jsonata/jsonata';

describe('jsonata', () => {
  test('writes the lines of an expression as one, within its delimiters', () => {
    expect(jsonata`
      (
        $two := ${2};
        $pair := {
          "list": [
            1,
            $two
          ]
        };
        $pair
      )`).toBe('{% ($two := 2; $pair := { "list": [1, $two] }; $pair) %}');
  });

  test('leaves backslashes as they are written', () => {
    expect(jsonata`$contains($text, /\.0+/)`).toBe('{% $contains($text, /\\.0+/) %}');
  });
});
