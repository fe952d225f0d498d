import { isHeaderName, type Verdict } from './typedefs.ts';

const split = (entry: string): { name: string | undefined; value: string | undefined } => {
  const found = /^([^:]+):*([^]*)$/.exec(entry);
  return { name: found?.[1], value: found?.[2] };
};

const headerFault = (name: string | undefined): Verdict =>
  name !== undefined && isHeaderName(name) ? undefined : `'${name ?? 'nil'}' is not a valid header`;

/** `name` or `name:value`, where the name is a header's (`kong/plugins/request-transformer/schema.lua`). */
export const checkTransformHeader = (entry: string): Verdict => headerFault(split(entry).name);

/** `old:new`, both headers' names. */
export const checkTransformPair = (entry: string): Verdict => {
  const { name, value } = split(entry);
  return headerFault(name) ?? headerFault(value);
};

/** `key:value` with a value. Templates such as `$(headers.x)` are compiled by Kong; unbalanced parentheses are what it refuses. */
export const checkTransformValue = (entry: string): Verdict => {
  const { name, value } = split(entry);
  if (name === undefined || value === undefined || value === '') return `key '${name ?? 'nil'}' has no value`;
  const opened = value.indexOf('$(');
  if (opened < 0) return undefined;
  let depth = 0;
  for (const char of value.slice(opened + 1)) {
    depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    if (depth === 0) return undefined;
  }
  return `value '${value}' is not in supported format, error:unbalanced parentheses`;
};
