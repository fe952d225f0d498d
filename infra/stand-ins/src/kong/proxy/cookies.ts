import type { HeaderList } from './headers.ts';

/** The value of a cookie as nginx's `$cookie_name` has it: the first of that name, in any case, up to the next ";". */
export const cookieOf = (headers: HeaderList, name: string): string | undefined => {
  for (const field of headers.all('cookie')) {
    for (const pair of field.split(';')) {
      const [key = '', ...value] = pair.trimStart().split('=');
      if (key.toLowerCase() === name.toLowerCase() && value.length > 0) return value.join('=').trimEnd();
    }
  }
  return undefined;
};
