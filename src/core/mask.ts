import type { Secret } from './secret.ts';

/** A last net under everything that is printed: no known secret value leaves, however it got into the text. */
export const createMask = () => {
  const values = new Set<string>();
  return {
    add: (secrets: readonly Secret[]): void => {
      for (const secret of secrets) {
        const value = secret.reveal();
        // A short value would mask ordinary words; the blueprint refuses secrets under eight characters.
        if (value.length >= 8) for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) values.add(form);
      }
    },
    apply: (text: string): string => {
      let masked = text;
      for (const value of values) masked = masked.replaceAll(value, '[secret]');
      return masked;
    },
  };
};
