// A real OpenID provider (oidc-provider) on this machine, for one application.
//
//   node provider.mjs CLIENT SECRET REDIRECT-URI LOGOUT-URI
//
// Prints {"issuer": …} when it is up and ends with its stdin. Whoever signs in with the name N is the subject N, with
// the groups that the name says after its last dot: an.van-thu is in the group van-thu.

import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [client, secret, redirect, logout] = process.argv.slice(2);
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client,
        client_secret: secret,
        redirect_uris: [redirect],
        post_logout_redirect_uris: [logout],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], profile: ["name", "preferred_username", "groups"] },
    cookies: { keys: ["khoa-thu-cua-bai-kiem-tra"] },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    findAccount: async (_context, sub) => ({
      accountId: sub,
      claims: async () => ({
        sub,
        name: `Người ${sub}`,
        preferred_username: sub,
        groups: [sub.slice(sub.lastIndexOf(".") + 1)],
      }),
    }),
  });
  server.on("request", provider.callback());
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
