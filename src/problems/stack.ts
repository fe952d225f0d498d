import { problemCodes } from './problem-meaning.ts';

/** Of the local stack. */
export const stackProblems = problemCodes({
  STACK_ARCHIVE_UNSAFE: { meaning: 'An archive holds what a distribution does not: links, or paths that lead out of it.', next: 'Delete it and fetch it anew.' },
  STACK_BAD_PORT: { meaning: 'A port is none.', next: 'State a whole number from 1 to 65535.' },
  STACK_BUSY: { meaning: 'Another process is at work on the same stack.', next: 'Wait until it ends, or stop it where it runs.' },
  STACK_CHECKSUM: { meaning: 'A file that was fetched is not the one that was published.', next: 'Delete it and try again; twice the same means that its source is not to be trusted.' },
  STACK_INTERRUPTED: { meaning: 'The start was interrupted; what had been started is stopped.', next: 'Start again.' },
  STACK_KEYCLOAK_ADMIN: { meaning: 'A Keycloak that was just started did not let itself be set up.', next: '`authctl stack down`, then `authctl stack up`; its log tells more.' },
  STACK_KEYCLOAK_BUILD: { meaning: 'Keycloak could not be built for this machine.', next: 'Look at the output that is quoted.' },
  STACK_KEYCLOAK_HOME: { meaning: 'KEYCLOAK_HOME is no unpacked Keycloak 26.', next: 'Unset it to let authctl get one.' },
  STACK_NO_PACKAGE: {
    meaning: 'The local stack needs a package that is installed apart: the stand-ins, or the middleware for services.',
    next: 'Run the npm i that the message names, beside authctl.',
  },
  STACK_NO_DOCKER: { meaning: 'The stack was to run in containers, and no Docker daemon answers.', next: 'Install Docker and start its daemon, or leave out `--engine containers`.' },
  STACK_NO_IMAGE: { meaning: 'An image that a server of the stack is started from is not there, and could not be fetched or built.', next: 'Fetch it where it can be had, or name another by the variable that the message says.' },
  STACK_NO_JAVA: { meaning: 'Keycloak needs Java 17 or newer.', next: 'Install a JDK or JRE, or point JAVA_HOME at one.' },
  STACK_NO_KEYCLOAK: { meaning: 'Keycloak could not be fetched.', next: 'Check Maven, or set MAVEN_REPO_URL or KEYCLOAK_HOME.' },
  STACK_NO_OPA: { meaning: 'There is no OPA 1.0 or newer, and none could be built.', next: 'Install opa or Go, or set AUTHCTL_OPA_BIN.' },
  STACK_NO_INFINISPAN: { meaning: 'Sessions are kept in Infinispan, and what it is started from is not there.', next: 'Install a JDK 17 or newer and Maven, or keep sessions in Redis.' },
  STACK_NO_POSTGRES: { meaning: 'Keycloak was to keep what it has in PostgreSQL 14 or newer, and there is none.', next: 'Install PostgreSQL, or leave out `--database`.' },
  STACK_NO_REDIS: { meaning: 'Sessions, or proofs of bound tokens, are kept in Redis 6.2 or newer, and there is none.', next: 'Install redis-server.' },
  STACK_NO_SESSION_SERVICE: { meaning: 'The session service could not be installed.', next: 'Check npm and the package registry.' },
  STACK_OTHER_NEEDS: { meaning: 'A stack is running for another blueprint, and lacks something.', next: '`authctl stack down` first, or another AUTHCTL_STACK_DIR.' },
  STACK_PORT_TAKEN: { meaning: 'A port is in use.', next: 'Name another, or none: then a free one is chosen.' },
  STACK_SESSION: { meaning: 'The local stack cannot run the sessions that the blueprint states.', next: 'Change what is said, or use servers of your own.' },
  STACK_START_FAILED: { meaning: 'A server of the local stack did not start.', next: 'Its log is named.' },
  STACK_UNKNOWN_PART: { meaning: '`--only` names no part of the local stack.', next: 'Choose of those that are said.' },
});
