import { queryOf, type Exchange } from '../proxy/exchange.ts';

const reference =
  /^(headers|query_params|uri_captures|shared)(?:\.([A-Za-z_]\w*)|\[\s*(?:"([^"]*)"|'([^']*)'|(\d+))\s*\])(?:\s+or\s+(?:"([^"]*)"|'([^']*)'))?$/;

const lookUp = (exchange: Exchange, table: string, key: string | number): string | undefined => {
  if (table === 'headers') return exchange.request.headers.get(String(key))
    ?? exchange.request.headers.get(String(key).replaceAll('_', '-'));
  if (table === 'uri_captures') return exchange.captures?.get(key);
  if (table === 'shared') return exchange.shared.get(String(key));
  const value = queryOf(exchange).get(String(key));
  if (typeof value === 'object') throw new Error(`a template asks for "${key}", which the query has more than once`);
  return value === true ? 'true' : value;
};

/**
 * Renders a request-transformer template: `$(headers.name)`, `$(query_params["name"])`, `$(uri_captures[1])`, `$(shared.name)`, each with
 * `or "default"` if wanted; what is not there renders as nothing. Kong takes any Lua expression: others throw here.
 */
export const render = (exchange: Exchange, template: string): string =>
  template.replace(/\$\(([^)]*)\)/g, (_, expression: string) => {
    const found = reference.exec(expression.trim());
    if (found === null) throw new Error(`the template "${template}" holds an expression that the embedded gateway cannot evaluate`);
    const [, table = '', name, double, single, index, otherwise, otherwiseSingle] = found;
    const key = index === undefined ? name ?? double ?? single ?? '' : Number(index);
    return lookUp(exchange, table, key) ?? otherwise ?? otherwiseSingle ?? '';
  });
