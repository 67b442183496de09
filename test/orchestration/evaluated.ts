import jsonata from 'jsonata';

/** Evaluates one `{% … %}` expression as Step Functions does. */
export function evaluated(expression: string, bindings: Record<string, unknown>): Promise<any> {
  return jsonata(expression.replace(/^\{%|%\}$/g, '')).evaluate({}, { parse: (text: string) => JSON.parse(text), ...bindings });
}

/** Evaluates variables that one state assigns. */
export async function evaluatedAll(variables: Record<string, string>, bindings: Record<string, unknown>): Promise<Record<string, any>> {
  const entries = Object.entries(variables).map(async ([name, expression]) => [name, await evaluated(expression, bindings)]);
  return Object.fromEntries(await Promise.all(entries));
}
