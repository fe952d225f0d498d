import { problemCodes } from './problem-meaning.ts';

/** Of attacking the live stack. */
export const verifyProblems = problemCodes({
  VERIFY_KEYCLOAK: { meaning: 'Keycloak did not do what a check asked of it.', next: 'The checks that end sessions need manage-users on the realm; without `--disruptive` they are left out.' },
  VERIFY_CLIENT_KEY: { meaning: 'The key that a client proves by who it is cannot be read.', next: 'Give a private key as PEM: `realm.clients.<client>.authentication.key` refers to it.' },
  VERIFY_NO_DISCOVERY: { meaning: 'The issuer gives no discovery document that can be used.', next: 'Apply first: does the realm exist?' },
  VERIFY_NO_HARNESS_KEY: { meaning: 'The key that forged tokens are signed with could not be made known.', next: 'Without it (no `--disruptive`, or `targets.kong.store: dbless`) the checks that need it are skipped by name.' },
  VERIFY_FIXTURE_LEFT: { meaning: 'What was made for the time of a run could not be taken away again.', next: 'The next run of any command tries again; `authctl verify --clean` says what it found.' },
  VERIFY_NO_JOURNAL: { meaning: 'What verify would make could not be noted, and so was not made.', next: 'Run where `.authctl` can be written, or name another directory by `AUTHCTL_STATE_DIR`.' },
  VERIFY_RECORDER_BLIND: { meaning: 'Whether a service was called is not known: its recorder misses calls, or hears others.', next: 'Give verify a recorder of its own.' },
  VERIFY_SIGN_IN_FAILED: { meaning: 'A persona could not sign in.', next: 'Apply first; is the password right, and does the account need no further action?' },
  VERIFY_TOKEN_GIVEN: { meaning: 'A token that was given for a persona of an issuer that is not ours is not, or no longer, what the blueprint says.', next: 'Give a new access token, of the right client and with its scopes.' },
  VERIFY_STORE: { meaning: 'The store of sessions did not answer.', next: 'Check `authentication.session.storeUrl`.' },
});
