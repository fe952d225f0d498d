import { SHORTEST_SECRET } from './secret.ts';
import type { Secret } from './secret.ts';

/** Every secret of a list, replaced wherever a server repeats it in a message. */
export const masker = (secrets: readonly Secret[]): ((text: string) => string) => {
  const mask = createMask();
  mask.add(secrets);
  return mask.apply;
};

/** A last net under everything that is printed: no known secret value leaves, however it got into the text. */
export const createMask = () => {
  const values = new Set<string>();
  return {
    add: (secrets: readonly Secret[]): void => {
      for (const secret of secrets) {
        const value = secret.reveal();
        if (value.length >= SHORTEST_SECRET) for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) values.add(form);
      }
    },
    apply: (text: string): string => {
      let masked = text;
      for (const value of values) masked = masked.replaceAll(value, '[secret]');
      return masked;
    },
  };
};
