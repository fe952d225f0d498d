/** Letters that a path keeps encoded, and those that mean something else in a pattern. */
const RESERVED = /[!#$%&'()*+,/:;=?@[\]]/;
const IN_PATTERNS = /[.^\-{}\\|]/;

/**
 * A path of a Kong before 3.0 as one of 3.0 has it: `~` before a pattern, and no letter encoded that need not be. What `kong migrations` and the reader of
 * declarative files make of it.
 */
export const pathOf3 = (path: string): string => {
  const isPattern = !/^[a-zA-Z0-9.\-_~/%]*$/.test(path);
  const plain = path.replaceAll(/(%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    const text = bytes.toString('utf8');
    // What is no text stays as it is.
    if (!Buffer.from(text).equals(bytes)) return run.toUpperCase();
    return [...text].map((letter) => (RESERVED.test(letter) ? `%${Buffer.from(letter).toString('hex').toUpperCase()}` : isPattern && IN_PATTERNS.test(letter) ? `\\${letter}` : letter)).join('');
  });
  return isPattern && !plain.startsWith('~') ? `~${plain}` : plain;
};
