import { bytes } from '../proxy/text.ts';

/** Reading a plugin's configuration, which a schema has checked: what is absent or of another type is simply not there. */
type Config = Readonly<Record<string, unknown>>;

/** A list of texts, as byte strings. */
export const texts = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value.filter((one) => typeof one === 'string').map(bytes) : []);

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? bytes(value) : undefined);

export const section = (config: Config, name: string): Config => {
  const value = config[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Config) : {};
};

/** `name:value` pairs: the name ends at the first colon, and all colons there go with it. (Lua's `^([^:]+):*(.-)$`) */
export const pairs = (value: unknown): readonly { readonly name: string; readonly value: string | undefined }[] =>
  texts(value).flatMap((pair) => {
    const found = /^([^:]+):*([\s\S]*)$/.exec(pair);
    return found?.[1] === undefined ? [] : [{ name: found[1], value: found[2] === '' ? undefined : found[2] }];
  });
