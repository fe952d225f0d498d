import { problemCodes } from './problem-meaning.ts';

/** Of commands that contact nothing, and of the command line. */
export const cliProblems = problemCodes({
  CLI_BAD_BUDGET: { meaning: '`--budget` is no number of requests.', next: 'State a whole number above 0, or leave it out.' },
  CLI_BAD_RATE: { meaning: '`--rate` is no number of requests per second.', next: 'State a number above 0, or leave it out.' },
  CLI_OUTPUT: { meaning: 'A file that `--output` or `--report` names cannot be written.', next: 'Name a file in a directory that is there and that may be written to.' },
  CLI_REPORT: { meaning: '`--report` names no format, no file, or a file that another result is written to.', next: 'Write `--report junit=drift.xml`, once for each file.' },
  WATCH_INTERVAL: { meaning: '`--interval` is no time between two looks.', next: 'Write it as 30s, 5m or 1h; 20d at the most.' },
  WATCH_LISTEN: { meaning: 'Nothing can listen at the address of `--listen`.', next: 'Name a host and a free port: `127.0.0.1:9464`.' },
  WATCH_OTLP: { meaning: 'A variable of OpenTelemetry (`OTEL_…`) does not say where metrics go, or how.', next: 'Write it as its documentation says, or unset it: nothing is sent then.' },
  WATCH_WEBHOOK: { meaning: '`AUTHCTL_WEBHOOK` is no address.', next: 'Set it to an http:// or https:// URL.' },
  CLI_UNKNOWN_CHECK: { meaning: '`--only` names no check and no group.', next: 'docs/checks.md lists them.' },
  CLI_UNKNOWN_FORMAT: { meaning: '`--format` names no format.', next: 'Choose one of those that are said.' },
  CLI_USAGE: { meaning: 'There is no such command, flag or value of a flag.', next: '`authctl <command> --help` says what it takes.' },
  EXPLAIN_UNKNOWN: { meaning: '`explain` was asked about nothing that the blueprint has.', next: 'Name a route, a check, an address, a persona or a client.' },
  INIT_BAD_NAME: { meaning: 'A blueprint cannot be called so.', next: 'Lower-case letters, digits and hyphens, a letter first, 31 at the most.' },
  INIT_EXISTS: { meaning: 'A file that `init` would write is there already.', next: 'Give another file name.' },
  INIT_FAILED: { meaning: '`init` could not write a file.', next: 'Check who may write to the directory.' },
  RENDER_JWKS: { meaning: '`--jwks` holds no key set, or no key of the algorithm.', next: 'Give the key set of the realm, as `<issuer>/protocol/openid-connect/certs` answers it.' },
  RENDER_NOTHING: { meaning: 'The blueprint puts nothing there that could be rendered.', next: 'Name the gateway or server in the blueprint.' },
});
