import { problemCodes } from './problem-meaning.ts';

/** Of attacking the live stack. */
export const verifyProblems = problemCodes({
  VERIFY_KEYCLOAK: { meaning: 'Keycloak did not do what a check asked of it.', next: 'The checks that end sessions need manage-users on the realm; without `--disruptive` they are left out.' },
  VERIFY_NO_DISCOVERY: { meaning: 'The issuer gives no discovery document that can be used.', next: 'Apply first: does the realm exist?' },
  VERIFY_NO_HARNESS_KEY: { meaning: 'The key that forged tokens are signed with could not be made known.', next: 'Run without `--disruptive`: the checks that need it are skipped by name.' },
  VERIFY_HARNESS_KEY_LEFT: { meaning: 'The key that forged tokens are signed with could not be taken away again.', next: 'Delete the key provider that is named, or run verify once more.' },
  VERIFY_RECORDER_BLIND: { meaning: 'Whether a service was called is not known: its recorder misses calls, or hears others.', next: 'Give verify a recorder of its own.' },
  VERIFY_SIGN_IN_FAILED: { meaning: 'A persona could not sign in.', next: 'Apply first; is the password right, and does the account need no further action?' },
  VERIFY_STORE: { meaning: 'The store of sessions did not answer.', next: 'Check `authentication.session.storeUrl`.' },
});
