// The images of the container tests beside those that `stack up` knows: what infra/compose.yaml, the image of authctl and the tests themselves stand on.
export const MORE_IMAGES = {
  node: { official: 'docker.io/library/node:22-slim', local: 'localhost/authctl-node:local' },
  nginx: { official: 'docker.io/library/nginx:1.29-alpine', local: 'localhost/authctl-nginx:debian' },
  'oauth2-proxy': { official: 'quay.io/oauth2-proxy/oauth2-proxy:v7.15.6', local: 'localhost/authctl-oauth2-proxy:v7.15.6' },
  /** A recording upstream: nobody else makes one. */
  upstream: { local: 'localhost/authctl-upstream:local' },
};
