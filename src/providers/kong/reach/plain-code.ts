/** Keywords of Lua, and what its library has that neither opens a connection nor runs code that is not in sight. */
const WORDS = new Set(
  (
    'and break do else elseif end false for function goto if in local nil not or repeat return then true until while ' +
    'assert error ipairs math next pairs pcall select string table tonumber tostring type unpack'
  ).split(' '),
);

/** Parts of Kong's plugin development kit that look at a request, or answer it (https://developer.konghq.com/gateway/pdk/reference/). */
const KIT = /^(?:kong\.(?:log|request|response|client|ctx|table|version|service\.(?:request|response))|ngx\.(?:log|say|print|exit|header|status|req|now|time|null|[A-Z]+))(?:\.|$)/;

/**
 * Whether code of `pre-function` and `post-function` does nothing but look at its own request, answer it, log, or change what goes to the upstream that its
 * route has: every name in it is known. Code that reaches for a name by a text (`kong["ser" .. "vice"]`), or for anything else, may send requests anywhere.
 */
export const isPlainCode = (code: string): boolean => {
  const bare = code
    .replace(/--\[(=*)\[[\s\S]*?\]\1\]/g, ' ')
    .replace(/"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|--[^\n]*/g, (found) => (found.startsWith('--') ? ' ' : ' 0 '));
  // A long text, or an index: what stands in either is not looked through.
  if (/[[\]"'\\]/.test(bare)) return false;
  const named = [/\b(?:local(?:\s+function)?|for)\s+([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)/g, /\bfunction\b[\s\w.:]*\(([\w\s,]*)/g];
  const locals = new Set(named.flatMap((pattern) => [...bare.matchAll(pattern)].flatMap(([, names = '']) => names.split(',').map((name) => name.trim()))));
  return [...bare.matchAll(/(?<![\w.])([A-Za-z_]\w*)((?:\s*\.\s*[A-Za-z_]\w*)*)/g)].every(([, root = '', rest = '']) => {
    if (root === 'kong' || root === 'ngx') return KIT.test(root + rest.replaceAll(/\s/g, ''));
    return WORDS.has(root) || locals.has(root);
  });
};
