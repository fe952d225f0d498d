import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { Secret } from '../../../../src/core/secret.ts';

type Entities = Blueprint['raw']['keycloak']['entities'];
type Flows = Pick<Entities, 'authenticationFlows' | 'authenticatorConfig'>;

/** A sign-in with a password and, for those who have it, a second factor; and a form that asks for a human being. */
export const flowEntities: Flows = {
  authenticationFlows: {
    'shop browser': {
      description: 'how people of the shop sign in',
      authenticationExecutions: [
        { authenticator: 'auth-cookie', requirement: 'ALTERNATIVE' },
        { authenticator: 'identity-provider-redirector', requirement: 'ALTERNATIVE' },
        { flowAlias: 'shop forms', authenticatorFlow: true, requirement: 'ALTERNATIVE' },
      ],
    },
    'shop forms': {
      topLevel: false,
      authenticationExecutions: [
        { authenticator: 'auth-username-password-form', requirement: 'REQUIRED' },
        { flowAlias: 'shop second factor', authenticatorFlow: true, requirement: 'CONDITIONAL' },
      ],
    },
    'shop second factor': {
      topLevel: false,
      description: 'for those who have one',
      authenticationExecutions: [
        { authenticator: 'conditional-user-configured', requirement: 'REQUIRED' },
        { authenticator: 'auth-otp-form', requirement: 'REQUIRED' },
      ],
    },
    'shop first login': {
      authenticationExecutions: [
        { authenticator: 'idp-review-profile', requirement: 'REQUIRED', authenticatorConfig: 'shop review' },
        { authenticator: 'idp-create-user-if-unique', requirement: 'REQUIRED' },
      ],
    },
    'shop registration': {
      authenticationExecutions: [{ authenticator: 'registration-page-form', flowAlias: 'shop registration form', authenticatorFlow: true, requirement: 'REQUIRED' }],
    },
    'shop registration form': {
      topLevel: false,
      providerId: 'form-flow',
      authenticationExecutions: [
        { authenticator: 'registration-user-creation', requirement: 'REQUIRED' },
        { authenticator: 'registration-recaptcha-action', requirement: 'REQUIRED', authenticatorConfig: 'shop recaptcha' },
      ],
    },
  },
  authenticatorConfig: {
    'shop review': { config: { 'update.profile.on.first.login': 'missing', undeclared: 'hidden' } },
    'shop recaptcha': { config: { 'site.key': 'public', 'secret.key': new Secret('recaptcha-secret') } },
  },
};

/** Who passes them. */
export const bound = { browserFlow: 'shop browser', registrationFlow: 'shop registration' };

interface Step {
  readonly authenticator?: string;
  readonly requirement?: string;
}
/** The same flows, with other steps in one of them. */
export const withSteps = (alias: string, change: (steps: readonly Step[]) => readonly Step[]): Flows => {
  const { authenticationFlows = {} } = flowEntities;
  const held = authenticationFlows[alias] ?? {};
  // As they are written above.
  const steps = held.authenticationExecutions as readonly Step[];
  return { ...flowEntities, authenticationFlows: { ...authenticationFlows, [alias]: { ...held, authenticationExecutions: change(steps).map((one) => ({ ...one })) } } };
};
