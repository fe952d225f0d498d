export interface OptionWords {
  /** `--json`, `-y`: every form. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  /** How its value is written in a help text: `<file>`; empty without one. */
  readonly value: string;
  /** Of the program, and taken after a command, too. */
  readonly inherited: boolean;
}
export interface CommandWords {
  readonly name: string;
  readonly description: string;
  /** What follows its name: `[options] [blueprint]`. */
  readonly usage: string;
  readonly options: readonly OptionWords[];
  readonly commands: readonly CommandWords[];
  /** The values its first argument may have; empty when it takes a file. */
  readonly choices: readonly string[];
}
export type Shell = 'bash' | 'zsh' | 'fish';

/** A completion script for a shell, from the commands themselves: nothing is listed twice. */
export const completionScript = (shell: Shell, program: CommandWords): string => ({ bash, zsh, fish })[shell](program);

/** Single quotes of a POSIX shell. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const allFlags = ({ options }: CommandWords): readonly string[] => options.flatMap(({ flags }) => flags);

/** Each command with the words that lead to it. */
const walk = (
  command: CommandWords,
  path: readonly string[] = [],
): readonly { readonly path: readonly string[]; readonly command: CommandWords }[] => [
  { path, command },
  ...command.commands.flatMap((child) => walk(child, [...path, child.name])),
];

const bash = (program: CommandWords): string => {
  const nodes = walk(program);
  const values = nodes.flatMap(({ path, command }) =>
    command.options
      .filter(({ takesValue }) => takesValue)
      .map(({ flags, choices }) => {
        const pattern = flags.map((flag) => `${quote(`${path.join(' ')} ${flag}`)}`).join('|');
        return `    ${pattern}) ${choices.length > 0 ? `COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$cur"))` : 'COMPREPLY=($(compgen -f -- "$cur"))'}; return ;;`;
      }),
  );
  const words = nodes.map(
    ({ path, command }) =>
      `    ${quote(path.join(' '))}) words=${quote([...command.commands.map(({ name }) => name), ...command.choices].join(' '))} flags=${quote(allFlags(command).join(' '))} ;;`,
  );
  const known = nodes.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  return [
    '# bash completion for authctl: source <(authctl completion bash)',
    '_authctl() {',
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" path= next= word= words= flags= i',
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    '    word="${COMP_WORDS[i]}"',
    '    next="${path:+$path }$word"',
    `    case "$next" in ${known.join('|')}) path="$next" ;; esac`,
    '  done',
    '  COMPREPLY=()',
    '  case "$path $prev" in',
    ...values,
    '  esac',
    '  case "$path" in',
    ...words,
    '  esac',
    '  if [[ "$cur" == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))',
    '  elif [[ -n "$words" ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur"))',
    '  else COMPREPLY=($(compgen -f -- "$cur")); fi',
    '}',
    'complete -o filenames -F _authctl authctl',
  ].join('\n');
};

const zsh = (program: CommandWords): string => {
  const nameOf = (path: readonly string[]): string => ['_authctl', ...path].join('_').replaceAll('-', '_');
  const spec = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');
  const functions = walk(program).map(({ path, command }) => {
    const options = command.options.flatMap(({ flags, description, takesValue, choices }) =>
      flags.map((flag) => {
        const action = choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files';
        return `    ${quote(`${flag}[${spec(description)}]${takesValue ? action : ''}`)}`;
      }),
    );
    if (command.commands.length === 0)
      return [
        `${nameOf(path)}() {`,
        '  _arguments \\',
        ...options.map((line) => `${line} \\`),
        `    ${quote(command.choices.length > 0 ? `1:value:(${command.choices.join(' ')})` : '*:file:_files')}`,
        '}',
      ].join('\n');
    return [
      `${nameOf(path)}() {`,
      '  local -a commands',
      `  commands=(${command.commands.map(({ name, description }) => quote(`${name}:${spec(description)}`)).join(' ')})`,
      '  _arguments -C \\',
      ...options.map((line) => `${line} \\`),
      `    '1:command:->command' '*::argument:->rest'`,
      '  case $state in',
      `    command) _describe command commands ;;`,
      '    rest) case $words[1] in',
      ...command.commands.map(({ name }) => `      ${name}) ${nameOf([...path, name])} ;;`),
      '    esac ;;',
      '  esac',
      '}',
    ].join('\n');
  });
  return [
    '#compdef authctl',
    '# zsh completion for authctl: authctl completion zsh > "${fpath[1]}/_authctl"',
    ...functions,
    'compdef _authctl authctl',
  ].join('\n');
};

const fish = (program: CommandWords): string => {
  const lines = walk(program).flatMap(({ path, command }) => {
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const children = command.commands.map(({ name }) => name);
    const none = children.length > 0 ? [`not __fish_seen_subcommand_from ${children.join(' ')}`] : [];
    const condition = (parts: readonly string[]): string => (parts.length > 0 ? ` -n ${quote(parts.join('; and '))}` : '');
    const options = command.options.map(({ flags, description, takesValue, choices }) => {
      const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
      const value = takesValue ? (choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : ' -r') : '';
      return `complete -c authctl${condition(seen)} ${names}${value} -d ${fishQuote(description)}`;
    });
    return [
      ...command.commands.map(
        ({ name, description }) => `complete -c authctl -f${condition([...seen, ...none])} -a ${name} -d ${fishQuote(description)}`,
      ),
      ...(command.choices.length > 0 ? [`complete -c authctl -f${condition(seen)} -a ${quote(command.choices.join(' '))}`] : []),
      ...options,
    ];
  });
  return ['# fish completion for authctl: authctl completion fish > ~/.config/fish/completions/authctl.fish', ...lines].join('\n');
};

/** In fish, backslash and quote are escaped within single quotes. */
const fishQuote = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
