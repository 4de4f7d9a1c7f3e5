// One customer's journey with openid-client, strict: ID token signatures are checked, nothing is skipped.
// Speaks JSON lines: prints {"open": url}, reads {"callback": url}, prints {"result": {...}}.
import * as readline from 'node:readline/promises'
import * as oidc from 'openid-client'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (message) => process.stdout.write(JSON.stringify(message) + '\n')
const hear = async () => JSON.parse((await lines.next()).value)
const refusal = async (promise) => promise.then(() => 'accepted', (error) => error.error ?? error.cause?.error ?? error.code)

const config = await oidc.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  // plain http because the issuer is on the loopback interface
  execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
})
const verifier = oidc.randomPKCECodeVerifier()
const checks = {
  pkceCodeVerifier: verifier,
  expectedState: oidc.randomState(),
  expectedNonce: oidc.randomNonce(),
  idTokenExpected: true,
}
say({
  open: oidc.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email offline_access',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  }),
})
const callback = new URL((await hear()).callback)

const wrongIssuer = new URL(callback)
wrongIssuer.searchParams.set('iss', 'https://other.example')
const mixUp = await refusal(oidc.authorizationCodeGrant(config, wrongIssuer, checks))

const first = await oidc.authorizationCodeGrant(config, callback, checks)
const claims = first.claims()
const person = await oidc.fetchUserInfo(config, first.access_token, claims.sub)
const second = await oidc.refreshTokenGrant(config, first.refresh_token)
const personAgain = await oidc.fetchUserInfo(config, second.access_token, claims.sub)
const introspected = await oidc.tokenIntrospection(config, second.access_token)
const machine = await oidc.clientCredentialsGrant(config)
await oidc.tokenRevocation(config, second.refresh_token, { token_type_hint: 'refresh_token' })
const afterRevocation = await refusal(oidc.refreshTokenGrant(config, second.refresh_token))

say({
  result: {
    metadata: config.serverMetadata(),
    mixUp,
    claims,
    person,
    personAgain,
    first: { ...first, claims: undefined },
    second: { ...second, claims: second.claims() },
    introspected,
    machine,
    afterRevocation,
    signOut: oidc.buildEndSessionUrl(config, { id_token_hint: first.id_token, client_id: CLIENT_ID }),
  },
})
process.exit(0)
