import type { CommandWords, OptionWords } from './completion-script.ts';

/** A page for `man`, section 1, in the macros of man(7), from the commands themselves. */
export const manPage = (program: CommandWords, version: string): string =>
  [
    `.TH AUTHCTL 1 "" "authctl ${text(version)}" "User Commands"`,
    '.SH NAME',
    'authctl \\- one blueprint for Keycloak, Kong, OPA and AWS API Gateway',
    '.SH SYNOPSIS',
    '.B authctl',
    '.I command',
    '.RI [ options ]',
    '.RI [ blueprint ]',
    '.SH DESCRIPTION',
    line(program.description),
    '.PP',
    'The blueprint is',
    '.I blueprint.yaml',
    'unless it is stated. Its addresses and secrets are references to the environment.',
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => sectionOf(command, [])),
    '.SH OPTIONS OF EVERY COMMAND',
    ...program.options.flatMap(optionOf),
    '.SH EXIT STATUS',
    ...Object.entries(ENDS).flatMap(([code, meaning]) => ['.TP', `.B ${code}`, line(meaning)]),
    '.SH ENVIRONMENT',
    ...Object.entries(ENVIRONMENT).flatMap(([name, meaning]) => ['.TP', `.B ${name}`, line(meaning)]),
    '.SH FILES',
    ...Object.entries(FILES).flatMap(([name, meaning]) => ['.TP', `.I ${text(name)}`, line(meaning)]),
    '',
  ].join('\n');

const ENDS = {
  0: 'done, and as asked',
  1: 'could not do it',
  2: 'the answer is no: drift, or a check that failed',
  3: 'a target is out of reach, so nothing is known',
} as const;
const ENVIRONMENT = {
  NO_COLOR: 'no colours, as --no-color',
  NODE_EXTRA_CA_CERTS: 'a file with the certificates of a private authority',
  AUTHCTL_REQUEST_TIMEOUT: 'how long one request is waited for',
  AUTHCTL_JOURNAL: 'the bucket in which runs are noted: s3://bucket/prefix, with ?owner=123456789012 of that account alone',
  AUTHCTL_STACK_DIR: 'where the local stack keeps its state',
  AUTHCTL_STATE_DIR: 'where runs are noted, unless it is a bucket',
} as const;
const FILES = {
  'blueprint.yaml': 'what the live stack must be',
  '.authctl/stack': 'state, secrets and logs of the local stack, for its owner alone',
} as const;

/** A command with what it takes; one that only holds others gives its place to them. */
const sectionOf = (command: CommandWords, path: readonly string[]): readonly string[] => {
  const words = [...path, command.name];
  if (command.commands.length > 0) return command.commands.flatMap((child) => sectionOf(child, words));
  const own = command.options.filter(({ inherited }) => !inherited);
  return [`.SS "authctl ${text([...words, command.usage].join(' ').trim())}"`, line(command.description), ...own.flatMap(optionOf)];
};

const optionOf = ({ flags, value, description, choices }: OptionWords): readonly string[] => [
  '.TP',
  `.B "${text([flags.join(', '), value].filter((part) => part !== '').join(' '))}"`,
  line([description, ...(choices.length > 0 ? [`(${choices.join(', ')})`] : [])].join(' ').trim() || '\\&'),
];

/**
 * Text that roff takes as it stands: a backslash begins an escape, a hyphen is a minus for whoever copies it, a quote ends an argument, and
 * other letters than ASCII have names (groff_char(7)).
 */
const text = (raw: string): string => raw.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replaceAll(/[\u0080-\u{10ffff}]/gu, (letter) => `\\[u${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`);
/** The same where a line begins: a point or an apostrophe there would be a request. */
const line = (raw: string): string => text(raw).replace(/^[.']/, '\\&$&');
